// Files on disk. What is incomplete is called NAME.part; finish() takes the ending away. A file that has its
// final name already, from an earlier run or another client, is used as it is, unless it is longer than in
// the torrent, or nothing of it is known to be right: then it is read, but nobody's file is written over. Where
// both names are there, the .part is ours. Nothing gets out of the folder (folder.hpp). Files are sparse.
//
// Descriptors: as many as the setting says are kept open, those used last. Every operation holds the file it
// works on (a shared handle), so that closing the rest never closes one in use. A descriptor that locate()
// named is held until close(), whatever else is opened, finished or moved: renaming a file does not change what
// its descriptor refers to, and what was copied elsewhere stays readable until it is closed. So many can be lent as half the setting says; for the others locate() has none, and
// the host reads them.
#pragma once

#include "folder.hpp"
#include "layout.hpp"
#include "open_files.hpp"

#include <shoal/result.hpp>
#include <shoal/storage.hpp>

#include <cstdint>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::file_storage {

struct FileSettings {
    std::size_t descriptors = 128; // per torrent; at least 2
    Resolution resolution = Resolution::kernel;
};

class FileStorage : public Storage {
public:
    static constexpr std::uint32_t flags = SHOAL_STORAGE_PARALLEL;

    explicit FileStorage(FileSettings settings) : settings_(settings), open_files_(settings.descriptors) {}

    Result<void> open(const StorageLayout& layout) override;
    Result<std::uint64_t> size(std::uint32_t file) override;
    Result<std::uint64_t> read(std::uint32_t file, std::uint64_t offset, MutableBytes into) override;
    Result<void> write(std::uint32_t file, std::uint64_t offset, const WriteParts& parts) override;
    Result<int> locate(std::uint32_t file) override;
    Result<void> finish(std::uint32_t file) override;
    Result<void> flush() override;
    void close() override;
    Result<void> move(std::string_view path, const MoveProgress& progress) override;
    Result<void> rename(std::uint32_t file, std::string_view path) override;
    Result<void> remove(std::span<const std::uint32_t> files) override;

private:
    using Handle = OpenFiles::Handle;

    [[nodiscard]] Result<void> check(std::uint32_t file) const;

    // All below: under `mutex_`.
    Result<Handle> opened(std::uint32_t file); // null: it is not there under either name
    Result<Handle> writable(std::uint32_t file);
    Result<Handle> open_as(const std::string& path, bool is_final);
    Attempt open_either_way(const std::string& path);
    Result<Handle> created(const std::string& path, bool is_final);
    Result<void> finish_empty(const FilePlan& plan);
    Result<void> fit(const FilePlan& plan, const OpenFile& file) const;
    Result<void> name_finally(const FilePlan& plan, OpenFile& file);

    // Where files lie: file_storage_place.cpp.
    Result<std::optional<bool>> is_final(std::uint32_t file); // none: it is not there, or not known to be ours
    Result<void> rename_stored(const FilePlan& from, const FilePlan& to, bool is_final);
    Result<void> remove_stored(std::uint32_t file);

    [[nodiscard]] std::string full(const FilePlan& plan, bool is_final) const
    {
        return folder_.full(plan.name(is_final));
    }

    const FileSettings settings_;
    // These change only while nothing else is called: open, close, move, rename.
    bool read_only_ = false;
    Folder folder_;
    std::vector<FilePlan> files_;

    std::mutex flushing_; // one after the other: who finds nothing to write out may say so only when it is out

    // Guards what follows; never held while bytes are read or written.
    std::mutex mutex_;
    OpenFiles open_files_;
    std::set<std::uint32_t> unsynced_files_;
    std::set<std::string> unsynced_folders_; // relative; "." is the folder itself
};

} // namespace shoal::file_storage
