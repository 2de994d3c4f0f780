#include "disk/storage_store.hpp"

#include "disk/piece_hasher.hpp"
#include "disk/residency.hpp"

#include <shoal/abi/storage.h>
#include <shoal/assert.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace shoal::disk {

namespace {

constexpr int not_asked = -1;
constexpr int being_asked = -2;
constexpr int has_none = -3;
constexpr std::uint32_t check_chunk = 1024 * 1024;

}  // namespace

// What the workers touch. Shared by the store and the completions under way; a job holds a plain pointer and its completion,
// which runs on the loop, the ownership: so the plug-in's instance always dies on the loop.
struct StorageStore::Disk {
    std::unique_ptr<host::Instance> storage;
    std::shared_ptr<const metainfo::TorrentFile> metainfo;
    StorageSettings settings;
    bool is_open = false;  // changes only while nothing else is under way

    const shoal_storage_v1& table() const { return storage->table<shoal_storage_v1>(); }
    const Geometry& geometry() const { return metainfo->geometry; }

    Result<Bitfield> open();
    Result<std::vector<std::uint64_t>> sizes();
    Bitfield pieces_within(const std::vector<std::uint64_t>& sizes) const;
    Result<void> write(PieceIndex piece, std::uint32_t begin, ByteView octets);
    // False: not all of it is there.
    Result<bool> read(PieceIndex piece, std::uint32_t begin, MutableBytes octets);
    Result<bool> matches(PieceIndex piece);
    Result<void> finish(FileIndex file);
    Result<void> flush();
    Result<void> close();
    Result<int> locate(FileIndex file);
    Error error(const host::WorkerAnswer& answer, std::string_view verb, const std::string& what) const;
    Error error(const host::WorkerAnswer& answer, std::string_view verb, FileIndex file) const
    {
        return error(answer, verb, metainfo->disk_path(file));
    }
};

namespace {

// No function of a storage has anything to say but SHOAL_OK and what went wrong.
bool has_failed(const host::WorkerAnswer& answer)
{
    return answer.status != SHOAL_OK;
}

}  // namespace

// A disk is blamed by its file; a plug-in that makes no sense by its name.
Error StorageStore::Disk::error(const host::WorkerAnswer& answer, std::string_view verb, const std::string& what) const
{
    auto error = answer.error(fmt::format("{} {}", verb, what));
    if (error.code == Errc::plugin_broken) {
        error.text += fmt::format(" (storage plug-in {})", storage->factory().manifest().id);
    }
    return error;
}

Result<Bitfield> StorageStore::Disk::open()
{
    std::vector<std::string> paths;
    std::vector<shoal_storage_file> files;
    for (const FileIndex file : geometry().files()) {
        paths.push_back(metainfo->file(file).padding ? std::string() : metainfo->disk_path(file));
    }
    for (const FileIndex file : geometry().files()) {
        const auto& path = paths[file.value()];
        files.push_back({.path = {path.data(), path.size()},
                         .length = metainfo->file(file).length,
                         .flags = metainfo->file(file).padding ? SHOAL_FILE_PADDING : 0u,
                         .reserved = 0});
    }
    const shoal_storage_open layout{.struct_size = sizeof(shoal_storage_open),
                                    .flags = settings.is_read_only ? SHOAL_STORAGE_READ_ONLY : 0u,
                                    .folder = {settings.folder.data(), settings.folder.size()},
                                    .files = files.data(),
                                    .file_count = static_cast<std::uint32_t>(files.size()),
                                    .file_stride = sizeof(shoal_storage_file)};
    const auto opened = storage->call_on_worker("open", [&] { return table().open(storage->self(), &layout); });
    if (has_failed(opened)) return error(opened, "open", settings.folder);
    is_open = true;
    const auto found = sizes();
    if (!found) return found.error();
    return pieces_within(*found);
}

// By file; padding is there as far as it goes.
Result<std::vector<std::uint64_t>> StorageStore::Disk::sizes()
{
    std::vector<std::uint64_t> sizes;
    for (const FileIndex file : geometry().files()) {
        std::uint64_t size = metainfo->file(file).length;
        if (!metainfo->file(file).padding) {
            const auto sized = storage->call_on_worker("size", [&] {
                return table().size(storage->self(), file.value(), &size);
            });
            if (has_failed(sized)) return error(sized, "look at", file);
        }
        sizes.push_back(size);
    }
    return sizes;
}

// A piece of which some octet is missing cannot be right. One of padding alone is there if any other is.
Bitfield StorageStore::Disk::pieces_within(const std::vector<std::uint64_t>& sizes) const
{
    Bitfield pieces(geometry().piece_count());
    std::vector<PieceIndex> hollow;
    for (const PieceIndex piece : geometry().pieces()) {
        bool is_there = true;
        bool has_content = false;
        geometry().for_each_slice(piece, 0, geometry().length(piece), [&](const FileSlice& slice) {
            is_there = is_there && slice.file_offset + slice.length <= sizes[slice.file.value()];
            has_content = has_content || !metainfo->file(slice.file).padding;
        });
        if (!has_content) hollow.push_back(piece);
        else if (is_there) pieces.set(piece.value());
    }
    if (pieces.none()) return pieces;
    for (const PieceIndex piece : hollow) pieces.set(piece.value());
    return pieces;
}

