#include "metainfo/names.hpp"

#include <shoal/utf8.hpp>

#include <algorithm>
#include <unordered_set>

#include <fmt/format.h>

namespace shoal::metainfo {

namespace {

// '/' before every other byte: all that lies below a folder then follows the folder itself without a gap.
bool folder_first(std::string_view a, std::string_view b)
{
    const auto rank = [](char c) { return c == '/' ? 0U : static_cast<unsigned char>(c) + 1U; };
    return std::ranges::lexicographical_compare(a, b, {}, rank, rank);
}

bool is_below(std::string_view path, std::string_view folder)
{
    return path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
}

// The number goes before the extension, and takes the place of the name's end where the two do not fit
// together.
std::string numbered(std::string_view path, std::size_t number, std::size_t component_size)
{
    const auto name_at = path.rfind('/') + 1; // npos + 1 is 0
    const auto folder = path.substr(0, name_at);
    auto stem = path.substr(name_at);
    std::string_view extension;
    if (const auto dot = stem.rfind('.'); dot != stem.npos && dot > 0 && stem.size() - dot <= 16) {
        extension = stem.substr(dot);
        stem = stem.substr(0, dot);
    }
    const auto mark = fmt::format("~{}", number);
    const auto added = mark.size() + extension.size();
    auto kept = std::min(stem.size(), component_size > added ? component_size - added : 0);
    while (kept < stem.size() && kept > 0 && (stem[kept] & 0xc0) == 0x80) --kept; // not within a character
    return fmt::format("{}{}{}{}", folder, stem.substr(0, kept), mark, extension);
}

void separate_replaced(std::vector<File>& files, const std::vector<bool>& replaced,
                       std::size_t component_size)
{
    if (std::ranges::find(replaced, true) == replaced.end()) return;
    std::unordered_set<std::string> taken;
    for (std::size_t i = 0; i < files.size(); ++i) {
        if (!replaced[i] && !files[i].padding) taken.insert(files[i].path);
    }
    for (std::size_t i = 0; i < files.size(); ++i) {
        if (!replaced[i] || files[i].padding || taken.insert(files[i].path).second) continue;
        files[i].path = numbered(files[i].path, i, component_size);
        taken.insert(files[i].path); // a name that was made to clash even so is found by check_conflicts()
    }
}

Result<void> check_sizes(const std::vector<File>& files, std::string_view name, const Limits& limits)
{
    for (const auto& file : files) {
        if (file.padding) continue;
        const auto size = name.size() + 1 + file.path.size();
        if (size > limits.path_size) {
            return make_error(Errc::limit_exceeded,
                              fmt::format("the path of a file is {} bytes long, {} are allowed: \"{}…\"",
                                          size, limits.path_size,
                                          printable(std::string_view(file.path).substr(0, 60))));
        }
        const auto depth = static_cast<std::size_t>(std::ranges::count(file.path, '/')) + 2;
        if (depth > limits.path_depth) {
            return make_error(Errc::limit_exceeded,
                              fmt::format("a file lies {} folders deep, {} are allowed: \"{}…\"", depth,
                                          limits.path_depth,
                                          printable(std::string_view(file.path).substr(0, 60))));
        }
    }
    return {};
}

Result<void> check_conflicts(const std::vector<File>& files)
{
    std::vector<std::string_view> paths;
    paths.reserve(files.size());
    for (const auto& file : files) {
        if (!file.padding) paths.push_back(file.path);
    }
    std::ranges::sort(paths, folder_first);
    for (std::size_t i = 1; i < paths.size(); ++i) {
        if (paths[i] == paths[i - 1]) {
            return make_error(Errc::bad_input,
                              fmt::format("two files have the same path, \"{}\"", printable(paths[i])));
        }
        if (is_below(paths[i], paths[i - 1])) {
            return make_error(Errc::bad_input, fmt::format("\"{}\" is a file and also the folder of \"{}\"",
                                                           printable(paths[i - 1]), printable(paths[i])));
        }
    }
    return {};
}

} // namespace

Result<void> check_component(std::string_view component, const Limits& limits)
{
    const auto refused = [&](Errc code, std::string_view why) {
        const auto shown = printable(component.substr(0, 60));
        return make_error(code,
                          fmt::format("the name \"{}{}\" {}", shown, component.size() > 60 ? "…" : "", why));
    };
    if (component.empty()) return make_error(Errc::bad_input, "a name is empty");
    if (component == "." || component == "..") return refused(Errc::bad_input, "leads out of its folder");
    if (component.find('\0') != component.npos) return refused(Errc::bad_input, "contains a NUL byte");
    if (component.find_first_of("/\\") != component.npos) return refused(Errc::bad_input, "contains a slash");
    if (component.size() > limits.component_size) {
        return refused(Errc::limit_exceeded, fmt::format("is {} bytes long, {} are allowed", component.size(),
                                                         limits.component_size));
    }
    return {};
}

Result<void> check_path(std::string_view path, const Limits& limits)
{
    const auto depth = static_cast<std::size_t>(std::ranges::count(path, '/')) + 1;
    if (path.size() > limits.path_size || depth > limits.path_depth) {
        return make_error(Errc::limit_exceeded,
                          fmt::format("a path has {} bytes and {} parts, {} and {} are allowed", path.size(), depth,
                                      limits.path_size, limits.path_depth));
    }
    for (std::size_t at = 0; at <= path.size();) {
        const auto component = path.substr(at, path.find('/', at) - at);
        if (auto checked = check_component(component, limits); !checked) return checked;
        at += component.size() + 1;
    }
    return {};
}

Result<void> settle_paths(std::vector<File>& files, const std::vector<bool>& replaced, std::string_view name,
                          const Limits& limits)
{
    separate_replaced(files, replaced, limits.component_size);
    if (auto checked = check_sizes(files, name, limits); !checked) return checked;
    return check_conflicts(files);
}

} // namespace shoal::metainfo
