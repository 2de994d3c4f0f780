#pragma once

#include "environment/network.hpp"
#include "peer/message.hpp"

#include <shoal/endpoint.hpp>
#include <shoal/result.hpp>

#include <memory>
#include <variant>
#include <vector>

// A link carries whole messages between two peers. Over a byte stream (TCP, later uTP or encrypted) a codec cuts and joins
// octets (stream_link.hpp); in the lab a virtual link hands messages over with modelled time and synthetic payload: a
// length and no octets. Everything above this seam is the same for both.
namespace shoal::peer {

// Where the payload of an arriving block goes.
struct BlockSink {
    enum class Kind {
        memory,   // `place` (exactly the block's length) is filled; it stays valid until on_block_end or divert_block()
        discard,  // read and dropped
        pause,    // no memory now: stop reading until resume_reading(), then ask again
        close,    // the peer broke the rules; close with `why`
    };
    Kind kind = Kind::discard;
    MutableBytes place{};  // empty for synthetic payload
    Error why{};
};

// How an arrived payload came.
enum class Payload {
    bytes,             // in the sink's place
    synthetic,         // the lab: only its length exists, and it is what it claims to be
    synthetic_corrupt  // the lab: it would not match its piece's hash
};

// Octets to send with a block.
using OwnedBytes = std::shared_ptr<const Bytes>;
struct BufferRegion {
    OwnedBytes buffer;
    std::uint32_t offset = 0;
    std::uint32_t length = 0;
};
using BlockPart = std::variant<environment::FileRegion, BufferRegion>;
struct OutgoingBlock {
    BlockHead head;
    std::vector<BlockPart> parts;  // together head.length octets; empty: synthetic
    Payload payload = Payload::bytes;
};

class LinkEvents {
public:
    virtual void on_handshake(const Handshake& their_handshake) = 0;
    virtual void on_message(const Message& message) = 0;
    // A block begins to arrive.
    virtual BlockSink on_block_begin(const BlockHead& head) = 0;
    // It is here, in its sink. Also called for discarded ones.
    virtual void on_block_end(const BlockHead& head, Payload payload) = 0;
    // Octets went out: there may be room for more.
    virtual void on_sent() = 0;
    // The last event. The link may be destroyed from inside it.
    virtual void on_closed(const Error& why) = 0;

protected:
    ~LinkEvents() = default;
};

// All [loop]. Destroying a link closes it without an event. Events may come from inside a batch of reads, never from inside
// a send or a command; a link may be destroyed from inside any of its events.
class Link {
public:
    virtual ~Link() = default;

    virtual void set_events(LinkEvents* events) = 0;
    // Sends our handshake. Either side may be first.
    virtual void send(const Handshake& our_handshake) = 0;
    // Queues; what is queued in one turn of the loop leaves together.
    virtual void send(const Message& message) = 0;
    virtual void send(OutgoingBlock block) = 0;
    // Takes back a queued block none of whose octets left yet. False: too late or unknown.
    virtual bool withdraw(const BlockHead& head) = 0;
    // Block payload octets queued and not handed to the network yet: the watermark for serving.
    virtual std::size_t queued_block_octets() const = 0;
    // Control octets queued and not handed over: a peer that does not read makes this grow.
    virtual std::size_t queued_control_octets() const = 0;

    // The torrent is known now and has so many pieces: a longer bitfield is refused before it is read.
    virtual void expect_pieces(std::uint32_t /*count*/) {}

    // The rest of the block now arriving is dropped: its sink's memory is about to be used otherwise. No-op between blocks.
    virtual void divert_block() = 0;
    virtual void pause_reading() = 0;
    virtual void resume_reading() = 0;

    // Is a `FileRegion` sent without a copy in user space? If not, serve from buffers.
    virtual bool sends_files() const = 0;

    virtual Endpoint local() const = 0;
    virtual Endpoint remote() const = 0;
};

// Makes links: StreamTransport over environment::Network, MessageTransport in the lab. [loop]
class Transport {
public:
    using Connected = UniqueFunction<void(Result<std::unique_ptr<Link>>)>;
    using Accepted = UniqueFunction<void(std::unique_ptr<Link>)>;

    virtual ~Transport() = default;
    virtual environment::OperationId connect(const Endpoint& to, environment::Duration timeout, Connected done) = 0;
    virtual void cancel_connect(environment::OperationId operation) = 0;
    virtual Result<std::unique_ptr<environment::Listener>> listen(const Endpoint& local, Accepted accepted) = 0;
};

}  // namespace shoal::peer
