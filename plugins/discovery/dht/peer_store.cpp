#include "peer_store.hpp"

#include "contact.hpp"

#include <algorithm>
#include <utility>

namespace shoal::dht {
namespace {

/// The first `count` places hold `count` of the elements afterwards, any as likely as any other.
template <class T>
void draw(std::vector<T>& all, std::size_t begin, std::size_t end, std::size_t count, RandomSource& random)
{
    for (auto i = begin; i < std::min(end, begin + count); ++i) {
        std::swap(all[i], all[i + static_cast<std::size_t>(random.below(end - i))]);
    }
}

} // namespace

bool PeerStore::announce(const NodeId& info_hash, const Endpoint& peer, bool is_seed, Time now)
{
    auto* swarm = open(info_hash, peer);
    if (swarm == nullptr) return false;
    const auto known = std::ranges::find(swarm->peers, peer, &Peer::endpoint);
    if (known != swarm->peers.end()) {
        known->announced = now;
        known->is_seed = is_seed;
        return true;
    }
    make_room(*swarm, peer.address);
    swarm->peers.push_back({peer, now, is_seed});
    return true;
}

PeerStore::Swarm* PeerStore::open(const NodeId& info_hash, const Endpoint& peer)
{
    const auto found = swarms_.find(info_hash);
    if (found != swarms_.end()) return &found->second;
    const auto network = network_of(peer.address);
    auto& opened = opened_[network];
    if (opened >= limits_.torrents_per_network) return nullptr;
    ++opened;
    if (swarms_.size() >= limits_.torrents) {
        erase(std::ranges::min_element(swarms_, {}, [](const auto& entry) { return entry.second.peers.size(); }));
    }
    auto& swarm = swarms_[info_hash];
    swarm.announcer = network;
    return &swarm;
}

PeerStore::Swarms::iterator PeerStore::erase(Swarms::iterator swarm)
{
    const auto opened = opened_.find(swarm->second.announcer);
    if (--opened->second == 0) opened_.erase(opened);
    return swarms_.erase(swarm);
}

void PeerStore::make_room(Swarm& swarm, const Address& newcomer)
{
    auto& peers = swarm.peers;
    const auto is_same = [&](const Peer& peer) { return peer.endpoint.address == newcomer; };
    const bool has_too_many_ports =
        static_cast<std::size_t>(std::ranges::count_if(peers, is_same)) >= limits_.ports_per_address;
    if (!has_too_many_ports && peers.size() < limits_.peers) return;
    auto oldest = peers.end();
    for (auto peer = peers.begin(); peer != peers.end(); ++peer) {
        if (has_too_many_ports && !is_same(*peer)) continue;
        if (oldest == peers.end() || peer->announced < oldest->announced) oldest = peer;
    }
    *oldest = peers.back();
    peers.pop_back();
}

void PeerStore::forget_silent(Swarm& swarm, Time now) const
{
    std::erase_if(swarm.peers, [&](const Peer& peer) { return peer.announced + limits_.lifetime <= now; });
}

std::vector<Endpoint> PeerStore::peers(const NodeId& info_hash, std::size_t count, bool wants_no_seeds, Time now)
{
    const auto found = swarms_.find(info_hash);
    if (found == swarms_.end()) return {};
    forget_silent(found->second, now);
    auto& all = found->second.peers;
    auto leechers = all.size();
    if (wants_no_seeds) {
        const auto seeds = std::partition(all.begin(), all.end(), [](const Peer& peer) { return !peer.is_seed; });
        leechers = static_cast<std::size_t>(seeds - all.begin());
    }
    draw(all, 0, leechers, count, random_);
    if (leechers < count) draw(all, leechers, all.size(), count - leechers, random_);
    std::vector<Endpoint> chosen;
    for (std::size_t i = 0; i < std::min(count, all.size()); ++i) chosen.push_back(all[i].endpoint);
    return chosen;
}

bool PeerStore::scrape(const NodeId& info_hash, Filters& filters, Time now)
{
    const auto found = swarms_.find(info_hash);
    if (found == swarms_.end()) return false;
    forget_silent(found->second, now);
    for (const auto& peer : found->second.peers) {
        (peer.is_seed ? filters.seeds : filters.peers).insert(peer.endpoint.address);
    }
    return true;
}

std::vector<NodeId> PeerStore::sample(std::size_t count)
{
    std::vector<NodeId> all;
    for (const auto& [info_hash, swarm] : swarms_) all.push_back(info_hash);
    draw(all, 0, all.size(), count, random_);
    all.resize(std::min(count, all.size()));
    return all;
}

std::size_t PeerStore::peers_of(const NodeId& info_hash) const
{
    const auto found = swarms_.find(info_hash);
    return found == swarms_.end() ? 0 : found->second.peers.size();
}

void PeerStore::expire(Time now)
{
    for (auto swarm = swarms_.begin(); swarm != swarms_.end();) {
        forget_silent(swarm->second, now);
        swarm = swarm->second.peers.empty() ? erase(swarm) : std::next(swarm);
    }
}

} // namespace shoal::dht
