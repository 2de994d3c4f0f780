#include "daemon/run_time_settings.hpp"

#include "state/database.hpp"
#include "state/rows.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>

namespace shoal::daemon {

using control::Value;

std::vector<std::string> set_as_before(control::Settings& settings, const std::map<std::string, Value>& values)
{
    std::vector<std::string> complaints;
    const auto at = values.find(std::string(run_time_value));
    const auto* kept = at == values.end() ? nullptr : at->second.as_map();
    for (std::size_t i = 0; kept != nullptr && i < kept->size(); ++i) {
        const auto set = settings.set(kept->keys()[i], kept->values()[i]);
        if (!set) complaints.push_back(fmt::format("as it was set at run time: {}", set.error().text));
    }
    return complaints;
}

std::vector<std::string> set_as_in(control::Settings& settings, const std::string& database)
{
    std::error_code problem;
    if (!std::filesystem::exists(database, problem)) return {};
    const auto unseen = [](const Error& error) { return std::vector{fmt::format("what was set at run time is not shown: {}", error.text)}; };
    auto opened = state::Database::open(database, state::Database::Access::reading);
    if (!opened) return unseen(opened.error());
    const auto rows = state::read_own(**opened);
    return rows ? set_as_before(settings, rows->values) : unseen(rows.error());
}

}  // namespace shoal::daemon
