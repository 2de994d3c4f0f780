#include "swarms.hpp"

#include <shoal/local_network.hpp>

#include <algorithm>

namespace shoal::embedded_tracker {
namespace {

/// What one customer has: an address, or of IPv6 a /64.
Address network_of(const Address& address)
{
    auto network = address;
    if (network.v6) std::fill(network.bytes.begin() + 8, network.bytes.end(), std::byte{0});
    return network;
}

} // namespace

Swarms::Swarms(const Limits& limits, bool is_open, const std::set<Hash20>& kept)
    : limits_(limits), is_open_(is_open), kept_(kept)
{
    for (const auto& info_hash : kept_) swarms_.try_emplace(info_hash);
}

Result<const Swarm*> Swarms::visit(const Visit& visit, std::chrono::nanoseconds now)
{
    if (!serves(visit.info_hash)) {
        return make_error(Errc::refused, "this tracker does not serve this torrent");
    }
    auto found = swarms_.find(visit.info_hash);
    const auto* known = found == swarms_.end() ? nullptr : found->second.find(visit.endpoint);
    if (known == nullptr && sightings_.size() >= limits_.peers) {
        return make_error(Errc::limit_exceeded, "this tracker has as many peers as it takes");
    }
    if (known == nullptr && has_its_share(visit.endpoint.address)) {
        return make_error(Errc::limit_exceeded, "this tracker has as many peers of your address as it takes");
    }
    if (found == swarms_.end()) {
        if (swarms_.size() >= limits_.torrents) {
            return make_error(Errc::limit_exceeded, "this tracker has as many torrents as it takes");
        }
        found = swarms_.try_emplace(visit.info_hash).first;
    }
    auto& swarm = found->second;
    if (known == nullptr) {
        sightings_.push_back({now, visit.info_hash, visit.endpoint});
        ++by_network_[network_of(visit.endpoint.address)];
        swarm.add({.endpoint = visit.endpoint,
                   .id = visit.id,
                   .is_seed = visit.is_seed,
                   .sighting = std::prev(sightings_.end())});
    } else {
        known->sighting->when = now;
        sightings_.splice(sightings_.end(), sightings_, known->sighting);
        swarm.refresh(visit.endpoint, visit.id, visit.is_seed);
    }
    if (visit.has_completed) swarm.count_completed(visit.endpoint);
    return &swarm;
}

void Swarms::leave(const Hash20& info_hash, const Endpoint& endpoint)
{
    const auto found = swarms_.find(info_hash);
    if (found == swarms_.end()) return;
    if (const auto sighting = found->second.remove(endpoint)) {
        sightings_.erase(*sighting);
        const auto of_network = by_network_.find(network_of(endpoint.address));
        if (--of_network->second == 0) by_network_.erase(of_network);
    }
    forget_if_empty(info_hash);
}

bool Swarms::has_its_share(const Address& address) const
{
    // Many may run on one machine of the local network, for tests and experiments.
    if (is_local_address(address)) return false;
    const auto found = by_network_.find(network_of(address));
    return found != by_network_.end() && found->second >= std::max<std::size_t>(limits_.peers / shares, 1);
}

const Swarm* Swarms::find(const Hash20& info_hash) const
{
    const auto found = swarms_.find(info_hash);
    return found == swarms_.end() ? nullptr : &found->second;
}

void Swarms::expire(std::chrono::nanoseconds now)
{
    while (!sightings_.empty() && sightings_.front().when + limits_.silence <= now) {
        const auto [when, info_hash, endpoint] = sightings_.front();
        leave(info_hash, endpoint);
    }
}

std::optional<std::chrono::nanoseconds> Swarms::next_expiry() const
{
    if (sightings_.empty()) return std::nullopt;
    return sightings_.front().when + limits_.silence;
}

void Swarms::forget_if_empty(const Hash20& info_hash)
{
    const auto found = swarms_.find(info_hash);
    if (found->second.size() == 0 && !kept_.contains(info_hash)) swarms_.erase(found);
}

} // namespace shoal::embedded_tracker
