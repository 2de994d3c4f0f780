#pragma once

#include "environment/time.hpp"
#include "peer/extended_handshake.hpp"
#include "peer/message.hpp"
#include "peer/request_window.hpp"
#include "peer/serve_queue.hpp"

#include <shoal/bitfield.hpp>
#include <shoal/geometry.hpp>
#include <shoal/result.hpp>

#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace shoal::peer {

// What a PeerSession wants done or known. `close` is the last thing it says; the session may be destroyed from inside it,
// and from inside no other call.
class PeerActions {
public:
    virtual void send(const Message& message) = 0;
    virtual void close(const Error& why) = 0;
    // Takes back a block of ours that is queued for sending; false: too late.
    virtual bool withdraw(const BlockHead& head) = 0;

    virtual void on_their_pieces() = 0;  // all at once, at the beginning
    virtual void on_their_piece(PieceIndex piece) = 0;
    virtual void on_unchoked() = 0;
    virtual void on_choked() = 0;
    virtual void on_returned(std::span<const BlockRef> blocks) = 0;  // requests that will not be answered
    virtual void on_interest_changed() = 0;
    virtual void on_requests_waiting() = 0;  // there is something to serve
    virtual void on_extended_handshake() = 0;  // the first, or a later one: extended_handshake() has it all
    virtual void on_extended(std::uint8_t id, ByteView payload) = 0;
    virtual void on_port(std::uint16_t port) = 0;

protected:
    ~PeerActions() = default;
};

struct PeerSettings {
    std::uint32_t most_served = 2000;  // requests queued from a peer; our reqq
    std::uint32_t most_requested = 2000;
    std::uint32_t assumed_reqq = 250;  // of a peer that does not say
    environment::Duration request_timeout = std::chrono::seconds{60};
    environment::Duration snub_after = std::chrono::seconds{60};
    environment::Duration silence_timeout = std::chrono::seconds{180};
    environment::Duration keep_alive_after = std::chrono::seconds{100};
    std::string client_name = "Shoal 0.1";
};

// How a conversation begins.
struct Opening {
    Capabilities theirs;
    ExtendedHandshake ours{};     // name, request limit and whether we have everything are added
    std::uint16_t node_port = 0;  // of our DHT node (BEP 5); 0: there is none
};

// How an arriving block stands to what was asked.
struct Arrival {
    enum class Kind {
        expected,  // `block` was asked of this peer
        late,      // it was, and was given back meanwhile: no harm, no use
        refusal,   // of length zero: some clients decline a request so
        stray,     // a block of this torrent that was never asked for
        invalid,   // no block of this torrent
    };
    Kind kind;
    std::optional<BlockRef> block;
};

// One side of the peer wire protocol (BEP 3, BEP 6, BEP 10) after the handshake, without I/O: messages and the time go in,
// actions come out. It knows one peer and one torrent's geometry; which blocks to ask for, whom to choke and where payload
// goes is decided above. Every rule a peer can break is checked here, and answered with close(). Not thread-safe.
class PeerSession {
public:
    // `geometry` and `our_pieces` (verified, as they grow) are borrowed for the session's life.
    PeerSession(const Geometry& geometry, const Bitfield& our_pieces, PeerSettings settings, PeerActions& actions);

    // Our side speaks first: our pieces and, if both can, the extended handshake and the port of our DHT node.
    void start(const Opening& opening, environment::Time now);

    // -- from the link
    void on_message(const Message& message, environment::Time now);
    Arrival classify(const BlockHead& head) const;
    void on_block(BlockRef block, environment::Time now);
    void on_refusal(BlockRef block);
    void on_useless_block(const Arrival& arrival, std::uint32_t length, environment::Time now);
    void on_block_progress(environment::Time now) { last_heard_ = now; }
    // Once a second: keep-alive, time-outs, snubbing.
    void tick(environment::Time now);
    // Instead, in a second in which we leave in the socket what it sends: that it is silent and late is our doing.
    void tick_unread(environment::Time now);

