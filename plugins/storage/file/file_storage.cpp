#include "file_storage.hpp"

#include "failure.hpp"
#include "transfer.hpp"

#include <shoal/utf8.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>

namespace shoal::file_storage {

namespace {

Result<std::uint64_t> length_of(int descriptor, const std::string& path)
{
    struct stat status {};
    if (::fstat(descriptor, &status) != 0) return failure(path, errno);
    if (S_ISDIR(status.st_mode)) return failure(path, EISDIR);
    if (!S_ISREG(status.st_mode))
        return make_error(Errc::io_error, printable(path) + ": it is no ordinary file");
    return static_cast<std::uint64_t>(status.st_size);
}

Error unequal(const std::string& path, std::uint64_t there, const FilePlan& plan)
{
    return make_error(Errc::io_error, printable(path) + ": it has " + std::to_string(there)
                                          + " bytes, in the torrent it has " + std::to_string(plan.length)
                                          + "; move it away, or choose another folder");
}

Error not_ours(const std::string& path)
{
    return make_error(Errc::io_error, printable(path) + ": it is there already, and nothing of it is right; move it away, rename the "
                                           "torrent's file, or choose another folder");
}

// A file that may be read but not written is good enough for seeding.
bool may_be_readable(int error)
{
    return error == EACCES || error == EPERM || error == EROFS || error == ETXTBSY;
}

} // namespace

Result<void> FileStorage::open(const StorageLayout& layout)
{
    auto files = plan_files(layout);
    if (!files) return std::move(files).error();
    read_only_ = layout.is_read_only();
    auto folder = Folder::open(std::string(layout.folder()), !read_only_, settings_.resolution);
    if (!folder) return std::move(folder).error();
    files_ = std::move(*files);
    folder_ = std::move(*folder);
    return {};
}

void FileStorage::close()
{
    const std::lock_guard lock(mutex_);
    open_files_.clear();
    unsynced_files_.clear();
    unsynced_folders_.clear();
    folder_ = Folder();
}

// ---- what the host asks
// ---------------------------------------------------------------------------------------------

Result<void> FileStorage::check(std::uint32_t file) const
{
    if (file < files_.size() && !files_[file].padding) return {};
    return make_error(Errc::invalid_argument, "no file " + std::to_string(file) + " is stored");
}

Result<std::uint64_t> FileStorage::size(std::uint32_t file)
{
    if (auto checked = check(file); !checked) return std::move(checked).error();
    // Without opening it for good: a torrent of 100,000 files is asked for all of them at its start.
    for (const bool is_final : {false, true}) {
        const auto found = folder_.open(files_[file].name(is_final), O_PATH);
        if (found) return length_of(found.descriptor.number(), full(files_[file], is_final));
        if (found.error != ENOENT) return failure(full(files_[file], is_final), found.error);
    }
    return std::uint64_t{0};
}

Result<std::uint64_t> FileStorage::read(std::uint32_t file, std::uint64_t offset, MutableBytes into)
{
    if (auto checked = check(file); !checked) return std::move(checked).error();
    Handle handle;
    {
        const std::lock_guard lock(mutex_);
        auto found = opened(file);
        if (!found) return std::move(found).error();
        handle = std::move(*found);
    }
    const auto length = files_[file].length;
    if (!handle || offset >= length) return std::uint64_t{0};
    const auto wanted =
        into.first(static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), length - offset)));
    const auto done = read_at(handle->descriptor.number(), offset, wanted);
    if (done.error != 0) return failure(folder_.full(files_[file].path), done.error);
    return done.size;
}

Result<void> FileStorage::write(std::uint32_t file, std::uint64_t offset, const WriteParts& parts)
{
    if (auto checked = check(file); !checked) return checked;
    const auto size = parts.total();
    if (offset > files_[file].length || size > files_[file].length - offset) {
        return make_error(Errc::invalid_argument, "a write past the end of file " + std::to_string(file));
    }
    if (size == 0) return {};
    Handle handle;
    {
        const std::lock_guard lock(mutex_);
        auto found = writable(file);
        if (!found) return std::move(found).error();
        handle = std::move(*found);
    }
    const auto done = write_at(handle->descriptor.number(), offset, parts);
    // Only now: a flush() in the meantime would take the mark away without having seen these bytes.
    const std::lock_guard lock(mutex_);
    unsynced_files_.insert(file);
    if (done.error != 0) return failure(full(files_[file], handle->is_final), done.error);
    return {};
}

Result<int> FileStorage::locate(std::uint32_t file)
{
    if (auto checked = check(file); !checked) return std::move(checked).error();
    const std::lock_guard lock(mutex_);
    if (const auto lent = open_files_.lent(file)) return lent->descriptor.number();
    auto found = opened(file);
    if (!found) return std::move(found).error();
    if (!*found) return make_error(Errc::unsupported, "the file is not there yet");
    if (!open_files_.lend(file, *found))
        return make_error(Errc::unsupported, "enough descriptors are lent already");
    return (*found)->descriptor.number();
}

Result<void> FileStorage::finish(std::uint32_t file)
{
    if (auto checked = check(file); !checked) return checked;
    if (read_only_) return {};
    auto& plan = files_[file];
    const std::lock_guard lock(mutex_);
    auto found = opened(file);
    if (!found) return std::move(found).error();
    if (!*found && plan.length == 0) return finish_empty(plan);
    if (!*found) return failure(folder_.full(plan.path), ENOENT);
    if (auto fitted = fit(plan, **found); !fitted) return fitted;
    if (!(*found)->is_final) {
        if (auto named = name_finally(plan, **found); !named) return named;
    }
    plan.unverified = false;
    return {};
}

