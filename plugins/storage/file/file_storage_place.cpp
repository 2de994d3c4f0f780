#include "file_storage.hpp"

#include "failure.hpp"
#include "relocation.hpp"

#include <shoal/utf8.hpp>

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>

// Where the files of a torrent lie: in another folder, under another name, nowhere any more. The host calls these alone.
namespace shoal::file_storage {

namespace {

// The folders that have to be made for a move, to be taken away again if it fails.
class NewFolders {
public:
    explicit NewFolders(const std::string& path)
    {
        std::error_code error;
        for (std::filesystem::path at(path); !at.empty() && !std::filesystem::exists(at, error); at = at.parent_path())
            made_.push_back(at);
    }
    ~NewFolders()
    {
        std::error_code error;
        for (const auto& path : made_) std::filesystem::remove(path, error); // only while it is empty
    }
    void keep() { made_.clear(); }

private:
    std::vector<std::filesystem::path> made_; // the lowest first
};

Error read_only(const std::string& path)
{
    return make_error(Errc::permission_denied, printable(path) + ": opened for reading alone");
}

bool is_empty(int descriptor)
{
    struct stat status {};
    return ::fstat(descriptor, &status) == 0 && status.st_size == 0;
}

} // namespace

Result<std::optional<bool>> FileStorage::is_final(std::uint32_t file)
{
    const bool may_be_foreign = files_[file].unverified;
    const auto handle = open_files_.find(file);
    if (handle && !(handle->is_final && may_be_foreign)) return std::optional(handle->is_final);
    for (const bool is_final : {false, true}) {
        const auto found = folder_.open(files_[file].name(is_final), O_PATH);
        if (found && is_final && may_be_foreign && !is_empty(found.descriptor.number())) break;
        if (found) return std::optional(is_final);
        if (found.error != ENOENT) return failure(full(files_[file], is_final), found.error);
    }
    return std::optional<bool>();
}

Result<void> FileStorage::move(std::string_view path, const MoveProgress& progress)
{
    if (read_only_) return read_only(folder_.path());
    const std::string target(path);
    NewFolders made(target);
    auto folder = Folder::open(target, true, settings_.resolution);
    if (!folder) return std::move(folder).error();
    if (folder->is(folder_)) return {};
    const std::lock_guard lock(mutex_);
    std::vector<Relocation::File> files;
    for (std::uint32_t i = 0; i < files_.size(); ++i) {
        if (files_[i].padding) continue;
        const auto final = is_final(i);
        if (!final) return final.error();
        if (*final) files.push_back({files_[i].name(**final), files_[i].name(!**final)});
    }
    Relocation relocation(folder_, *folder, progress);
    if (auto moved = relocation.run(files); !moved) return moved;
    made.keep();
    for (std::uint32_t i = 0; i < files_.size(); ++i) {
        for (const bool final : {true, false}) {
            if (relocation.was_copied(files_[i].name(final))) open_files_.retire(i);
        }
    }
    unsynced_folders_.clear(); // the relocation has done that
    folder_ = std::move(*folder);
    return {};
}

Result<void> FileStorage::rename(std::uint32_t file, std::string_view path)
{
    if (auto checked = check(file); !checked) return checked;
    const auto from = files_[file];
    if (read_only_) return read_only(folder_.full(from.path));
    if (path == from.path) return {};
    auto plan = plan_renamed(files_, file, path);
    if (!plan) return std::move(plan).error();
    const std::lock_guard lock(mutex_);
    const auto final = is_final(file);
    if (!final) return final.error();
    if (*final) {
        if (auto renamed = rename_stored(from, *plan, **final); !renamed) return renamed;
    }
    files_[file] = std::move(*plan);
    return {};
}

Result<void> FileStorage::rename_stored(const FilePlan& from, const FilePlan& to, bool is_final)
{
    // The name for later has to be free as well.
    const auto other = folder_.open(to.name(!is_final), O_PATH);
    if (other.error != ENOENT) return failure(full(to, !is_final), other ? EEXIST : other.error);
    const auto file = folder_.open(from.name(is_final), O_PATH);
    const int error =
        file ? folder_.rename(from.name(is_final), to.name(is_final), file.descriptor.number()) : file.error;
    if (error != 0) {
        folder_.remove_empty_above(to.path); // that were made for it
        return failure(full(to, is_final), error);
    }
    add_folders_above(from.path, unsynced_folders_);
    add_folders_above(to.path, unsynced_folders_);
    folder_.remove_empty_above(from.path);
    return {};
}

Result<void> FileStorage::remove(std::span<const std::uint32_t> files)
{
    if (read_only_) return read_only(folder_.path());
    const std::lock_guard lock(mutex_);
    std::optional<Error> first;
    for (const auto file : files) {
        if (auto checked = check(file); !checked) continue; // padding
        if (auto removed = remove_stored(file); !removed && !first) first = removed.error();
    }
    if (first) return std::move(*first);
    return {};
}

// A longer file may be somebody's own: it stays, as it was never written to.
Result<void> FileStorage::remove_stored(std::uint32_t file)
{
    const auto& plan = files_[file];
    const auto final = is_final(file);
    if (!final) return final.error();
    open_files_.retire(file);
    unsynced_files_.erase(file);
    if (!*final) {
        folder_.remove_empty_above(plan.path);
        return {};
    }
    const auto name = plan.name(**final);
    const auto found = folder_.open(name, O_PATH);
    struct stat status {};
    if (found && ::fstat(found.descriptor.number(), &status) != 0) return failure(folder_.full(name), errno);
    if (found && **final && static_cast<std::uint64_t>(status.st_size) > plan.length) return {};
    const int error = found ? folder_.remove(name) : found.error;
    if (error != 0 && error != ENOENT) return failure(folder_.full(name), error);
    add_folders_above(plan.path, unsynced_folders_);
    folder_.remove_empty_above(plan.path);
    return {};
}

} // namespace shoal::file_storage
