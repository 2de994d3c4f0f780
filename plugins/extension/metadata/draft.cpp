#include "draft.hpp"

#include <algorithm>

namespace shoal::metadata_exchange {

std::uint32_t Draft::length(std::uint32_t block) const noexcept
{
    return std::min(block_size, size_ - block * block_size);
}

std::optional<std::uint32_t> Draft::take_next()
{
    if (!returned_.empty()) return returned_.extract(returned_.begin()).value();
    while (given_.contains(next_)) ++next_;
    if (next_ >= block_count()) return std::nullopt;
    return next_++;
}

void Draft::give_back(std::uint32_t block)
{
    if (block < next_ && !given_.contains(block)) returned_.insert(block);
}

void Draft::put(std::uint32_t block, ByteView octets, const Giver& giver)
{
    returned_.erase(block);
    given_.try_emplace(block, Given{{octets.begin(), octets.end()}, giver});
}

void Draft::clear()
{
    next_ = 0;
    returned_.clear();
    given_.clear();
}

Bytes Draft::joined() const
{
    Bytes whole;
    whole.reserve(size_);
    for (const auto& [block, given] : given_) whole.insert(whole.end(), given.octets.begin(), given.octets.end());
    return whole;
}

std::set<Draft::Giver> Draft::givers() const
{
    std::set<Giver> givers;
    for (const auto& [block, given] : given_) givers.insert(given.giver);
    return givers;
}

} // namespace shoal::metadata_exchange
