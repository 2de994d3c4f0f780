#pragma once

#include "disk/buffer_pool.hpp"
#include "disk/piece_hasher.hpp"

#include <shoal/abi/picker.h>
#include <shoal/geometry.hpp>
#include <shoal/ids.hpp>

#include <algorithm>
#include <set>
#include <vector>

namespace shoal::piece {

// What became of an arriving block.
enum class BlockOutcome { accepted, duplicate };

// A piece between its first request and its verification. Each block is in exactly one of three states: unrequested; requested
// (of one peer, in endgame of several); received. Octets are hashed in place as soon as they are contiguous from the start.
//
// Held whole, it has one buffer and each block has its place in it. A piece too big for that (`is_blockwise`) has no buffer:
// its blocks are written one by one and it is read back to be verified.
class OpenPiece {
public:
    // An empty `buffer` makes it blockwise.
    OpenPiece(const Geometry& geometry, PieceIndex index, disk::Buffer buffer);

    PieceIndex index() const { return index_; }
    bool is_blockwise() const { return blockwise_; }
    bool is_received() const { return received_count_ == block_count_; }
    std::uint32_t block_count() const { return block_count_; }
    bool is_requested(BlockIndex block) const { return bit(requested_, block); }
    bool is_received(BlockIndex block) const { return bit(received_, block); }
    // Nobody is asked for a block of it now, and nobody sends one: new, or left behind by peers that are gone.
    bool is_idle() const { return received_count_ + unrequested_ == block_count_ && !has_receiver(); }
    // Does a socket write into its buffer?
    bool has_receiver() const
    {
        return std::ranges::any_of(blocks_, [](const Block& block) { return block.receiver.value() != 0; });
    }
    std::uint32_t unrequested() const { return unrequested_; }
    std::uint32_t requesters(BlockIndex block) const { return blocks_[block.value()].requesters; }
    shoal_partial partial() const;

    void on_requested(BlockIndex block);
    // The request was answered with nothing: rejected, choked, timed out, peer gone.
    void on_request_returned(BlockIndex block);

    // Whose socket is now filling the block's place; 0: nobody's.
    PeerHandle receiver(BlockIndex block) const { return blocks_[block.value()].receiver; }
    void set_receiver(BlockIndex block, PeerHandle peer) { blocks_[block.value()].receiver = peer; }
    // The block's place in the piece's buffer; empty for synthetic payload.
    MutableBytes place(BlockIndex block) const;

    // The block is in its place. `corrupt` marks synthetic payload that must fail verification.
    BlockOutcome on_received(BlockIndex block, PeerHandle sender, bool corrupt);
    // Blockwise: the block is on disk.
    void on_block_written() { ++written_count_; }
    bool is_written() const { return written_count_ == block_count_; }

    // All blocks are here, the piece is held whole: does it match? Synthetic payload matches unless marked.
    bool matches(const Hash20& expected);
    bool is_synthetic() const { return buffer_ && buffer_.is_synthetic(); }
    // Tells one content of a block from another: of received blocks of a piece held whole.
    Hash20 block_digest(BlockIndex block) const;

    // Who sent the blocks, each peer once, in order.
    std::set<PeerHandle> senders() const;
    PeerHandle sender(BlockIndex block) const { return blocks_[block.value()].sender; }

    disk::Buffer take_buffer() { return std::move(buffer_); }

    // A suspect's exclusive: no other peer may add blocks to it, so that a corrupt result has one author.
    PeerHandle exclusive_to{0};

private:
    struct Block {
        PeerHandle sender{0};
        PeerHandle receiver{0};
        std::uint32_t requesters = 0;
        bool is_corrupt = false;  // synthetic payload only
    };

    static bool bit(const std::vector<std::uint64_t>& words, BlockIndex block)
    {
        return (words[block.value() / 64] >> (block.value() % 64)) & 1;
    }
    static std::uint64_t mask(BlockIndex block) { return std::uint64_t{1} << (block.value() % 64); }
    void hash_contiguous();

    PieceIndex index_;
    std::uint32_t length_;
    std::uint32_t block_count_;
    std::uint32_t unrequested_;
    std::uint32_t received_count_ = 0;
    std::uint32_t written_count_ = 0;
    std::uint32_t hashed_blocks_ = 0;
    bool blockwise_;
    std::vector<std::uint64_t> requested_;  // asked and not here: what shoal_partial lends
    std::vector<std::uint64_t> received_;
    std::vector<Block> blocks_;
    disk::Buffer buffer_;
    disk::PieceHasher hasher_;
};

}  // namespace shoal::piece
