#include "swarm.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace shoal::embedded_tracker {
namespace {

// Floyd's way to draw `count` of `size` numbers (Bentley and Floyd, "A sample of brilliance", CACM 30/9,
// 1987), then shuffled: as drawn, the later numbers tend to the end.
std::vector<std::size_t> draw(std::size_t size, std::size_t count, RandomBelow& random_below)
{
    std::vector<std::size_t> drawn;
    std::set<std::size_t> taken;
    for (auto last = size - count; last < size; ++last) {
        const auto number = static_cast<std::size_t>(random_below(last + 1));
        const auto fresh = taken.contains(number) ? last : number;
        taken.insert(fresh);
        drawn.push_back(fresh);
    }
    for (std::size_t left = drawn.size(); left > 1; --left) {
        std::swap(drawn[left - 1], drawn[static_cast<std::size_t>(random_below(left))]);
    }
    return drawn;
}

} // namespace

const Peer* Swarm::find(const Endpoint& endpoint) const
{
    const auto place = places_.find(endpoint);
    return place == places_.end() ? nullptr : &peers_[place->second];
}

void Swarm::add(const Peer& peer)
{
    places_.emplace(peer.endpoint, peers_.size());
    peers_.push_back(peer);
    if (peer.is_seed) ++seeds_;
}

void Swarm::refresh(const Endpoint& endpoint, const WirePeerId& id, bool is_seed)
{
    auto& peer = peers_[places_.at(endpoint)];
    if (peer.is_seed) --seeds_;
    if (is_seed) ++seeds_;
    peer.is_seed = is_seed;
    peer.id = id;
}

void Swarm::count_completed(const Endpoint& endpoint)
{
    auto& peer = peers_[places_.at(endpoint)];
    if (!std::exchange(peer.has_completed, true)) ++completed_;
}

std::optional<Sightings::iterator> Swarm::remove(const Endpoint& endpoint)
{
    const auto place = places_.extract(endpoint);
    if (place.empty()) return std::nullopt;
    auto& peer = peers_[place.mapped()];
    const auto sighting = peer.sighting;
    if (peer.is_seed) --seeds_;
    if (&peer != &peers_.back()) {
        peer = peers_.back();
        places_.at(peer.endpoint) = place.mapped();
    }
    peers_.pop_back();
    return sighting;
}

std::vector<const Peer*> Swarm::sample(const Peer& asker, std::size_t count, RandomBelow& random_below) const
{
    const auto own = places_.find(asker.endpoint);
    const auto own_place = own == places_.end() ? peers_.size() : own->second;
    const auto others = peers_.size() - (own == places_.end() ? 0 : 1);
    std::vector<const Peer*> chosen;
    for (const auto number : draw(others, std::min(count, others), random_below)) {
        const auto& peer = peers_[number < own_place ? number : number + 1];
        // The asker again, through its other address family.
        if (peer.id != asker.id) chosen.push_back(&peer);
    }
    return chosen;
}

} // namespace shoal::embedded_tracker
