#include "disk/buffer_pool.hpp"

#include <shoal/assert.hpp>

#include <algorithm>
#include <utility>

namespace shoal::disk {

Buffer::Buffer(Buffer&& other) noexcept
    : pool_(std::exchange(other.pool_, nullptr)), memory_(std::move(other.memory_)), size_(std::exchange(other.size_, 0))
{
}

Buffer& Buffer::operator=(Buffer&& other) noexcept
{
    if (this != &other) {
        if (pool_ != nullptr) pool_->give_back(std::move(memory_), size_);
        pool_ = std::exchange(other.pool_, nullptr);
        memory_ = std::move(other.memory_);
        size_ = std::exchange(other.size_, 0);
    }
    return *this;
}

Buffer::~Buffer()
{
    if (pool_ != nullptr) pool_->give_back(std::move(memory_), size_);
}

BufferPool::~BufferPool()
{
    SHOAL_ASSERT(in_use_ == 0);
}

bool BufferPool::account(std::uint32_t size)
{
    if (!has_room(size)) {
        ++refusals_;
        return false;
    }
    in_use_ += size;
    highest_ = std::max(highest_, in_use_);
    return true;
}

std::optional<Buffer> BufferPool::take(std::uint32_t size)
{
    if (!account(size)) return std::nullopt;
    auto kept = free_.find(size);
    if (kept != free_.end() && !kept->second.empty()) {
        auto memory = std::move(kept->second.back());
        kept->second.pop_back();
        kept_ -= size;
        return Buffer(*this, std::move(memory), size);
    }
    // What is kept for other sizes gives way: the ceiling holds for used and kept together.
    while (kept_ > 0 && in_use_ + kept_ > ceiling_) {
        auto largest = std::prev(free_.end());
        kept_ -= std::uint64_t{largest->first} * largest->second.size();
        free_.erase(largest);
    }
    return Buffer(*this, std::make_unique_for_overwrite<std::byte[]>(size), size);
}

std::optional<Buffer> BufferPool::take_synthetic(std::uint32_t size)
{
    if (!account(size)) return std::nullopt;
    return Buffer(*this, nullptr, size);
}

void BufferPool::give_back(std::unique_ptr<std::byte[]> memory, std::uint32_t size)
{
    SHOAL_ASSERT(in_use_ >= size);
    in_use_ -= size;
    if (memory && in_use_ + kept_ + size <= ceiling_) {
        free_[size].push_back(std::move(memory));
        kept_ += size;
    }
}

}  // namespace shoal::disk
