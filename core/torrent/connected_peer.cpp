#include "torrent/connected_peer.hpp"

#include "torrent/swarm.hpp"

namespace shoal::torrent {

namespace {
// What we have to say to a peer that does not read it: each of its requests may be answered by a reject. More than the first
// and it is not listened to before it is less than the second; its silence then ends the connection.
constexpr std::size_t most_control_octets = 256 << 10;
constexpr std::size_t few_control_octets = 64 << 10;
}  // namespace

ConnectedPeer::ConnectedPeer(Swarm& swarm, PeerHandle peer_handle, Introduction introduction, environment::Time now)
    : handle(peer_handle), wire_id(introduction.theirs.peer_id), source(introduction.source),
      dialled(introduction.dialled), connected_at(now), link(std::move(introduction.link)),
      session(swarm.geometry(), swarm.our_pieces(), swarm.peer_settings(), *this), account(now),
      intake(swarm.down(), link->remote().address, [this] { swarm_.take_turn(*this); }),
      outlet(swarm.up(), link->remote().address, [this] { swarm_.serve(*this); }), swarm_(swarm)
{
    link->set_events(this);
}

void ConnectedPeer::close()
{
    is_closed_ = true;
    link->set_events(nullptr);
}

void ConnectedPeer::on_handshake(const peer::Handshake&)
{
    swarm_.drop(*this, make_error(Errc::protocol_error, "a second handshake"));
}

void ConnectedPeer::on_message(const peer::Message& message)
{
    session.on_message(message, swarm_.now());
}

peer::BlockSink ConnectedPeer::on_block_begin(const peer::BlockHead& head)
{
    return swarm_.on_block_begin(*this, head);
}

void ConnectedPeer::on_block_end(const peer::BlockHead& head, peer::Payload payload)
{
    swarm_.on_block_end(*this, head, payload);
}

void ConnectedPeer::on_sent()
{
    if (is_clogged_ && link->queued_control_octets() < few_control_octets) {
        is_clogged_ = false;
        link->resume_reading();
    }
    swarm_.serve(*this);
}

void ConnectedPeer::on_memory()
{
    is_paused_for_memory = false;
    read_on();
}

void ConnectedPeer::read_on()
{
    if (!is_clogged_) link->resume_reading();
}

std::string ConnectedPeer::client() const
{
    const auto& named = session.extended_handshake().client;
    return named.value_or(std::string(as_text(wire_id.bytes).substr(0, 8)));
}

void ConnectedPeer::on_closed(const Error& why)
{
    swarm_.drop(*this, why);
}

void ConnectedPeer::send(const peer::Message& message)
{
    if (is_closed_) return;
    link->send(message);
    if (is_clogged_ || link->queued_control_octets() <= most_control_octets) return;
    is_clogged_ = true;
    link->pause_reading();
}

void ConnectedPeer::close(const Error& why)
{
    swarm_.drop(*this, why);
}

bool ConnectedPeer::withdraw(const peer::BlockHead& head)
{
    if (is_closed_ || !link->withdraw(head)) return false;
    outlet.refund(head.length);
    return true;
}

void ConnectedPeer::on_their_pieces()
{
    if (is_closed_) return;
    swarm_.on_their_pieces(*this);
}

void ConnectedPeer::on_their_piece(PieceIndex piece)
{
    if (is_closed_) return;
    swarm_.on_their_piece(*this, piece);
}

void ConnectedPeer::on_unchoked()
{
    if (is_closed_) return;
    swarm_.refill(*this);
}

void ConnectedPeer::on_choked()
{
    idle_since.reset();
}

void ConnectedPeer::on_returned(std::span<const BlockRef> blocks)
{
    swarm_.on_returned(blocks);
}

void ConnectedPeer::on_interest_changed()
{
    swarm_.on_interest_changed();
}

void ConnectedPeer::on_requests_waiting()
{
    if (is_closed_) return;
    swarm_.serve(*this);
}

void ConnectedPeer::on_extended_handshake()
{
    if (!is_closed_) swarm_.on_extended_handshake(*this);
}

void ConnectedPeer::on_extended(std::uint8_t id, ByteView payload)
{
    if (!is_closed_) swarm_.on_extended(*this, id, payload);
}

void ConnectedPeer::on_port(std::uint16_t port)
{
    if (!is_closed_) swarm_.on_node_port(*this, port);
}

}  // namespace shoal::torrent
