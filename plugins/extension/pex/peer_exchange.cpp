#include "peer_exchange.hpp"

#include <shoal/local_network.hpp>

#include <algorithm>
#include <set>

namespace shoal::peer_exchange {
namespace {

std::uint8_t flags_of(const PeerView& peer)
{
    return static_cast<std::uint8_t>((peer.is_seed || peer.is_upload_only ? flag_upload_only : 0u) |
                                     (peer.takes_holepunch ? flag_holepunch : 0u) |
                                     (peer.is_outgoing ? flag_reachable : 0u));
}

bool is_of(const PeerView& peer, const Endpoint& endpoint)
{
    return peer.listening == endpoint || peer.remote == endpoint;
}

/// Whom of `all` the peer may be told of.
std::vector<NamedPeer> others(const PeerView& peer, std::span<const PeerView> all)
{
    std::vector<NamedPeer> named;
    std::set<Endpoint> seen;
    for (const auto& other : all) {
        if (other.peer == peer.peer || !other.listening || is_of(peer, *other.listening)) continue;
        if (!is_within_reach(*other.listening, peer.remote.address)) continue;
        if (seen.insert(*other.listening).second) named.push_back({*other.listening, flags_of(other)});
    }
    return named;
}

} // namespace

PeerExchange::PeerExchange(Host& host)
    : host_(host), extension_(host), timers_(host.timers()), random_(host.random())
{
}

void PeerExchange::on_peer(const PeerView& peer)
{
    peers_[peer.peer].view = peer;
    on_change();
}

void PeerExchange::on_peer_gone(PeerHandle peer)
{
    if (peers_.erase(peer) > 0) on_change();
}

void PeerExchange::on_stop()
{
    peers_.clear();
    timer_.cancel();
}

void PeerExchange::on_message(PeerHandle handle, ByteView payload)
{
    const auto found = peers_.find(handle);
    if (found == peers_.end()) return;
    auto& peer = found->second;
    switch (peer.heard.on_message(host_.now())) {
    case Heard::Ruling::take: break;
    case Heard::Ruling::ignore: return;
    case Heard::Ruling::disconnect:
        return extension_.disconnect(handle, "it exchanges peers more often than once a minute");
    }
    const auto named = parse_added(payload, peer.heard.readable());
    if (!named) return extension_.disconnect(handle, named.error().text);
    auto candidates = useful(peer, *named);
    candidates.resize(peer.heard.take_peers(candidates.size(), host_.now()));
    if (!candidates.empty()) extension_.found(candidates);
}

/// Those it may know, without itself, us and whom we are connected to. Of a public address only the first port: ten thousand ports of
/// one address are an attack on it (BEP 11).
std::vector<Candidate> PeerExchange::useful(const Peer& sender, const std::vector<NamedPeer>& named) const
{
    const auto own = extension_.own_endpoints();
    std::set<Endpoint> known(own.begin(), own.end());
    for (const auto& [handle, peer] : peers_) known.insert(peer.view.listening.value_or(peer.view.remote));

    std::vector<Candidate> candidates;
    std::set<Address> seen;
    for (const auto& peer : named) {
        const Endpoint endpoint{peer.endpoint.address.unmapped(), peer.endpoint.port};
        if (!is_within_reach(endpoint, sender.view.remote.address) || is_of(sender.view, endpoint)) continue;
        if (!is_local_address(endpoint.address) && !seen.insert(endpoint.address).second) continue;
        if (!known.insert(endpoint).second) continue;
        candidates.push_back({.endpoint = endpoint, .is_seed = (peer.flags & flag_upload_only) != 0});
    }
    return candidates;
}

std::optional<Time> PeerExchange::Peer::due() const
{
    if (!stale_since || !view.speaks) return std::nullopt;
    const auto earliest = *stale_since + gathering;
    return last_told ? std::max(earliest, *last_told + interval) : earliest;
}

void PeerExchange::on_change()
{
    for (auto& [handle, peer] : peers_) {
        if (!peer.stale_since) peer.stale_since = host_.now();
    }
    arm();
}

void PeerExchange::arm()
{
    std::optional<Time> next;
    for (const auto& [handle, peer] : peers_) {
        if (const auto due = peer.due()) next = std::min(next.value_or(*due), *due);
    }
    timer_.cancel();
    if (next) timer_ = timers_.after(*next - host_.now(), [this] { tell_all(); });
}

void PeerExchange::tell_all()
{
    const auto now = host_.now();
    const auto all = extension_.all();
    for (auto& [handle, peer] : peers_) {
        const auto due = peer.due();
        if (due && *due <= now) tell(peer, all);
    }
    arm();
}

void PeerExchange::tell(Peer& peer, std::span<const PeerView> all)
{
    const auto now = host_.now();
    const auto current = others(peer.view, all);
    const auto delta = peer.told.next(current, [this](std::uint64_t bound) { return random_.below(bound); });
    peer.stale_since.reset();
    // An empty message has made clients crash, and others hang up.
    if (delta.is_empty()) return;
    peer.last_told = now;
    const bool has_more = peer.told.has_more_than(delta, current);
    const bool was_sent = extension_.send(peer.view.peer, encode(delta)).has_value();
    if (was_sent) peer.told.on_said(delta);
    if (!was_sent || has_more) peer.stale_since = now;
}

} // namespace shoal::peer_exchange
