#include "client/guarded.hpp"

#include <filesystem>
#include <system_error>

namespace shoal::client {

namespace {

// Without links and dots, as far as it is there.
std::string plain(const std::string& path)
{
    std::error_code problem;
    auto whole = std::filesystem::weakly_canonical(path, problem).string();
    if (problem) whole = std::filesystem::path(path).lexically_normal().string();
    while (whole.size() > 1 && whole.ends_with('/')) whole.pop_back();
    return whole;
}

}  // namespace

bool Guarded::is_in(std::string_view path, std::string_view place)
{
    if (place.empty() || path == place) return true;
    return path.starts_with(place) && (place.ends_with('/') || path[place.size()] == '/');
}

std::vector<std::string> Guarded::near(const std::string& folder) const
{
    std::vector<std::string> found;
    const auto base = plain(folder);
    for (const auto& place : places_) {
        const auto whole = plain(place);
        if (is_in(base, whole)) return {""};
        if (is_in(whole, base)) found.push_back(whole.substr(base == "/" ? 1 : base.size() + 1));
    }
    return found;
}

}  // namespace shoal::client
