#include "folder.hpp"

#include "failure.hpp"

#include <fcntl.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

namespace shoal::file_storage {

namespace {

constexpr int folder_flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
// A pipe that somebody left under the name must not make us wait for its other end.
constexpr int file_flags = O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;

Attempt attempt(int number)
{
    return number >= 0 ? Attempt{.descriptor = Descriptor(number)} : Attempt{.error = errno};
}

std::string_view parent_of(std::string_view path)
{
    const auto slash = path.rfind('/');
    return slash == path.npos ? std::string_view() : path.substr(0, slash);
}

std::string name_of(std::string_view path)
{
    return std::string(path.substr(path.rfind('/') + 1));
} // npos + 1 is 0

Attempt open_resolved(int root, const std::string& path, int flags)
{
    open_how how{};
    how.flags = static_cast<std::uint64_t>(flags);
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
    return attempt(static_cast<int>(::syscall(SYS_openat2, root, path.c_str(), &how, sizeof how)));
}

// Too old a kernel, a sandbox that does not know the call, a path that is too long in one piece: not the last
// word.
bool wants_steps(int error)
{
    return error == ENOSYS || error == EPERM || error == EINVAL || error == E2BIG || error == EAGAIN
           || error == ENAMETOOLONG;
}

Attempt open_folder_in(int parent, const std::string& name)
{
    auto opened = attempt(::openat(parent, name.c_str(), folder_flags));
    struct stat status {};
    // O_DIRECTORY speaks before O_NOFOLLOW does.
    if (opened.error == ENOTDIR && ::fstatat(parent, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0
        && S_ISLNK(status.st_mode)) {
        opened.error = ELOOP;
    }
    return opened;
}

// O_PATH opens the link itself, by whichever way.
Attempt unless_link(Attempt opened, int flags)
{
    struct stat status {};
    const bool is_link = opened && (flags & O_PATH) != 0 && ::fstat(opened.descriptor.number(), &status) == 0
                         && S_ISLNK(status.st_mode);
    return is_link ? Attempt{.error = ELOOP} : std::move(opened);
}

// Where the file system knows no RENAME_NOREPLACE, a look beforehand has to do.
int rename_between(int folder, const std::string& from, int into, const std::string& to)
{
    if (::syscall(SYS_renameat2, folder, from.c_str(), into, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
    if (errno != EINVAL && errno != ENOSYS) return errno;
    if (::faccessat(into, to.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0) return EEXIST;
    return ::renameat(folder, from.c_str(), into, to.c_str()) == 0 ? 0 : errno;
}

} // namespace

bool is_contained(std::string_view path)
{
    if (path.find('\0') != path.npos) return false;
    for (std::size_t at = 0; at <= path.size();) {
        const auto component = path.substr(at, path.find('/', at) - at);
        if (component.empty() || component == "." || component == "..") return false;
        at += component.size() + 1;
    }
    return true;
}

void add_folders_above(std::string path, std::set<std::string>& folders)
{
    for (auto slash = path.rfind('/'); slash != path.npos; slash = path.rfind('/')) {
        path.resize(slash);
        folders.insert(path);
    }
    folders.insert(".");
}

Result<Folder> Folder::open(const std::string& path, bool create, Resolution resolution)
{
    std::error_code error;
    if (create) std::filesystem::create_directories(path, error);
    if (error) return failure(path, error.value());
    auto root = attempt(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!root) return failure(path, root.error);
    Folder folder;
    folder.path_ = path;
    folder.root_ = std::move(root.descriptor);
    folder.resolution_ = resolution;
    return folder;
}

Attempt Folder::open(const std::string& path, int flags) const
{
    // openat2 refuses what open(2) ignores beside O_PATH.
    flags |= (flags & O_PATH) != 0 ? file_flags & ~O_NONBLOCK : file_flags;
    if (resolution_ == Resolution::kernel) {
        auto opened = open_resolved(root_.number(), path, flags);
        if (!wants_steps(opened.error)) return unless_link(std::move(opened), flags);
    }
    const auto parent = open_parent(path, false);
    if (!parent) return {.error = parent.error};
    return unless_link(attempt(::openat(parent.descriptor.number(), name_of(path).c_str(), flags)), flags);
}

Attempt Folder::open_parent(std::string_view path, bool create) const
{
    auto at = attempt(::fcntl(root_.number(), F_DUPFD_CLOEXEC, 0));
    for (auto rest = parent_of(path); at && !rest.empty();) {
        const std::string name(rest.substr(0, rest.find('/')));
        rest.remove_prefix(std::min(rest.size(), name.size() + 1));
        auto next = open_folder_in(at.descriptor.number(), name);
        if (create && next.error == ENOENT) {
            if (::mkdirat(at.descriptor.number(), name.c_str(), 0777) != 0 && errno != EEXIST)
                return {.error = errno};
            next = open_folder_in(at.descriptor.number(), name);
        }
        at = std::move(next);
    }
    return at;
}

Attempt Folder::create(const std::string& path) const
{
    const auto parent = open_parent(path, true);
    if (!parent) return {.error = parent.error};
    const auto name = name_of(path);
    return attempt(
        ::openat(parent.descriptor.number(), name.c_str(), O_RDWR | O_CREAT | O_EXCL | file_flags, 0666));
}

int Folder::rename(const std::string& from, const std::string& to, int descriptor) const
{
    return move(from, *this, to, descriptor);
}

int Folder::move(const std::string& from, const Folder& into, const std::string& to, int descriptor) const
{
    const auto parent = open_parent(from, false);
    if (!parent) return parent.error;
    const int folder = parent.descriptor.number();
    struct stat named {};
    struct stat opened {};
    if (::fstatat(folder, name_of(from).c_str(), &named, AT_SYMLINK_NOFOLLOW) != 0) return errno;
    if (::fstat(descriptor, &opened) != 0) return errno;
    if (named.st_dev != opened.st_dev || named.st_ino != opened.st_ino) return ESTALE;
    const auto new_parent = into.open_parent(to, true);
    if (!new_parent) return new_parent.error;
    return rename_between(folder, name_of(from), new_parent.descriptor.number(), name_of(to));
}

int Folder::remove(const std::string& path) const
{
    const auto parent = open_parent(path, false);
    if (!parent) return parent.error;
    struct stat status {};
    const int folder = parent.descriptor.number();
    if (::fstatat(folder, name_of(path).c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return errno;
    if (!S_ISREG(status.st_mode)) return EINVAL;
    return ::unlinkat(folder, name_of(path).c_str(), 0) == 0 ? 0 : errno;
}

void Folder::remove_empty_above(std::string_view path) const
{
    for (auto folder = parent_of(path); !folder.empty(); folder = parent_of(folder)) {
        const auto parent = open_parent(folder, false);
        if (!parent) return;
        if (::unlinkat(parent.descriptor.number(), name_of(folder).c_str(), AT_REMOVEDIR) != 0) return;
    }
}

int Folder::sync(const std::string& folder) const
{
    const auto opened = open(folder, O_RDONLY | O_DIRECTORY);
    if (!opened) return opened.error;
    return ::fsync(opened.descriptor.number()) == 0 ? 0 : errno;
}

bool Folder::is(const Folder& other) const
{
    struct stat ours {};
    struct stat theirs {};
    return ::fstat(root_.number(), &ours) == 0 && ::fstat(other.root_.number(), &theirs) == 0
           && ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino;
}

} // namespace shoal::file_storage
