#pragma once

#include <shoal/bytes.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace shoal::disk {

// Memory for a piece or a block, on loan from the pool until destroyed. A synthetic one (the lab) has a size and no memory,
// yet counts. Destroyed on the pool's loop only; while a worker writes it, its owner on the loop holds it. It may outlive
// the pool: nobody waits for a disk that hangs. [loop]
class Buffer {
public:
    Buffer() = default;
    Buffer(Buffer&& other) noexcept;
    Buffer& operator=(Buffer&& other) noexcept;
    ~Buffer();

    explicit operator bool() const { return loans_ != nullptr; }
    bool is_synthetic() const { return !memory_; }
    std::uint32_t size() const { return size_; }
    MutableBytes bytes() const { return {memory_.get(), memory_ ? size_ : 0}; }

private:
    friend class BufferPool;

    // What a pool and its buffers share.
    struct Loans {
        explicit Loans(std::uint64_t octets) : ceiling(octets) {}
        void give_back(std::unique_ptr<std::byte[]> memory, std::uint32_t size);

        std::uint64_t ceiling;
        std::uint64_t in_use = 0;
        std::uint64_t kept = 0;
        std::map<std::uint32_t, std::vector<std::unique_ptr<std::byte[]>>> free;
    };

    Buffer(std::shared_ptr<Loans> loans, std::unique_ptr<std::byte[]> memory, std::uint32_t size)
        : loans_(std::move(loans)), memory_(std::move(memory)), size_(size)
    {
    }

    std::shared_ptr<Loans> loans_;
    std::unique_ptr<std::byte[]> memory_;
    std::uint32_t size_ = 0;
};

// One memory ceiling for everything in flight. A piece is reserved when its first block is asked for, not when it arrives: a
// block that was requested always has its place, so back-pressure cannot dead-lock (docs/decisions/0003). Returned
// memory is kept for the next taker of the same size, the latest first: it is still in the cache. [loop]
class BufferPool {
public:
    explicit BufferPool(std::uint64_t ceiling) : loans_(std::make_shared<Buffer::Loans>(ceiling)) {}
    BufferPool(const BufferPool&) = delete;
    BufferPool& operator=(const BufferPool&) = delete;

    // Nothing when the ceiling is reached. One buffer is always granted, however big, so that every torrent can move.
    std::optional<Buffer> take(std::uint32_t size);
    std::optional<Buffer> take_synthetic(std::uint32_t size);

    bool has_room(std::uint32_t size) const { return in_use() == 0 || in_use() + size <= ceiling(); }

    std::uint64_t ceiling() const { return loans_->ceiling; }
    std::uint64_t in_use() const { return loans_->in_use; }
    std::uint64_t highest_in_use() const { return highest_; }
    std::uint64_t refusals() const { return refusals_; }

private:
    bool account(std::uint32_t size);

    std::shared_ptr<Buffer::Loans> loans_;
    std::uint64_t highest_ = 0;
    std::uint64_t refusals_ = 0;
};

}  // namespace shoal::disk