Result<void> StorageStore::Disk::write(PieceIndex piece, std::uint32_t begin, ByteView octets)
{
    std::optional<Error> failure;
    std::size_t at = 0;
    geometry().for_each_slice(piece, begin, static_cast<std::uint32_t>(octets.size()), [&](const FileSlice& slice) {
        const auto part = octets.subspan(at, slice.length);
        at += slice.length;
        if (failure || metainfo->file(slice.file).padding) return;
        const shoal_part whole{part.data(), part.size()};
        const auto answer = storage->call_on_worker("write", [&] {
            return table().write(storage->self(), slice.file.value(), slice.file_offset, &whole, 1);
        });
        if (has_failed(answer)) failure = error(answer, "write", slice.file);
    });
    if (failure) return *failure;
    return {};
}

Result<bool> StorageStore::Disk::read(PieceIndex piece, std::uint32_t begin, MutableBytes octets)
{
    std::optional<Error> failure;
    bool is_whole = true;
    std::size_t at = 0;
    geometry().for_each_slice(piece, begin, static_cast<std::uint32_t>(octets.size()), [&](const FileSlice& slice) {
        const auto part = octets.subspan(at, slice.length);
        at += slice.length;
        if (failure || !is_whole) return;
        if (metainfo->file(slice.file).padding) return std::ranges::fill(part, std::byte{0}), void();
        std::uint64_t got = 0;
        const auto answer = storage->call_on_worker("read", [&] {
            return table().read(storage->self(), slice.file.value(), slice.file_offset, part.data(), part.size(), &got);
        });
        if (has_failed(answer)) {
            failure = error(answer, "read", slice.file);
        } else if (got > part.size()) {
            storage->strike("read", "it says that it read more than it was asked for");
            failure = make_error(Errc::plugin_broken, fmt::format("storage plug-in {} says that it read more than it was asked for",
                                                                  storage->factory().manifest().id));
        }
        is_whole = got == part.size();
    });
    if (failure) return *failure;
    return is_whole;
}

Result<bool> StorageStore::Disk::matches(PieceIndex piece)
{
    const std::uint32_t length = geometry().length(piece);
    Bytes chunk(std::min(length, check_chunk));
    PieceHasher hasher;
    for (std::uint32_t begin = 0; begin < length; begin += check_chunk) {
        const auto part = MutableBytes(chunk).first(std::min(check_chunk, length - begin));
        const auto is_there = read(piece, begin, part);
        if (!is_there) return is_there.error();
        if (!*is_there) return false;
        hasher.update(part);
    }
    return hasher.finish() == metainfo->hash(piece);
}

Result<void> StorageStore::Disk::finish(FileIndex file)
{
    if (table().finish == nullptr || settings.is_read_only) return {};
    const auto answer =
        storage->call_on_worker("finish", [&] { return table().finish(storage->self(), file.value()); });
    if (has_failed(answer)) return error(answer, "finish", file);
    return {};
}

Result<void> StorageStore::Disk::flush()
{
    if (table().flush == nullptr || settings.is_read_only) return {};
    const auto answer = storage->call_on_worker("flush", [&] { return table().flush(storage->self()); });
    if (has_failed(answer)) return error(answer, "write out", settings.folder);
    return {};
}

Result<void> StorageStore::Disk::close()
{
    if (!is_open) return {};
    auto flushed = flush();
    is_open = false;
    storage->call_on_worker("close", [&] { table().close(storage->self()); });
    return flushed;
}

Result<int> StorageStore::Disk::locate(FileIndex file)
{
    if (table().locate == nullptr) return make_error(Errc::unsupported, "no descriptors");
    std::int32_t descriptor = -1;
    const auto answer =
        storage->call_on_worker("locate", [&] { return table().locate(storage->self(), file.value(), &descriptor); });
    if (has_failed(answer)) return error(answer, "locate", file);
    if (descriptor < 0) {
        storage->strike("locate", "it named no descriptor");
        return make_error(Errc::plugin_broken, "no descriptor");
    }
    return int{descriptor};
}

// ---- the loop's side --------------------------------------------------------------------------------------------

StorageStore::StorageStore(environment::Environment& environment, std::unique_ptr<host::Instance> storage,
                           std::shared_ptr<const metainfo::TorrentFile> metainfo, StorageSettings settings)
    : environment_(environment), disk_(std::make_shared<Disk>()),
      descriptors_(metainfo->geometry.file_count(), not_asked)
{
    disk_->storage = std::move(storage);
    disk_->metainfo = std::move(metainfo);
    disk_->settings = std::move(settings);
}

StorageStore::~StorageStore() = default;

