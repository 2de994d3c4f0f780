#include "state/safe_copy.hpp"

#include "state/database.hpp"
#include "state/file_error.hpp"
#include "state/whole_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>

#include <unistd.h>

namespace shoal::state {

namespace fs = std::filesystem;

namespace {

Result<void> copy_into(const std::string& path, const std::string& fresh, const std::atomic<bool>& is_ending)
{
    auto database = Database::open(path, Database::Access::writing);
    if (!database) return database.error();
    (*database)->end_when(is_ending);
    auto statement = (*database)->prepare("VACUUM INTO ?1");
    if (!statement) return statement.error();
    return statement->bind(1, std::string_view(fresh)).run();
}

}  // namespace

std::string copy_of(const std::string& path)
{
    return path + ".copy";
}

bool has_copy(const std::string& path)
{
    std::error_code problem;
    return fs::exists(copy_of(path), problem);
}

Result<void> make_copy(const std::string& path, const std::atomic<bool>& is_ending)
{
    if (is_ending) return make_error(Errc::cancelled, "the copy was begun too late");
    const auto fresh = copy_of(path) + ".new";
    if (const auto begun = begin_private_file(fresh); !begun) return begun;
    auto made = copy_into(path, fresh, is_ending);
    if (made) made = sync_file(fresh);
    if (made && std::rename(fresh.c_str(), copy_of(path).c_str()) != 0) made = file_error("create", copy_of(path), errno);
    if (!made) ::unlink(fresh.c_str());
    return made;
}

bool is_copy_old(const std::string& path)
{
    std::error_code problem;
    const auto copied = fs::last_write_time(copy_of(path), problem);
    if (problem) return true;
    for (const auto& written : {path, path + "-wal"}) {
        const auto size = fs::file_size(written, problem);
        if (problem || size == 0) continue;
        const auto when = fs::last_write_time(written, problem);
        if (!problem && when > copied) return true;
    }
    return false;
}

std::optional<std::chrono::seconds> age_of_copy(const std::string& path)
{
    std::error_code problem;
    const auto copied = fs::last_write_time(copy_of(path), problem);
    if (problem) return std::nullopt;
    const auto age = fs::file_time_type::clock::now() - copied;
    return std::max(std::chrono::duration_cast<std::chrono::seconds>(age), std::chrono::seconds{0});
}

}  // namespace shoal::state
