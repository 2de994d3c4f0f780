#pragma once

#include "disk/buffer_pool.hpp"
#include "peer/link.hpp"
#include "peer/peer_session.hpp"
#include "peer/rate_meter.hpp"
#include "torrent/introduction.hpp"
#include "torrent/rate_intake.hpp"
#include "torrent/traffic_account.hpp"

#include <memory>
#include <optional>
#include <string>

namespace shoal::torrent {

class Swarm;

// A peer after the handshakes: its link, its protocol session, its accounts. Joins the two and passes what they say on to the
// swarm, which decides. Once closed it says nothing more, and is destroyed in a later turn of the loop.
class ConnectedPeer final : public peer::LinkEvents, public peer::PeerActions {
public:
    ConnectedPeer(Swarm& swarm, PeerHandle handle, Introduction introduction, environment::Time now);

    void close();
    bool is_closed() const { return is_closed_; }
    // It does not read what we say.
    bool is_clogged() const { return is_clogged_; }
    void send(const peer::Message& message) override;
    // There is memory for the block it was paused for.
    void on_memory();
    // It is the turn of the block that a limit held back.
    void read_on();
    // What it calls itself, else the beginning of its peer id; a stranger's text.
    std::string client() const;
    // In all, octets of payload.
    Moved moved() const { return {down.total(), up.total()}; }

    const PeerHandle handle;
    const WirePeerId wire_id;
    const PeerSource source;
    const std::optional<Endpoint> dialled;
    const environment::Time connected_at;

    std::unique_ptr<peer::Link> link;
    peer::PeerSession session;
    peer::RateMeter down;
    peer::RateMeter up;
    TrafficAccount account;
    RateIntake intake;
    RateSeat outlet;

    // The block now arriving, if it is of use.
    struct Arriving {
        BlockRef block;
        bool in_place;     // straight into the piece's buffer
        disk::Buffer own;  // otherwise: a second copy in endgame, or a block of a piece too big to be held
    };
    std::optional<Arriving> arriving;

    std::uint32_t wanted_pieces = 0;  // pieces it has that we want and miss
    bool is_introduced = false;  // has made its extended handshake
    bool is_paused_for_memory = false;
    std::size_t reads_under_way = 0;  // octets being read from disk for it
    bool is_draining = false;  // gets nothing more until what is queued is sent
    environment::Time unchoked_at{};
    std::optional<environment::Time> idle_since;  // it could give us something, and is not asked for anything

private:
    void on_handshake(const peer::Handshake& theirs) override;
    void on_message(const peer::Message& message) override;
    peer::BlockSink on_block_begin(const peer::BlockHead& head) override;
    void on_block_end(const peer::BlockHead& head, peer::Payload payload) override;
    void on_sent() override;
    void on_closed(const Error& why) override;

    void close(const Error& why) override;
    bool withdraw(const peer::BlockHead& head) override;
    void on_their_pieces() override;
    void on_their_piece(PieceIndex piece) override;
    void on_unchoked() override;
    void on_choked() override;
    void on_returned(std::span<const BlockRef> blocks) override;
    void on_interest_changed() override;
    void on_requests_waiting() override;
    void on_extended_handshake() override;
    void on_extended(std::uint8_t id, ByteView payload) override;
    void on_port(std::uint16_t port) override;

    Swarm& swarm_;
    bool is_closed_ = false;
    bool is_clogged_ = false;  // it does not read what we say; until it does, we do not listen
};

}  // namespace shoal::torrent
