#include "told.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace shoal::peer_exchange {
namespace {

/// Of too many: first those that can be called for certain, otherwise any; always the same ones would bind the swarm to them.
void cut(std::vector<NamedPeer>& added, const RandomBelow& random_below)
{
    if (added.size() <= Told::most) return;
    for (std::size_t left = added.size(); left > 1; --left) std::swap(added[left - 1], added[random_below(left)]);
    std::stable_partition(added.begin(), added.end(),
                          [](const NamedPeer& peer) { return (peer.flags & flag_reachable) != 0; });
    added.resize(Told::most);
}

bool contains(std::span<const NamedPeer> peers, const Endpoint& endpoint)
{
    return std::ranges::find(peers, endpoint, &NamedPeer::endpoint) != peers.end();
}

} // namespace

Delta Told::next(std::span<const NamedPeer> current, const RandomBelow& random_below) const
{
    Delta delta;
    std::ranges::copy_if(current, std::back_inserter(delta.added),
                         [this](const NamedPeer& peer) { return !knows(peer.endpoint); });
    cut(delta.added, random_below);
    for (const auto& endpoint : told_) {
        if (delta.dropped.size() == most) break;
        if (!contains(current, endpoint)) delta.dropped.push_back(endpoint);
    }
    return delta;
}

void Told::on_said(const Delta& delta)
{
    std::erase_if(told_, [&](const Endpoint& endpoint) {
        return std::ranges::find(delta.dropped, endpoint) != delta.dropped.end();
    });
    for (const auto& peer : delta.added) told_.push_back(peer.endpoint);
    std::ranges::sort(told_);
}

bool Told::has_more_than(const Delta& delta, std::span<const NamedPeer> current) const
{
    const auto unknown = std::ranges::count_if(current, [this](const auto& peer) { return !knows(peer.endpoint); });
    const auto gone = std::ranges::count_if(told_, [&](const auto& endpoint) { return !contains(current, endpoint); });
    return static_cast<std::size_t>(unknown) > delta.added.size() || static_cast<std::size_t>(gone) > delta.dropped.size();
}

bool Told::knows(const Endpoint& endpoint) const { return std::ranges::binary_search(told_, endpoint); }

} // namespace shoal::peer_exchange
