#include "state/repair.hpp"

#include "state/file_error.hpp"
#include "state/safe_copy.hpp"
#include "state/salvage.hpp"
#include "state/schema.hpp"
#include "state/whole_file.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <filesystem>

#include <fcntl.h>
#include <unistd.h>

namespace shoal::state {

namespace fs = std::filesystem;

namespace {

// Beside the database, with SQLite's own endings.
constexpr const char* log_ending = "-wal";
constexpr const char* index_ending = "-shm";
constexpr const char* journal_ending = "-journal";

std::string name_of_today(const std::string& path)
{
    const auto dated = fmt::format("{}.damaged-{:%Y-%m-%dT%H%M%S}", path, fmt::gmtime(std::time(nullptr)));
    auto name = dated;
    std::error_code problem;
    for (int i = 2; fs::exists(fs::symlink_status(name, problem)); ++i) name = fmt::format("{}-{}", dated, i);
    return name;
}

// As people say it: what is lost is what changed since.
std::string age_text(std::chrono::seconds age)
{
    struct Unit {
        std::int64_t seconds;
        const char* name;
    };
    constexpr Unit units[] = {{86'400, "days"}, {3600, "hours"}, {60, "minutes"}};
    for (const auto& unit : units) {
        if (age.count() >= 2 * unit.seconds) return fmt::format("{} {}", age.count() / unit.seconds, unit.name);
    }
    return fmt::format("{} seconds", age.count());
}

std::string account_of(const std::vector<SavedRows>& saved)
{
    std::string text;
    for (const auto& table : saved) {
        text += fmt::format("{}{} {}{}", text.empty() ? "" : ", ", table.count, table.table, table.is_whole ? "" : " (not all)");
    }
    return text;
}

}  // namespace

std::string fresh_of(const std::string& path)
{
    return path + ".new";
}

Result<std::unique_ptr<Database>> begin_fresh(const std::string& path)
{
    const auto fresh = fresh_of(path);
    for (const auto* ending : {log_ending, index_ending, journal_ending}) ::unlink((fresh + ending).c_str());
    // Nobody else is to read which torrents somebody has; what SQLite puts beside it is as this is.
    if (const auto begun = begin_private_file(fresh); !begun) return begun.error();
    return Database::open(fresh, Database::Access::writing);
}

Result<void> put_in_place(const std::string& path)
{
    if (std::rename(fresh_of(path).c_str(), path.c_str()) != 0) return file_error("create", path, errno);
    return sync_file(fs::path(path).parent_path().string());
}

Result<std::string> set_aside(const std::string& path)
{
    const auto name = name_of_today(path);
    // The log goes last: without its database it is not used again, a database without it lacks what was written last.
    for (const auto* ending : {"", index_ending, log_ending}) {
        const bool is_moved = std::rename((path + ending).c_str(), (name + ending).c_str()) == 0;
        if (!is_moved && errno != ENOENT) return file_error("rename", path + ending, errno);
    }
    return name;
}

Result<Damage> repair(const std::string& path, const std::string& what_is_wrong)
{
    auto fresh = begin_fresh(path);
    if (!fresh) return fresh.error();
    const auto age = age_of_copy(path);
    auto saved = salvage(path, **fresh);
    if (!saved) return saved.error();
    fresh->reset();
    const bool was_there = ::access(path.c_str(), F_OK) == 0;
    const auto name = set_aside(path);
    if (!name) return name.error();
    if (const auto placed = put_in_place(path); !placed) return placed.error();
    auto text = was_there ? fmt::format("the database is damaged ({}); it is now {}, and what could be read of it was saved: {}", what_is_wrong,
                                        *name, account_of(saved->tables))
                          : fmt::format("the database was lost: {}; what is left of it was saved: {}", what_is_wrong, account_of(saved->tables));
    if (saved->from_copy > 0) {
        text += fmt::format("; torrents that came back from the copy of it, and are checked: {}", saved->from_copy);
        if (age) text += fmt::format(" (it is {} old: what changed since is not in it)", age_text(*age));
    }
    return Damage{std::move(text), *name};
}

}  // namespace shoal::state
