#include "state/safe_copy.hpp"

#include "state/database.hpp"
#include "state/file_error.hpp"

#include <cerrno>
#include <cstdio>
#include <filesystem>

#include <fcntl.h>
#include <unistd.h>

namespace shoal::state {

namespace fs = std::filesystem;

namespace {

// SQLite wants an empty file or none; what is in it is for its owner alone.
Result<void> begin_file(const std::string& path)
{
    ::unlink(path.c_str());
    const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor < 0) return file_error("create", path, errno);
    ::close(descriptor);
    return {};
}

Result<void> write_out(const std::string& path)
{
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return file_error("open", path, errno);
    const int code = ::fsync(descriptor) == 0 ? 0 : errno;
    ::close(descriptor);
    if (code != 0) return file_error("write", path, code);
    return {};
}

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

Result<void> make_copy(const std::string& path, const std::atomic<bool>& is_ending)
{
    const auto fresh = copy_of(path) + ".new";
    if (const auto begun = begin_file(fresh); !begun) return begun;
    auto made = copy_into(path, fresh, is_ending);
    if (made) made = write_out(fresh);
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

}  // namespace shoal::state
