#include "disk/storage_disk.hpp"

#include "disk/piece_hasher.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace shoal::disk {

namespace {

constexpr std::uint32_t check_chunk = 1024 * 1024;

// No function of a storage has anything to say but SHOAL_OK and what went wrong.
bool has_failed(const host::WorkerAnswer& answer)
{
    return answer.status != SHOAL_OK;
}

}  // namespace

StorageDisk::StorageDisk(std::unique_ptr<host::Instance> storage, std::shared_ptr<const metainfo::TorrentFile> metainfo,
                         StorageSettings settings)
    : storage_(std::move(storage)), metainfo_(std::move(metainfo)), settings_(std::move(settings))
{
}

std::string StorageDisk::path_of(FileIndex file) const
{
    const auto renamed = settings_.renamed.find(file.value());
    return renamed == settings_.renamed.end() ? metainfo_->disk_path(file) : renamed->second;
}

// A disk is blamed by its file; a plug-in that makes no sense by its name.
Error StorageDisk::error(const host::WorkerAnswer& answer, std::string_view verb, const std::string& what) const
{
    auto error = answer.error(fmt::format("{} {}", verb, what));
    if (error.code == Errc::plugin_broken) {
        error.text += fmt::format(" (storage plug-in {})", storage_->factory().manifest().id);
    }
    return error;
}

Result<Bitfield> StorageDisk::open(const std::vector<bool>& unverified)
{
    unverified_ = unverified;
    if (auto opened = open_files(); !opened) return opened.error();
    const auto found = sizes();
    if (!found) return found.error();
    return pieces_within(*found);
}

Result<void> StorageDisk::open_files()
{
    std::vector<std::string> paths;
    std::vector<shoal_storage_file> files;
    for (const FileIndex file : geometry().files()) {
        paths.push_back(metainfo_->file(file).padding ? std::string() : path_of(file));
    }
    for (const FileIndex file : geometry().files()) {
        const auto& path = paths[file.value()];
        const bool is_unverified = !unverified_.empty() && unverified_[file.value()];
        files.push_back({.path = {path.data(), path.size()},
                         .length = metainfo_->file(file).length,
                         .flags = (metainfo_->file(file).padding ? SHOAL_FILE_PADDING : 0u) |
                                  (is_unverified ? SHOAL_FILE_UNVERIFIED : 0u),
                         .reserved = 0});
    }
    const shoal_storage_open layout{.struct_size = sizeof(shoal_storage_open),
                                    .flags = settings_.is_read_only ? SHOAL_STORAGE_READ_ONLY : 0u,
                                    .folder = {settings_.folder.data(), settings_.folder.size()},
                                    .files = files.data(),
                                    .file_count = static_cast<std::uint32_t>(files.size()),
                                    .file_stride = sizeof(shoal_storage_file)};
    const auto opened = storage_->call_on_worker("open", [&] { return table().open(storage_->self(), &layout); });
    if (has_failed(opened)) return error(opened, "open", settings_.folder);
    is_open_ = true;
    return {};
}

// By file; padding is there as far as it goes.
Result<std::vector<std::uint64_t>> StorageDisk::sizes()
{
    std::vector<std::uint64_t> sizes;
    for (const FileIndex file : geometry().files()) {
        std::uint64_t size = metainfo_->file(file).length;
        if (!metainfo_->file(file).padding) {
            const auto sized = storage_->call_on_worker("size", [&] {
                return table().size(storage_->self(), file.value(), &size);
            });
            if (has_failed(sized)) return error(sized, "look at", file);
        }
        sizes.push_back(size);
    }
    return sizes;
}

// A piece of which some octet is missing cannot be right. One of padding alone is there if any other is.
Bitfield StorageDisk::pieces_within(const std::vector<std::uint64_t>& sizes) const
{
    Bitfield pieces(geometry().piece_count());
    std::vector<PieceIndex> hollow;
    for (const PieceIndex piece : geometry().pieces()) {
        bool is_there = true;
        bool has_content = false;
        geometry().for_each_slice(piece, 0, geometry().length(piece), [&](const FileSlice& slice) {
            is_there = is_there && slice.file_offset + slice.length <= sizes[slice.file.value()];
            has_content = has_content || !metainfo_->file(slice.file).padding;
        });
        if (!has_content) hollow.push_back(piece);
        else if (is_there) pieces.set(piece.value());
    }
    if (pieces.none()) return pieces;
    for (const PieceIndex piece : hollow) pieces.set(piece.value());
    return pieces;
}

Result<void> StorageDisk::write(PieceIndex piece, std::uint32_t begin, ByteView octets)
{
    std::optional<Error> failure;
    std::size_t at = 0;
    geometry().for_each_slice(piece, begin, static_cast<std::uint32_t>(octets.size()), [&](const FileSlice& slice) {
        const auto part = octets.subspan(at, slice.length);
        at += slice.length;
        if (failure || metainfo_->file(slice.file).padding) return;
        const shoal_part whole{part.data(), part.size()};
        const auto answer = storage_->call_on_worker("write", [&] {
            return table().write(storage_->self(), slice.file.value(), slice.file_offset, &whole, 1);
        });
        if (has_failed(answer)) failure = error(answer, "write", slice.file);
    });
    if (failure) return *failure;
    return {};
}

