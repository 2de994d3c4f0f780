// A torrent in memory: nothing touches a disk, and nothing is left when it is destroyed. A pause, from close() to
// open(), changes nothing. Memory is taken as bytes arrive, in chunks, and never more than the setting says. For
// demonstrations, tests, and content that is only passed on.
#pragma once

#include <shoal/result.hpp>
#include <shoal/storage.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

namespace shoal::memory_storage {

class MemoryStorage : public Storage {
public:
    static constexpr std::uint32_t flags = SHOAL_STORAGE_PARALLEL;

    explicit MemoryStorage(std::uint64_t max_bytes) : max_bytes_(max_bytes) {}

    Result<void> open(const StorageLayout& layout) override;
    Result<std::uint64_t> size(std::uint32_t file) override;
    Result<std::uint64_t> read(std::uint32_t file, std::uint64_t offset, MutableBytes into) override;
    Result<void> write(std::uint32_t file, std::uint64_t offset, const WriteParts& parts) override;
    Result<void> remove(std::span<const std::uint32_t> files) override;

private:
    static constexpr std::uint64_t chunk_size = 64 * 1024;

    struct File {
        std::uint64_t length = 0;
        bool padding = false;
        std::uint64_t end = 0; // behind the last byte written; what was skipped before it is zero
        std::map<std::uint64_t, std::unique_ptr<std::byte[]>> chunks{}; // by number; the last may be shorter
    };

    Result<File*> find(std::uint32_t number);
    // The chunk that holds `offset` from there on; null: nothing was written there. Under `mutex_`.
    std::byte* find_chunk(const File& file, std::uint64_t offset) const;
    Result<std::byte*> make_chunk(File& file, std::uint64_t offset);
    Result<void> write_part(File& file, std::uint64_t offset, ByteView part);

    const std::uint64_t max_bytes_;
    bool read_only_ = false;
    std::vector<File> files_;

    // Guards where bytes are, not the bytes: chunks stay where they are until remove(), and the host lets no
    // two ranges that overlap be used at once.
    std::mutex mutex_;
    std::uint64_t used_ = 0;
};

} // namespace shoal::memory_storage
