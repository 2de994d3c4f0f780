#pragma once

#include "host/instance.hpp"
#include "metainfo/torrent_file.hpp"

#include <shoal/abi/storage.h>
#include <shoal/bitfield.hpp>
#include <shoal/bytes.hpp>
#include <shoal/result.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::disk {

struct StorageSettings {
    std::string folder;  // absolute
    bool is_read_only = false;
    std::map<std::uint32_t, std::string> renamed{};  // files with other paths than the torrent says
};

// The workers' side of a store: calls a storage plug-in and judges what it says. Shared by the store and the completions under way; a
// job holds a plain pointer and its completion, which runs on the loop, the ownership: so the plug-in's instance always dies on the
// loop. [worker]
class StorageDisk {
public:
    // `done` of `total` octets; false: stop.
    using Moving = std::function<bool(std::uint64_t done, std::uint64_t total)>;

    StorageDisk(std::unique_ptr<host::Instance> storage, std::shared_ptr<const metainfo::TorrentFile> metainfo,
                StorageSettings settings);

    const Geometry& geometry() const { return metainfo_->geometry; }
    bool is_padding(FileIndex file) const { return metainfo_->file(file).padding; }
    bool is_open() const { return is_open_; }

    // The pieces that may be there, by the sizes of the files. `unverified`: by file; none: all files are verified.
    Result<Bitfield> open(const std::vector<bool>& unverified);
    Result<void> write(PieceIndex piece, std::uint32_t begin, ByteView octets);
    // False: not all of it is there.
    Result<bool> read(PieceIndex piece, std::uint32_t begin, MutableBytes octets);
    Result<bool> matches(PieceIndex piece);
    Result<void> finish(FileIndex file);
    Result<int> locate(FileIndex file);
    Result<void> flush();

    // Alone, as open().
    Result<void> close();
    Result<void> move(const std::string& folder, const Moving& moving);
    Result<void> rename(FileIndex file, const std::string& path);
    Result<void> remove(const std::vector<FileIndex>& files);

private:
    const shoal_storage_v1& table() const { return storage_->table<shoal_storage_v1>(); }
    std::string path_of(FileIndex file) const;
    Result<bool> read_slice(const FileSlice& slice, MutableBytes part);
    Result<void> open_files();
    Result<std::vector<std::uint64_t>> sizes();
    Bitfield pieces_within(const std::vector<std::uint64_t>& sizes) const;
    Error error(const host::WorkerAnswer& answer, std::string_view verb, const std::string& what) const;
    Error error(const host::WorkerAnswer& answer, std::string_view verb, FileIndex file) const
    {
        return error(answer, verb, path_of(file));
    }
    Error unsupported(std::string_view what) const;

    std::unique_ptr<host::Instance> storage_;
    std::shared_ptr<const metainfo::TorrentFile> metainfo_;
    // Change only while nothing else is under way.
    StorageSettings settings_;
    std::vector<bool> unverified_;  // when it was opened
    bool is_open_ = false;
};

}  // namespace shoal::disk
