#include "torrent/resolving_peer.hpp"

#include <utility>

namespace shoal::torrent {

namespace {
constexpr std::size_t most_unread_octets = 256 << 10;
}

ResolvingPeer::ResolvingPeer(Owner& owner, PeerHandle peer_handle, Introduction introduction, environment::Time now)
    : handle(peer_handle), wire_id(introduction.theirs.peer_id), source(introduction.source),
      dialled(introduction.dialled), last_heard(now), last_helped(now), owner_(owner), link_(std::move(introduction.link)),
      capabilities_(introduction.theirs.capabilities)
{
    link_->set_events(this);
}

void ResolvingPeer::start(const peer::ExtendedHandshake& ours, std::uint16_t node_port)
{
    if (capabilities_.fast) link_->send(peer::HaveNone{});
    if (capabilities_.dht && node_port != 0) link_->send(peer::Port{node_port});
    const Bytes payload = peer::encode_extended_handshake(ours);
    link_->send(peer::Extended{0, payload});
}

void ResolvingPeer::close()
{
    is_closed_ = true;
    link_->set_events(nullptr);
}

bool ResolvingPeer::send_extended(std::uint8_t id, ByteView payload)
{
    if (is_closed_ || link_->queued_control_octets() > most_unread_octets) return false;
    link_->send(peer::Extended{id, payload});
    return true;
}

std::optional<Endpoint> ResolvingPeer::listening() const
{
    if (dialled || !theirs.listen_port) return dialled;
    return Endpoint{remote().address, *theirs.listen_port};
}

void ResolvingPeer::on_handshake(const peer::Handshake&)
{
    owner_.on_closed(*this, make_error(Errc::protocol_error, "a second handshake"));
}

void ResolvingPeer::on_message(const peer::Message& message)
{
    if (is_closed_) return;
    if (const auto* extended = std::get_if<peer::Extended>(&message)) hear(*extended);
    if (const auto* port = std::get_if<peer::Port>(&message)) owner_.on_node_port(*this, port->port);
}

void ResolvingPeer::hear(const peer::Extended& message)
{
    if (message.id != 0) return owner_.on_extended(*this, message.id, message.payload);
    const auto handshake = peer::decode_extended_handshake(message.payload);
    if (!handshake) return owner_.on_closed(*this, handshake.error());
    theirs.update(*handshake);
    is_introduced = true;
    owner_.on_extended_handshake(*this);
}

peer::BlockSink ResolvingPeer::on_block_begin(const peer::BlockHead&)
{
    return {.kind = peer::BlockSink::Kind::close,
            .why = make_error(Errc::protocol_error, "a block that nobody can have asked for")};
}

void ResolvingPeer::on_closed(const Error& why)
{
    if (!is_closed_) owner_.on_closed(*this, why);
}

}  // namespace shoal::torrent
