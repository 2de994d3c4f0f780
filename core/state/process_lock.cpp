#include "state/process_lock.hpp"

#include "state/file_error.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <thread>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace shoal::state {

namespace {

constexpr auto patience = std::chrono::milliseconds{500};
constexpr int turns = 20;

// For nobody else: which torrents somebody has is his own business.
Result<void> make_folder(const std::string& folder)
{
    std::error_code problem;
    if (std::filesystem::create_directories(folder, problem)) {
        std::filesystem::permissions(folder, std::filesystem::perms::owner_all, problem);
    }
    if (problem) return file_error("create", folder, problem.value());
    return {};
}

Error owned(const std::string& path, int descriptor)
{
    std::array<char, 24> text{};
    const auto size = ::pread(descriptor, text.data(), text.size(), 0);
    std::string owner(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
    if (owner.empty() || owner.find_first_not_of("0123456789") != std::string::npos) owner = "another";
    return make_error(Errc::refused, fmt::format("{} is in use by process {}", path, owner));
}

}  // namespace

Result<ProcessLock> ProcessLock::take(const std::string& path)
{
    const auto beside = path + ".lock";
    ProcessLock lock(::open(beside.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (lock.descriptor_ < 0) return file_error("open", beside, errno);
    if (::flock(lock.descriptor_, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK) return owned(path, lock.descriptor_);
        return file_error("lock", beside, errno);
    }
    // The pid is for people: where it does not fit on the disk, the lock is one all the same.
    lock.is_held_ = true;
    char first = 0;
    lock.was_left_ = ::pread(lock.descriptor_, &first, 1, 0) == 1;
    const auto pid = std::to_string(::getpid());
    if (::ftruncate(lock.descriptor_, 0) == 0) static_cast<void>(!::pwrite(lock.descriptor_, pid.data(), pid.size(), 0));
    return lock;
}

ProcessLock::~ProcessLock()
{
    if (descriptor_ < 0) return;
    if (is_held_) static_cast<void>(!::ftruncate(descriptor_, 0));  // the next one sees that it was let go of
    ::close(descriptor_);
}

Result<ProcessLock> lock_database(const std::string& path)
{
    if (const auto made = make_folder(std::filesystem::path(path).parent_path().string()); !made) return made.error();
    auto lock = ProcessLock::take(path);
    for (int turn = 0; turn < turns && !lock && lock.error().code == Errc::refused; ++turn) {
        std::this_thread::sleep_for(patience / turns);
        lock = ProcessLock::take(path);
    }
    return lock;
}

}  // namespace shoal::state
