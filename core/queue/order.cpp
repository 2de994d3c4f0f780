#include "queue/order.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace shoal::queue {

namespace {

using Chosen = std::set<TorrentHandle>;

Chosen chosen(std::span<const TorrentHandle> torrents)
{
    return {torrents.begin(), torrents.end()};
}

// Each chosen one changes places with the one before it, unless that is chosen, too.
template <class Iterator>
void step_forward(Iterator begin, Iterator end, const Chosen& which)
{
    for (auto at = begin; at != end; ++at) {
        if (at == begin || !which.contains(*at)) continue;
        if (const auto before = std::prev(at); !which.contains(*before)) std::iter_swap(before, at);
    }
}

}  // namespace

Order::Order(std::span<const TorrentHandle> members)
{
    Chosen seen;
    for (const auto member : members) {
        if (seen.insert(member).second) members_.push_back(member);
    }
}

void Order::add(TorrentHandle torrent)
{
    if (std::ranges::find(members_, torrent) == members_.end()) members_.push_back(torrent);
}

void Order::remove(TorrentHandle torrent)
{
    std::erase(members_, torrent);
}

void Order::move_up(std::span<const TorrentHandle> torrents)
{
    step_forward(members_.begin(), members_.end(), chosen(torrents));
}

void Order::move_down(std::span<const TorrentHandle> torrents)
{
    step_forward(members_.rbegin(), members_.rend(), chosen(torrents));
}

void Order::move_to_top(std::span<const TorrentHandle> torrents)
{
    const auto which = chosen(torrents);
    std::stable_partition(members_.begin(), members_.end(), [&](auto torrent) { return which.contains(torrent); });
}

void Order::move_to_bottom(std::span<const TorrentHandle> torrents)
{
    const auto which = chosen(torrents);
    std::stable_partition(members_.begin(), members_.end(), [&](auto torrent) { return !which.contains(torrent); });
}

void Order::move(std::span<const TorrentHandle> torrents, Place place)
{
    switch (place) {
    case Place::top: return move_to_top(torrents);
    case Place::up: return move_up(torrents);
    case Place::down: return move_down(torrents);
    case Place::bottom: return move_to_bottom(torrents);
    }
}

std::optional<Place> place_named(std::string_view name)
{
    if (name == "top") return Place::top;
    if (name == "up") return Place::up;
    if (name == "down") return Place::down;
    if (name == "bottom") return Place::bottom;
    return std::nullopt;
}

}  // namespace shoal::queue
