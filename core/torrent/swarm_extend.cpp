#include "torrent/swarm.hpp"

// What peers say beyond the protocol's core (BEP 10), and what plug-ins say to them.
namespace shoal::torrent {

peer::Opening Swarm::opening_for(const ConnectedPeer& peer, peer::Capabilities theirs) const
{
    peer::Opening opening{.theirs = theirs, .ours = {}, .node_port = context_.finder.node_port()};
    if (context_.identity.listen_port != 0) opening.ours.listen_port = context_.identity.listen_port;
    opening.ours.your_address = peer.link->remote().address.unmapped();
    extensions_.introduce(opening.ours);
    return opening;
}

void Swarm::on_extended_handshake(ConnectedPeer& peer)
{
    peer.is_introduced = true;
    if (const auto& ours = peer.session.extended_handshake().your_address) {
        context_.finder.on_external_address(*ours, peer.link->remote().address);
    }
    extensions_.on_peer(*extended_view(peer));
}

void Swarm::on_extended(ConnectedPeer& peer, std::uint8_t id, ByteView payload)
{
    extensions_.on_message(peer.handle, id, payload);
}

void Swarm::on_node_port(ConnectedPeer& peer, std::uint16_t port)
{
    if (port != 0) context_.finder.introduce({peer.link->remote().address, port});
}

std::optional<Extensions::Peer> Swarm::extended_view(const ConnectedPeer& peer) const
{
    if (!peer.is_introduced || peer.is_closed()) return std::nullopt;
    const auto& theirs = peer.session.extended_handshake();
    const Endpoint remote = peer.link->remote();
    auto listening = peer.dialled;
    if (!listening && theirs.listen_port) listening = Endpoint{remote.address, *theirs.listen_port};
    return Extensions::Peer{.handle = peer.handle,
                            .theirs = theirs,
                            .remote = remote,
                            .listening = listening,
                            .is_outgoing = peer.dialled.has_value(),
                            .is_seed = peer.session.is_seed()};
}

void Swarm::for_each_peer(const std::function<void(const Extensions::Peer&)>& visit) const
{
    for (const auto& [handle, peer] : peers_) {
        if (const auto view = extended_view(*peer)) visit(*view);
    }
}

std::optional<Extensions::Peer> Swarm::find_peer(PeerHandle handle) const
{
    const auto at = peers_.find(handle);
    return at == peers_.end() ? std::nullopt : extended_view(*at->second);
}

shoal_status Swarm::send_extended(PeerHandle handle, std::uint8_t id, ByteView payload)
{
    const auto at = peers_.find(handle);
    if (at == peers_.end()) return SHOAL_E_STALE;
    if (at->second->is_clogged()) return SHOAL_E_LIMIT;
    at->second->send(peer::Extended{id, payload});
    return SHOAL_OK;
}

void Swarm::disconnect(PeerHandle handle, const Error& why)
{
    if (const auto at = peers_.find(handle); at != peers_.end()) drop(*at->second, why);
}

void Swarm::lose_piece(PeerHandle handle, std::uint32_t number)
{
    const auto at = peers_.find(handle);
    if (at == peers_.end()) return;
    ConnectedPeer& peer = *at->second;
    const PieceIndex piece = *geometry().piece(number);
    const bool was_seed = peer.session.is_seed();
    if (!peer.session.their_pieces().test(number)) return;
    if (was_seed) {
        availability_.remove_seed();
        availability_.add(peer.session.their_pieces());
    }
    availability_.remove(piece);
    pickers_.on_availability(std::nullopt, 0, 0);
    if (context_.ledger.is_wanted(piece)) --peer.wanted_pieces;
    peer.session.lose(piece);
    update_interest(peer);
}

}  // namespace shoal::torrent
