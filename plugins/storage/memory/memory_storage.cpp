#include "memory_storage.hpp"

#include <algorithm>
#include <cstring>
#include <string>

namespace shoal::memory_storage {

Result<void> MemoryStorage::open(const StorageLayout& layout)
{
    read_only_ = layout.is_read_only();
    if (!files_.empty()) return {}; // after a pause: the same files
    for (const auto& file : layout.files()) {
        files_.push_back({.length = file.length, .padding = (file.flags & SHOAL_FILE_PADDING) != 0});
    }
    return {};
}

Result<void> MemoryStorage::remove(std::span<const std::uint32_t> files)
{
    if (read_only_) return make_error(Errc::permission_denied, "the torrent was opened for reading alone");
    const std::lock_guard lock(mutex_);
    for (const auto number : files) {
        const auto file = find(number);
        if (!file) continue; // padding
        for (const auto& [chunk, bytes] : (*file)->chunks)
            used_ -= std::min(chunk_size, (*file)->length - chunk * chunk_size);
        (*file)->chunks.clear();
        (*file)->end = 0;
    }
    return {};
}

Result<MemoryStorage::File*> MemoryStorage::find(std::uint32_t number)
{
    if (number < files_.size() && !files_[number].padding) return &files_[number];
    return make_error(Errc::invalid_argument, "no file " + std::to_string(number) + " is stored");
}

Result<std::uint64_t> MemoryStorage::size(std::uint32_t number)
{
    const auto file = find(number);
    if (!file) return file.error();
    const std::lock_guard lock(mutex_);
    return (*file)->end;
}

Result<std::uint64_t> MemoryStorage::read(std::uint32_t number, std::uint64_t offset, MutableBytes into)
{
    const auto found = find(number);
    if (!found) return found.error();
    const auto& file = **found;
    std::uint64_t end = 0;
    {
        const std::lock_guard lock(mutex_);
        end = file.end;
    }
    std::uint64_t done = 0;
    while (done < into.size() && offset + done < end) {
        const auto at = offset + done;
        const auto size = std::min({into.size() - done, chunk_size - at % chunk_size, end - at});
        const std::byte* from = nullptr;
        {
            const std::lock_guard lock(mutex_);
            from = find_chunk(file, at);
        }
        if (from != nullptr) {
            std::memcpy(into.data() + done, from, size);
        } else {
            std::memset(into.data() + done, 0, size);
        }
        done += size;
    }
    return done;
}

Result<void> MemoryStorage::write(std::uint32_t number, std::uint64_t offset, const WriteParts& parts)
{
    if (read_only_) return make_error(Errc::permission_denied, "the torrent was opened for reading alone");
    const auto found = find(number);
    if (!found) return found.error();
    auto& file = **found;
    const auto size = parts.total();
    if (offset > file.length || size > file.length - offset) {
        return make_error(Errc::invalid_argument, "a write past the end of file " + std::to_string(number));
    }
    auto at = offset;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (auto written = write_part(file, at, parts[i]); !written) return written;
        at += parts[i].size();
    }
    const std::lock_guard lock(mutex_);
    if (size > 0) file.end = std::max(file.end, at);
    return {};
}

Result<void> MemoryStorage::write_part(File& file, std::uint64_t offset, ByteView part)
{
    while (!part.empty()) {
        const auto size =
            static_cast<std::size_t>(std::min<std::uint64_t>(part.size(), chunk_size - offset % chunk_size));
        const auto to = make_chunk(file, offset);
        if (!to) return to.error();
        std::memcpy(*to, part.data(), size);
        part = part.subspan(size);
        offset += size;
    }
    return {};
}

std::byte* MemoryStorage::find_chunk(const File& file, std::uint64_t offset) const
{
    const auto found = file.chunks.find(offset / chunk_size);
    return found == file.chunks.end() ? nullptr : found->second.get() + offset % chunk_size;
}

Result<std::byte*> MemoryStorage::make_chunk(File& file, std::uint64_t offset)
{
    const std::lock_guard lock(mutex_);
    if (auto* found = find_chunk(file, offset)) return found;
    const auto number = offset / chunk_size;
    const auto size = std::min(chunk_size, file.length - number * chunk_size);
    if (size > max_bytes_ - used_) {
        return make_error(Errc::disk_full, "the torrent takes more than " + std::to_string(max_bytes_)
                                               + " bytes of memory; raise the setting 'max_bytes'");
    }
    auto chunk = std::make_unique<std::byte[]>(size);
    used_ += size;
    auto* bytes = chunk.get();
    file.chunks.emplace(number, std::move(chunk));
    return bytes + offset % chunk_size;
}

} // namespace shoal::memory_storage
