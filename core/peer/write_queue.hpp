#pragma once

#include "peer/link.hpp"

#include <shoal/bytes.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace shoal::peer {

// What waits to be sent on a byte stream, in order: encoded octets (messages and heads of blocks, all in one
// buffer) and between them the payloads, which stay in their files and buffers. In the steady state nothing
// here allocates. [loop]
class WriteQueue {
public:
    void push(const Handshake& handshake);
    void push(const Message& message);
    // The parts are as long together as the head says.
    void push(OutgoingBlock block);

    // Takes back a block of which no octet has left.
    bool withdraw(const BlockHead& head);
    void clear();

    bool is_empty() const { return sent_ == encoded_.size() && first_ == blocks_.size(); }
    std::size_t block_octets() const { return block_octets_; }
    // Messages and the heads of blocks.
    std::size_t control_octets() const { return encoded_.size() - sent_; }

    // The octets at the front that are in memory, as far as they are followed by no file region and fit into
    // `room`.
    struct Gathered {
        std::size_t views = 0;
        std::size_t octets = 0;
        bool more_follows = false;
    };
    Gathered gather(std::span<ByteView> room) const;

    // What is to be sent of a file region at the very front.
    std::optional<environment::FileRegion> front_file() const;

    // So many octets have left. Returns how many blocks are through with this.
    std::size_t advance(std::size_t octets);

private:
    struct QueuedBlock {
        BlockHead head;
        std::vector<BlockPart> parts;
        std::uint32_t run =
            0;  // encoded octets that go before the payload: messages, then the block's own head
        std::uint32_t part = 0;
        std::uint32_t sent_of_part = 0;
    };

    // Octets of the payload sent now, at most `most`.
    std::size_t advance_payload(QueuedBlock& block, std::size_t most);
    void drop_sent();

    // Octets [sent_, size) wait: the runs of the blocks, then last_run_ octets behind the last block.
    Bytes encoded_;
    std::size_t sent_ = 0;
    std::size_t last_run_ = 0;
    // Blocks [first_, size) wait.
    std::vector<QueuedBlock> blocks_;
    std::size_t first_ = 0;
    std::size_t block_octets_ = 0;
};

}  // namespace shoal::peer
