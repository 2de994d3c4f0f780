// Folder: everything that is opened, made or renamed in the download folder goes through here, and none of it
// gets out: no component of a path below the folder may be a symbolic link, whoever planted it and whenever.
// The folder itself may be reached through links; that is the user's choice. Paths are relative,
// '/'-separated, without "." and "..", which is_contained() checks. Threads: const functions from any thread.
#pragma once

#include "descriptor.hpp"

#include <shoal/result.hpp>

#include <set>
#include <string>
#include <string_view>

namespace shoal::file_storage {

/// How a path is walked: in one step by the kernel (openat2, Linux 5.6), or component by component on older
/// ones. Both refuse the same; the kernel is asked first and the steps are the fallback.
enum class Resolution { kernel, stepwise };

[[nodiscard]] bool is_contained(std::string_view path);

/// Adds the folders above a contained path, "." among them.
void add_folders_above(std::string path, std::set<std::string>& folders);

class Folder {
public:
    Folder() = default; // nothing is in it

    /// `create`: with all its parents, where they are not there. Errors name the path.
    [[nodiscard]] static Result<Folder> open(const std::string& path, bool create, Resolution resolution);

    /// As open(2), flags and errno included, but never waits; O_CREAT is for create(). A symbolic link gives
    /// ELOOP.
    [[nodiscard]] Attempt open(const std::string& path, int flags) const;

    /// A new file, open for reading and writing, and the folders above it where they are missing. EEXIST if
    /// something has that name.
    [[nodiscard]] Attempt create(const std::string& path) const;

    /// Renames within one folder, only while `from` is still the file that `descriptor` has open (else
    /// ESTALE), and never over anything (EEXIST). An errno, or 0.
    [[nodiscard]] int rename(const std::string& from, const std::string& to, int descriptor) const;

    /// The same into another folder, and the folders above `to` are made where they are missing. EXDEV where that is on
    /// another file system.
    [[nodiscard]] int move(const std::string& from, const Folder& into, const std::string& to, int descriptor) const;

    /// Takes a file away; what is no ordinary file stays (EINVAL). An errno, or 0.
    [[nodiscard]] int remove(const std::string& path) const;

    /// Takes the folders above `path` away, from the lowest up, as long as they are empty; never the folder itself.
    void remove_empty_above(std::string_view path) const;

    /// Writes out which names a folder below this one has; "." is this one. An errno, or 0.
    [[nodiscard]] int sync(const std::string& folder) const;

    /// Is it the same folder, whatever it is called?
    [[nodiscard]] bool is(const Folder& other) const;

    [[nodiscard]] const std::string& path() const { return path_; }

    /// With the folder in front, for texts.
    [[nodiscard]] std::string full(std::string_view path) const { return path_ + "/" + std::string(path); }

private:
    [[nodiscard]] Attempt open_parent(std::string_view path, bool create) const;

    std::string path_;
    Descriptor root_;
    Resolution resolution_ = Resolution::kernel;
};

} // namespace shoal::file_storage
