#pragma once

#include <shoal/result.hpp>

#include <string>
#include <utility>

namespace shoal::state {

// Whoever has it owns what the path names, until it ends or its process does, however that comes about. It is a lock on a file beside
// it, which stays. [any]
class ProcessLock {
public:
    // Waits for nobody. Errors: refused (with the owner's pid), permission_denied, disk_full, io_error.
    static Result<ProcessLock> take(const std::string& path);
    ProcessLock(ProcessLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)), is_held_(std::exchange(other.is_held_, false)), was_left_(other.was_left_) {}
    ProcessLock& operator=(ProcessLock&& other) noexcept
    {
        std::swap(descriptor_, other.descriptor_);
        std::swap(is_held_, other.is_held_);
        std::swap(was_left_, other.was_left_);
        return *this;
    }
    ~ProcessLock();

    // Whoever had it before did not let go of it: his process died.
    bool was_left() const { return was_left_; }

private:
    explicit ProcessLock(int descriptor) : descriptor_(descriptor) {}

    int descriptor_;
    bool is_held_ = false;
    bool was_left_ = false;
};

// The lock of a database, which others have for a moment while they make the file: waits that long. Makes the folder.
Result<ProcessLock> lock_database(const std::string& path);

}  // namespace shoal::state
