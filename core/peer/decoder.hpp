#pragma once

#include "peer/link.hpp"
#include "peer/message.hpp"
#include "peer/read_space.hpp"
#include "peer/wire_format.hpp"

#include <shoal/bytes.hpp>
#include <shoal/result.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>

namespace shoal::peer {

// In octets. Checked on the length prefix, before anything is read or allocated for the message.
struct DecoderLimits {
    std::uint32_t bitfield = (1U << 22) / 8;  // of 2^22 pieces; see expect_pieces()
    std::uint32_t message = 1U << 20;         // of any message, beyond the bitfield's
    std::uint32_t extended = 64U << 10;       // body of an extended message
    std::uint32_t block = 16U << 10;          // payload of a piece message: nobody is asked for more
};

enum class DecoderProgress {
    hungry,     // all that came is handled: prepare() and read again
    paused,     // by pause(), by a BlockSink or for lack of events; commit(0) goes on once that is over
    destroyed,  // by one of its own events: do not touch it again
};

// Cuts a byte stream into a handshake, messages and blocks. It reads nothing itself: it says where octets are to go and is
// told how many came. That is always a space that decoders share, however much is expected: few large reads cost less than
// many that each end where a block does (docs/decisions/0006). The payload of a block is copied from there to its sink's
// place, while both are in the cache. Memory of its own: the rest of a read that it could not handle, and of a long
// message what has really arrived. [loop]
//
//     auto octets = read(decoder.prepare());
//     auto progress = decoder.commit(octets);
class Decoder {
public:
    // Without a space it makes one of its own.
    explicit Decoder(const DecoderLimits& limits = {}, std::shared_ptr<ReadSpace> space = nullptr);
    // Safe inside any of its own events.
    ~Decoder();
    Decoder(const Decoder&) = delete;
    Decoder& operator=(const Decoder&) = delete;

    // The first four events of LinkEvents come from here. Without events it is paused. May change inside an
    // event.
    void set_events(LinkEvents* events) { events_ = events; }

    // The torrent is known now: a bitfield longer than this many pieces need is an error.
    void expect_pieces(std::uint32_t count) { limits_.bitfield = count / 8 + (count % 8 != 0 ? 1 : 0); }

    // Where the next octets go. Not while paused, and no other decoder in between this and commit().
    MutableBytes prepare();

    // So many octets are in what prepare() gave, which is used up by this; 0 without it. Handles all that is complete;
    // events come from here only. An error is the last word: the peer broke the protocol, or a BlockSink said
    // so.
    Result<DecoderProgress> commit(std::size_t octets);

    // What it means that the stream ends here.
    Error end_of_stream() const;

    void divert_block();  // as Link::divert_block

    void pause() { pause_asked_ = true; }
    void resume() { pause_asked_ = false; }
    bool is_paused() const { return pause_asked_ || events_ == nullptr; }
    // Octets were left unhandled by a pause: commit(0) is due once it is over.
    bool has_backlog() const { return has_backlog_; }

private:
    enum class Phase : std::uint8_t { handshake, head, payload, body, skip };
    enum class Step : std::uint8_t { next, starved, stopped };
    struct Turn;

    void handle_octets(std::size_t octets, Turn& turn);
    Step step(Turn& turn);
    Step take_handshake(Turn& turn);
    Step take_head(Turn& turn);
    Step take_message(Turn& turn, MessageId id, std::uint32_t body_size);
    Step take_long_message(Turn& turn, MessageId id, std::uint32_t body_size);
    Step take_unknown(Turn& turn, MessageId id, std::uint32_t body_size);
    Step begin_block(Turn& turn, std::uint32_t body_size);
    Step take_payload(Turn& turn);
    Step take_body(Turn& turn);
    Step skip();
    Step deliver_long(Turn& turn, MessageId id, ByteView body);
    Step deliver(Turn& turn, const Message& message);
    Step after_event(const Turn& turn) const;

    void load();
    void keep_rest();
    ByteView unhandled() const { return ByteView(space_->octets()).subspan(begin_, end_ - begin_); }
    std::size_t take_unhandled(std::size_t most);

    DecoderLimits limits_;
    LinkEvents* events_ = nullptr;
    Turn* turn_ = nullptr;  // of the commit() now running, to tell it that we are gone

    Phase phase_ = Phase::handshake;
    bool pause_asked_ = false;
    bool has_backlog_ = false;
    MessageId body_id_{};      // of the message in body_
    std::uint32_t left_ = 0;   // octets still to come of the payload, the body or what is skipped
    BlockHead block_{};        // the block now arriving
    MutableBytes place_;       // the rest of its sink's place; empty: dropped
    Bytes body_;               // of a long message, as far as it came

    // Between prepare() and the end of commit(), octets [begin_, end_) of the space are read and not handled;
    // at other times they are in rest_.
    std::shared_ptr<ReadSpace> space_;
    bool is_loaded_ = false;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    Bytes rest_;
};

}  // namespace shoal::peer
