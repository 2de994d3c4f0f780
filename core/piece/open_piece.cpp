#include "piece/open_piece.hpp"

#include <shoal/assert.hpp>
#include <shoal/sha1.hpp>

#include <algorithm>

namespace shoal::piece {

OpenPiece::OpenPiece(const Geometry& geometry, PieceIndex index, disk::Buffer buffer)
    : index_(index), length_(geometry.length(index)), block_count_(geometry.block_count(index)),
      unrequested_(block_count_), blockwise_(!buffer), requested_((block_count_ + 63) / 64), received_((block_count_ + 63) / 64),
      blocks_(block_count_), buffer_(std::move(buffer))
{
}

shoal_partial OpenPiece::partial() const
{
    return {.piece = index_.value(),
            .block_count = block_count_,
            .unrequested = unrequested_,
            .reserved = 0,
            .requested = requested_.data(),
            .received = received_.data()};
}

void OpenPiece::on_requested(BlockIndex block)
{
    SHOAL_ASSERT(!is_received(block));
    auto& entry = blocks_[block.value()];
    if (entry.requesters++ == 0) {
        requested_[block.value() / 64] |= mask(block);
        --unrequested_;
    }
}

void OpenPiece::on_request_returned(BlockIndex block)
{
    auto& entry = blocks_[block.value()];
    SHOAL_ASSERT(entry.requesters > 0);
    if (--entry.requesters == 0 && !is_received(block)) {
        requested_[block.value() / 64] &= ~mask(block);
        ++unrequested_;
    }
}

MutableBytes OpenPiece::place(BlockIndex block) const
{
    if (!buffer_ || buffer_.is_synthetic()) return {};
    const std::uint32_t begin = block.value() * Geometry::block_size;
    return buffer_.bytes().subspan(begin, std::min(Geometry::block_size, length_ - begin));
}

BlockOutcome OpenPiece::on_received(BlockIndex block, PeerHandle sender, bool corrupt)
{
    if (is_received(block)) return BlockOutcome::duplicate;
    auto& entry = blocks_[block.value()];
    if (entry.requesters == 0) --unrequested_;  // a late answer to a request that was given back
    requested_[block.value() / 64] &= ~mask(block);
    received_[block.value() / 64] |= mask(block);
    entry.sender = sender;
    entry.receiver = PeerHandle{0};
    ++received_count_;
    entry.is_corrupt = corrupt;
    hash_contiguous();
    return BlockOutcome::accepted;
}

void OpenPiece::hash_contiguous()
{
    if (is_blockwise() || is_synthetic()) return;
    std::uint32_t end = hashed_blocks_;
    while (end < block_count_ && ((received_[end / 64] >> (end % 64)) & 1)) ++end;
    if (end == hashed_blocks_) return;
    const std::uint32_t from = hashed_blocks_ * Geometry::block_size;
    const std::uint32_t to = std::min(end * Geometry::block_size, length_);
    hasher_.update(buffer_.bytes().subspan(from, to - from));
    hashed_blocks_ = end;
}

bool OpenPiece::matches(const Hash20& expected)
{
    SHOAL_ASSERT(is_received() && !is_blockwise());
    if (is_synthetic()) return std::ranges::none_of(blocks_, &Block::is_corrupt);
    return hasher_.finish() == expected;
}

Hash20 OpenPiece::block_digest(BlockIndex block) const
{
    if (is_synthetic()) {
        Hash20 mark;
        mark.bytes[0] = std::byte{blocks_[block.value()].is_corrupt};
        return mark;
    }
    return Sha1::of(place(block));
}

std::set<PeerHandle> OpenPiece::senders() const
{
    std::set<PeerHandle> all;
    for (const auto& block : blocks_) {
        if (block.sender.value() != 0) all.insert(block.sender);
    }
    return all;
}

}  // namespace shoal::piece