    // -- commands
    void request(BlockRef block, environment::Time now);
    void cancel(BlockRef block);
    void cancel_all();
    void set_interested(bool interested);
    void set_choking(bool choking);
    void announce(PieceIndex piece);
    // The peer says that it has lost the piece (BEP 54): what it was asked of it comes back. False: it had none.
    bool lose(PieceIndex piece);
    void allow_fast(std::span<const PieceIndex> pieces);
    // The next request to serve; it is ours to answer from then on.
    std::optional<Request> next_to_serve();
    void reject(const Request& request);
    void on_block_sent(environment::Time now) { last_sent_ = now; }

    // -- what is known
    const Bitfield& their_pieces() const { return their_pieces_; }
    bool is_seed() const { return their_pieces_.all(); }
    bool is_choking_us() const { return they_choke_; }
    bool is_choked() const { return we_choke_; }
    bool is_interested() const { return they_are_interested_; }
    bool are_we_interested() const { return we_are_interested_; }
    bool is_snubbed() const { return is_snubbed_; }
    bool is_upload_only() const { return theirs_.upload_only.value_or(false); }
    bool has_fast() const { return fast_; }
    const std::set<PieceIndex>& allowed_fast() const { return allowed_to_us_; }
    // Blocks to keep requested of it now.
    std::uint32_t window() const
    {
        if (refusals_ >= most_refusals) return 0;
        return is_snubbed_ ? 1 : window_.size();
    }
    struct Outstanding {
        BlockRef block;
        environment::Time asked;
    };
    std::span<const Outstanding> outstanding() const { return outstanding_; }
    std::size_t requests_waiting() const { return serve_queue_.size(); }
    const ExtendedHandshake& extended_handshake() const { return theirs_; }
    std::uint64_t wasted_octets() const { return wasted_; }

private:
    // Who unchokes us and declines everything is asked again with the next tick, not as fast as the line goes.
    static constexpr std::uint32_t most_refusals = 16;

    void on(const KeepAlive&);
    void on(const Choke&);
    void on(const Unchoke&);
    void on(const Interested&);
    void on(const NotInterested&);
    void on(const Have&);
    void on(const PieceBits&);
    void on(const Request&);
    void on(const Cancel&);
    void on(const Port&);
    void on(const Suggest&);
    void on(const HaveAll&);
    void on(const HaveNone&);
    void on(const Reject&);
    void on(const AllowedFast&);
    void on(const Extended&);
    void on(const Unknown&);

    void send(const Message& message);
    void violate(std::string text);
    bool needs_fast(std::string_view name);
    bool take_field(std::string_view name);
    void add_pieces(const Bitfield& field);
    void on_extended_handshake(ByteView payload);
    void drop_requests();
    bool may_serve(const Request& request) const;
    bool forget(BlockRef block, bool remember_as_late);
    bool count_flip();
    void keep_alive();

    const Geometry& geometry_;
    const Bitfield& our_pieces_;
    PeerSettings settings_;
    PeerActions& actions_;
    environment::Time now_{};
    environment::Time last_heard_{};
    environment::Time last_sent_{};
    environment::Time last_block_{};

    bool fast_ = false;
    bool extended_ = false;
    bool closed_ = false;
    bool field_taken_ = false;
    bool we_choke_ = true;
    bool they_choke_ = true;
    bool we_are_interested_ = false;
    bool they_are_interested_ = false;
    bool is_snubbed_ = false;

    Bitfield their_pieces_;
    RequestWindow window_;
    std::vector<Outstanding> outstanding_;
    std::vector<BlockRef> late_;  // given back, an answer may still come; the latest last
    ServeQueue serve_queue_;
    std::set<PieceIndex> allowed_to_us_;
    std::set<PieceIndex> allowed_to_them_;
    ExtendedHandshake theirs_;

    environment::Time flips_since_{};
    std::uint32_t flips_ = 0;
    std::uint32_t strays_ = 0;
    std::uint32_t refusals_ = 0;  // since the last block and the last tick
    std::uint64_t wasted_ = 0;
};

}  // namespace shoal::peer