template <class Work, class Finish>
environment::Task StorageStore::job_of(Work work, Finish done)
{
    using Outcome = std::invoke_result_t<Work, Disk&>;
    return [this, work = std::move(work), done = std::move(done)]() mutable {
        auto outcome = std::make_shared<std::optional<Outcome>>();
        environment_.workers.run(
            [disk = disk_.get(), work = std::move(work), outcome]() mutable { outcome->emplace(work(*disk)); },
            [this, kept = disk_, outcome, done = std::move(done), alive = std::weak_ptr(alive_)]() mutable {
                if (alive.expired()) return;
                done(std::move(**outcome));
                if (!alive.expired()) gate_.leave();
            });
    };
}

template <class Work, class Finish>
void StorageStore::run(Work work, Finish done)
{
    auto job = job_of(
        [work = std::move(work)](Disk& disk) mutable -> std::invoke_result_t<Work, Disk&> {
            if (!disk.is_open) return make_error(Errc::refused, "the storage is closed");
            return work(disk);
        },
        std::move(done));
    if (gate_.try_enter()) job();
    else gate_.wait(std::move(job));
}

template <class Work, class Finish>
void StorageStore::run_alone(Work work, Finish done)
{
    gate_.fence(job_of(std::move(work), std::move(done)));
}

void StorageStore::open(Opened done)
{
    run_alone([](Disk& disk) { return disk.open(); }, std::move(done));
}

void StorageStore::check(PieceIndex piece, Checked done)
{
    run([piece](Disk& disk) { return disk.matches(piece); }, std::move(done));
}

std::uint32_t StorageStore::check_depth() const
{
    return 2 * environment_.workers.count();
}

void StorageStore::write(PieceIndex piece, Buffer buffer, Written done)
{
    write_range(piece, 0, std::move(buffer), std::move(done));
}

void StorageStore::write_block(BlockRef block, Buffer buffer, Written done)
{
    write_range(block.piece, disk_->geometry().begin(block), std::move(buffer), std::move(done));
}

void StorageStore::write_range(PieceIndex piece, std::uint32_t begin, Buffer buffer, Written done)
{
    SHOAL_ASSERT(!buffer.is_synthetic());
    const ByteView octets = buffer.bytes();
    run([piece, begin, octets](Disk& disk) { return disk.write(piece, begin, octets); },
        [buffer = std::move(buffer), done = std::move(done)](Result<void> result) mutable {
            done(std::move(buffer), std::move(result));
        });
}

void StorageStore::read(const peer::BlockHead& range, PieceIndex piece, Read done)
{
    auto octets = std::make_shared<Bytes>(range.length);
    run([piece, begin = range.begin, octets](Disk& disk) { return disk.read(piece, begin, *octets); },
        [octets, piece, done = std::move(done)](Result<bool> is_there) mutable {
            if (!is_there) return done(std::move(is_there).error());
            if (*is_there) return done(peer::OwnedBytes(std::move(octets)));
            done(make_error(Errc::io_error,
                            fmt::format("piece {} is no longer on the disk: was a file cut short or removed?",
                                        piece.value())));
        });
}

bool StorageStore::ask_for_descriptor(FileIndex file)
{
    int& descriptor = descriptors_[file.value()];
    if (descriptor >= 0) return true;
    if (descriptor != not_asked) return false;
    descriptor = being_asked;
    run([file](Disk& disk) { return disk.locate(file); },
        [this, file](Result<int> located) { descriptors_[file.value()] = located ? *located : has_none; });
    return false;
}

std::optional<std::vector<peer::BlockPart>> StorageStore::locate(const peer::BlockHead& range, PieceIndex piece)
{
    std::vector<peer::BlockPart> parts;
    bool is_located = true;
    disk_->geometry().for_each_slice(piece, range.begin, range.length, [&](const FileSlice& slice) {
        if (disk_->metainfo->file(slice.file).padding || !ask_for_descriptor(slice.file)) {
            is_located = false;
        } else {
            parts.push_back(environment::FileRegion{descriptors_[slice.file.value()], slice.file_offset,
                                                    static_cast<std::uint32_t>(slice.length)});
        }
    });
    if (!is_located) return std::nullopt;
    const bool all_resident = std::ranges::all_of(
        parts, [](const auto& part) { return is_resident(std::get<environment::FileRegion>(part)); });
    if (!all_resident) return std::nullopt;
    return parts;
}

void StorageStore::finish(FileIndex file, Done done)
{
    run([file](Disk& disk) { return disk.finish(file); },
        [this, file, done = std::move(done)](Result<void> result) mutable {
            descriptors_[file.value()] = not_asked;
            done(std::move(result));
        });
}

void StorageStore::flush(Done done)
{
    run([](Disk& disk) { return disk.flush(); }, std::move(done));
}

void StorageStore::close(Done done)
{
    run_alone([](Disk& disk) { return disk.close(); },
              [this, done = std::move(done)](Result<void> closed) mutable {
                  std::ranges::fill(descriptors_, not_asked);
                  done(std::move(closed));
              });
}

}  // namespace shoal::disk
