#include "holepunch.hpp"

#include <shoal/local_network.hpp>

#include <algorithm>

namespace shoal::holepunch {
namespace {

constexpr std::uint32_t most_excess = 50;

bool leads_somewhere(const Endpoint& endpoint)
{
    return endpoint.port != 0 && !endpoint.address.is_unspecified() && !endpoint.address.is_multicast();
}

/// Who is called from outside hears it at his listening port; of the connection he made himself, only the address is right.
Endpoint reachable_at(const PeerView& peer) { return peer.listening.value_or(peer.remote); }

const PeerView* at(const std::vector<PeerView>& peers, const Endpoint& endpoint)
{
    const auto found = std::ranges::find_if(
        peers, [&](const PeerView& peer) { return peer.listening == endpoint || peer.remote == endpoint; });
    return found == peers.end() ? nullptr : &*found;
}

const PeerView* of(const std::vector<PeerView>& peers, PeerHandle handle)
{
    const auto found = std::ranges::find(peers, handle, &PeerView::peer);
    return found == peers.end() ? nullptr : &*found;
}

} // namespace

void Holepunch::on_peer(const PeerView& peer)
{
    if (peer.speaks) known_.try_emplace(peer.peer);
}

void Holepunch::on_message(PeerHandle peer, ByteView payload)
{
    const auto parsed = parse_message(payload);
    if (!parsed) return peers_.disconnect(peer, parsed.error().text);
    const auto all = peers_.all();
    const auto* sender = of(all, peer);
    // BEP 55: nothing is done for a peer that does not say in its handshake that it takes answers.
    if (!parsed->has_value() || sender == nullptr || !sender->speaks) return;
    known_.try_emplace(peer);
    switch ((*parsed)->kind) {
    case Kind::rendezvous: return on_rendezvous(*sender, (*parsed)->endpoint);
    case Kind::connect: return on_connect(*sender, (*parsed)->endpoint);
    case Kind::error: return; // the answer to a rendezvous, and we ask for none
    }
}

void Holepunch::on_rendezvous(const PeerView& initiator, const Endpoint& wanted)
{
    if (!known_.at(initiator.peer).asks.take(host_.now())) return exceed(initiator.peer);
    const auto all = peers_.all();
    const auto* target = at(all, wanted);
    const auto why_not = refusal(initiator, wanted, target);
    if (why_not != Refusal::none) {
        return send(initiator.peer,
                    {.kind = Kind::error, .endpoint = wanted, .error = static_cast<std::uint32_t>(why_not)});
    }
    send(initiator.peer, {.kind = Kind::connect, .endpoint = wanted});
    send(target->peer, {.kind = Kind::connect, .endpoint = reachable_at(initiator)});
}

Refusal Holepunch::refusal(const PeerView& initiator, const Endpoint& wanted, const PeerView* target)
{
    if (!leads_somewhere(wanted)) return Refusal::no_such_peer;
    if (std::ranges::count(peers_.own_endpoints(), wanted) > 0) return Refusal::no_self;
    if (target == nullptr) return Refusal::not_connected;
    if (target->peer == initiator.peer) return Refusal::no_such_peer;
    if (!target->speaks) return Refusal::no_support;
    // Many may ask for the same one: to him it is one flood.
    const bool may_hear = known_.try_emplace(target->peer).first->second.introductions.take(host_.now());
    return may_hear ? Refusal::none : Refusal::not_connected;
}

void Holepunch::on_connect(const PeerView& relay, const Endpoint& endpoint)
{
    const auto now = host_.now();
    if (!known_.at(relay.peer).named.take(now)) return exceed(relay.peer);
    if (!is_within_reach(endpoint, relay.remote.address)) return;
    if (at(peers_.all(), endpoint) != nullptr || std::ranges::count(peers_.own_endpoints(), endpoint) > 0) return;
    if (!calls_.take(now)) return;
    const Candidate candidate{.endpoint = endpoint, .is_urgent = true};
    peers_.found({&candidate, 1});
}

void Holepunch::exceed(PeerHandle peer)
{
    if (++known_.at(peer).excess == most_excess) peers_.disconnect(peer, "too many holepunch messages");
}

void Holepunch::send(PeerHandle peer, const Message& message)
{
    // Who does not read what he is sent, or is gone, misses nothing that matters a minute later.
    static_cast<void>(peers_.send(peer, encode(message)));
}

} // namespace shoal::holepunch