Result<bool> StorageDisk::read(PieceIndex piece, std::uint32_t begin, MutableBytes octets)
{
    std::optional<Error> failure;
    bool is_whole = true;
    std::size_t at = 0;
    geometry().for_each_slice(piece, begin, static_cast<std::uint32_t>(octets.size()), [&](const FileSlice& slice) {
        const auto part = octets.subspan(at, slice.length);
        at += slice.length;
        if (failure || !is_whole) return;
        if (metainfo_->file(slice.file).padding) return std::ranges::fill(part, std::byte{0}), void();
        const auto got = read_slice(slice, part);
        if (!got) failure = got.error();
        is_whole = got && *got;
    });
    if (failure) return *failure;
    return is_whole;
}

// A storage may give less than it was asked for; where it gives nothing, nothing is.
Result<bool> StorageDisk::read_slice(const FileSlice& slice, MutableBytes part)
{
    while (!part.empty()) {
        const auto offset = slice.file_offset + (slice.length - part.size());
        std::uint64_t got = 0;
        const auto answer = storage_->call_on_worker("read", [&] {
            return table().read(storage_->self(), slice.file.value(), offset, part.data(), part.size(), &got);
        });
        if (has_failed(answer)) return error(answer, "read", slice.file);
        if (got > part.size()) {
            storage_->strike("read", "it says that it read more than it was asked for");
            return make_error(Errc::plugin_broken, fmt::format("storage plug-in {} says that it read more than it was asked for",
                                                               storage_->factory().manifest().id));
        }
        if (got == 0) return false;
        part = part.subspan(got);
    }
    return true;
}

Result<bool> StorageDisk::matches(PieceIndex piece)
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
    return hasher.finish() == metainfo_->hash(piece);
}

Result<void> StorageDisk::finish(FileIndex file)
{
    if (table().finish == nullptr || settings_.is_read_only) return {};
    const auto answer =
        storage_->call_on_worker("finish", [&] { return table().finish(storage_->self(), file.value()); });
    if (has_failed(answer)) return error(answer, "finish", file);
    return {};
}

Result<void> StorageDisk::flush()
{
    if (table().flush == nullptr || settings_.is_read_only) return {};
    const auto answer = storage_->call_on_worker("flush", [&] { return table().flush(storage_->self()); });
    if (has_failed(answer)) return error(answer, "write out", settings_.folder);
    return {};
}

Result<void> StorageDisk::close()
{
    if (!is_open_) return {};
    auto flushed = flush();
    is_open_ = false;
    storage_->call_on_worker("close", [&] { table().close(storage_->self()); });
    return flushed;
}

Result<int> StorageDisk::locate(FileIndex file)
{
    if (table().locate == nullptr) return make_error(Errc::unsupported, "no descriptors");
    std::int32_t descriptor = -1;
    const auto answer =
        storage_->call_on_worker("locate", [&] { return table().locate(storage_->self(), file.value(), &descriptor); });
    if (has_failed(answer)) return error(answer, "locate", file);
    if (descriptor < 0) {
        storage_->strike("locate", "it named no descriptor");
        return make_error(Errc::plugin_broken, "no descriptor");
    }
    return int{descriptor};
}

// ---- alone --------------------------------------------------------------------------------------------------------

namespace {

int32_t report(void* context, std::uint64_t done, std::uint64_t total)
{
    return (*static_cast<const StorageDisk::Moving*>(context))(done, total) ? 1 : 0;
}

}  // namespace

Error StorageDisk::unsupported(std::string_view what) const
{
    return make_error(Errc::unsupported, fmt::format("storage {} cannot {}", storage_->factory().manifest().id, what));
}

Result<void> StorageDisk::move(const std::string& folder, const Moving& moving)
{
    if (table().move == nullptr) return unsupported("move files");
    auto copy = moving;
    const shoal_move_progress progress{
        .struct_size = sizeof(shoal_move_progress), .reserved = 0, .context = &copy, .report = &report};
    const auto answer = storage_->call_on_worker(
        "move", [&] { return table().move(storage_->self(), {folder.data(), folder.size()}, &progress); });
    if (has_failed(answer)) return error(answer, "move the files to", folder);
    settings_.folder = folder;
    return {};
}

Result<void> StorageDisk::rename(FileIndex file, const std::string& path)
{
    if (table().rename == nullptr) return unsupported("rename files");
    const auto answer = storage_->call_on_worker(
        "rename", [&] { return table().rename(storage_->self(), file.value(), {path.data(), path.size()}); });
    if (has_failed(answer)) return error(answer, "rename", file);
    settings_.renamed[file.value()] = path;
    return {};
}

Result<void> StorageDisk::remove(const std::vector<FileIndex>& files)
{
    if (table().remove == nullptr) return unsupported("remove files");
    std::vector<std::uint32_t> numbers;
    for (const FileIndex file : files) {
        if (!is_padding(file)) numbers.push_back(file.value());
    }
    const auto answer = storage_->call_on_worker("remove", [&] {
        return table().remove(storage_->self(), numbers.data(), static_cast<std::uint32_t>(numbers.size()));
    });
    if (has_failed(answer)) return error(answer, "remove the files in", settings_.folder);
    return {};
}

}  // namespace shoal::disk
