#include "torrent/connected_peer.hpp"

#include "torrent/swarm.hpp"

namespace shoal::torrent {

ConnectedPeer::ConnectedPeer(Swarm& swarm, PeerHandle peer_handle, Introduction introduction, environment::Time now)
    : handle(peer_handle), wire_id(introduction.theirs.peer_id), source(introduction.source),
      dialled(introduction.dialled), connected_at(now), link(std::move(introduction.link)),
      session(swarm.geometry(), swarm.our_pieces(), swarm.peer_settings(), *this), swarm_(swarm)
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
    swarm_.serve(*this);
}

void ConnectedPeer::on_closed(const Error& why)
{
    swarm_.drop(*this, why);
}

void ConnectedPeer::send(const peer::Message& message)
{
    if (!is_closed_) link->send(message);
}

void ConnectedPeer::close(const Error& why)
{
    swarm_.drop(*this, why);
}

bool ConnectedPeer::withdraw(const peer::BlockHead& head)
{
    return !is_closed_ && link->withdraw(head);
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

void ConnectedPeer::on_extended(std::uint8_t, ByteView)
{
    // We offer no extension of our own yet, so nothing but the handshake is for us; BEP 10 lets us ignore the rest.
}

void ConnectedPeer::on_port(std::uint16_t)
{
    // A DHT node's port (BEP 5): without a DHT there is nobody to tell.
}

}  // namespace shoal::torrent
