#include "disk/buffer_pool.hpp"

#include <shoal/assert.hpp>

#include <algorithm>

namespace shoal::disk {

Buffer::Buffer(Buffer&& other) noexcept
    : loans_(std::move(other.loans_)), memory_(std::move(other.memory_)), size_(std::exchange(other.size_, 0))
{
}

Buffer& Buffer::operator=(Buffer&& other) noexcept
{
    if (this != &other) {
        if (loans_) loans_->give_back(std::move(memory_), size_);
        loans_ = std::move(other.loans_);
        memory_ = std::move(other.memory_);
        size_ = std::exchange(other.size_, 0);
    }
    return *this;
}

Buffer::~Buffer()
{
    if (loans_) loans_->give_back(std::move(memory_), size_);
}

void Buffer::Loans::give_back(std::unique_ptr<std::byte[]> memory, std::uint32_t size)
{
    SHOAL_ASSERT(in_use >= size);
    in_use -= size;
    if (memory && in_use + kept + size <= ceiling) {
        free[size].push_back(std::move(memory));
        kept += size;
    }
}

bool BufferPool::account(std::uint32_t size)
{
    if (!has_room(size)) {
        ++refusals_;
        return false;
    }
    loans_->in_use += size;
    highest_ = std::max(highest_, loans_->in_use);
    return true;
}

std::optional<Buffer> BufferPool::take(std::uint32_t size)
{
    if (!account(size)) return std::nullopt;
    auto& free = loans_->free;
    const auto same = free.find(size);
    if (same != free.end() && !same->second.empty()) {
        auto memory = std::move(same->second.back());
        same->second.pop_back();
        loans_->kept -= size;
        return Buffer(loans_, std::move(memory), size);
    }
    // What is kept for other sizes gives way: the ceiling holds for used and kept together.
    while (loans_->kept > 0 && loans_->in_use + loans_->kept > loans_->ceiling) {
        const auto largest = std::prev(free.end());
        loans_->kept -= std::uint64_t{largest->first} * largest->second.size();
        free.erase(largest);
    }
    return Buffer(loans_, std::make_unique_for_overwrite<std::byte[]>(size), size);
}

std::optional<Buffer> BufferPool::take_synthetic(std::uint32_t size)
{
    if (!account(size)) return std::nullopt;
    return Buffer(loans_, nullptr, size);
}

}  // namespace shoal::disk