// What fails is written out again next time; whether that helps, the host has to find out.
Result<void> FileStorage::flush()
{
    const std::lock_guard one_by_one(flushing_);
    std::set<std::uint32_t> files;
    std::set<std::string> folders;
    {
        const std::lock_guard lock(mutex_);
        files.swap(unsynced_files_);
        folders.swap(unsynced_folders_);
    }
    std::optional<Error> first;
    for (const auto file : files) {
        std::unique_lock lock(mutex_);
        const auto found = opened(file);
        lock.unlock();
        // Removed meanwhile: the host will miss it where it reads it.
        if (found && (!*found || ::fdatasync((*found)->descriptor.number()) == 0)) continue;
        if (!first) first = found ? failure(folder_.full(files_[file].path), errno) : found.error();
        lock.lock();
        unsynced_files_.insert(file);
    }
    for (const auto& name : folders) {
        const int error = folder_.sync(name);
        if (error == 0 || error == ENOENT) continue;
        if (!first) first = failure(folder_.full(name), error);
        const std::lock_guard lock(mutex_);
        unsynced_folders_.insert(name);
    }
    if (first) return std::move(*first);
    return {};
}

// ---- opening and naming
// ---------------------------------------------------------------------------------------------

Attempt FileStorage::open_either_way(const std::string& path)
{
    auto found = folder_.open(path, read_only_ ? O_RDONLY : O_RDWR);
    return may_be_readable(found.error) && !read_only_ ? folder_.open(path, O_RDONLY) : std::move(found);
}

Result<FileStorage::Handle> FileStorage::open_as(const std::string& path, bool is_final)
{
    auto found = open_either_way(path);
    if ((found.error == EMFILE || found.error == ENFILE) && open_files_.drop_idle())
        found = open_either_way(path);
    if (found.error == ENOENT) return Handle();
    if (!found) return failure(folder_.full(path), found.error);
    const auto length = length_of(found.descriptor.number(), folder_.full(path));
    if (!length) return length.error();
    const bool writable = (::fcntl(found.descriptor.number(), F_GETFL) & O_ACCMODE) == O_RDWR;
    return std::make_shared<OpenFile>(OpenFile{std::move(found.descriptor), writable, is_final});
}

Result<FileStorage::Handle> FileStorage::opened(std::uint32_t file)
{
    if (auto handle = open_files_.find(file)) return handle;
    for (const bool is_final : {false, true}) {
        auto found = open_as(files_[file].name(is_final), is_final);
        if (!found) return found;
        if (!*found) continue;
        open_files_.keep(file, *found);
        return found;
    }
    return Handle();
}

Result<FileStorage::Handle> FileStorage::writable(std::uint32_t file)
{
    const auto& plan = files_[file];
    if (read_only_)
        return make_error(Errc::permission_denied,
                          printable(folder_.full(plan.path)) + ": opened for reading alone");
    auto found = opened(file);
    if (!found) return found;
    if (!*found) {
        found = created(plan.part(), false);
        if (found) open_files_.keep(file, *found);
        return found;
    }
    const auto path = full(plan, (*found)->is_final);
    if (!(*found)->writable) return failure(path, EACCES);
    const auto length = length_of((*found)->descriptor.number(), path);
    if (!length) return length.error();
    if ((*found)->is_final && plan.unverified && *length > 0) return not_ours(path);
    if ((*found)->is_final && *length > plan.length) return unequal(path, *length, plan);
    return found;
}

Result<FileStorage::Handle> FileStorage::created(const std::string& path, bool is_final)
{
    auto made = folder_.create(path);
    if ((made.error == EMFILE || made.error == ENFILE) && open_files_.drop_idle())
        made = folder_.create(path);
    if (!made) return failure(folder_.full(path), made.error);
    add_folders_above(path, unsynced_folders_);
    return std::make_shared<OpenFile>(OpenFile{std::move(made.descriptor), true, is_final});
}

Result<void> FileStorage::finish_empty(const FilePlan& plan)
{
    const auto made = created(plan.path, true);
    if (!made) return made.error();
    return {};
}

// All its pieces are verified. What lies behind them is nothing of the torrent's: of a .part it is cut off, but a
// file that had its name before may be another torrent's as well. Of an empty file nothing was verified.
Result<void> FileStorage::fit(const FilePlan& plan, const OpenFile& file) const
{
    const auto path = full(plan, file.is_final);
    const auto length = length_of(file.descriptor.number(), path);
    if (!length) return length.error();
    if (*length == plan.length) return {};
    if (*length < plan.length || plan.length == 0) return unequal(path, *length, plan);
    if (file.is_final) return {};
    if (::ftruncate(file.descriptor.number(), static_cast<off_t>(plan.length)) != 0)
        return failure(path, errno);
    return {};
}

Result<void> FileStorage::name_finally(const FilePlan& plan, OpenFile& file)
{
    const int error = folder_.rename(plan.part(), plan.path, file.descriptor.number());
    if (error == ESTALE) {
        return make_error(Errc::io_error,
                          printable(folder_.full(plan.part())) + ": something else has taken its place");
    }
    if (error == EEXIST) {
        return make_error(Errc::io_error, printable(folder_.full(plan.path)) + ": it has appeared while "
                                              + printable(plan.part())
                                              + " was being fetched; move one of them away");
    }
    if (error != 0) return failure(folder_.full(plan.part()), error);
    file.is_final = true;
    add_folders_above(plan.path, unsynced_folders_);
    return {};
}

} // namespace shoal::file_storage
