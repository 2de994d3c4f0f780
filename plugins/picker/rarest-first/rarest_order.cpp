#include "rarest_order.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace shoal::rarest_first {

void RarestOrder::rebuild(const SwarmView& swarm)
{
    if (order_.size() != swarm.piece_count()) {
        order_.resize(swarm.piece_count());
        std::iota(order_.begin(), order_.end(), 0U);
        random_.shuffle(order_.begin(), order_.end());
    }
    find_bands(swarm);
    bands_.resize(order_.size());
    for (std::uint32_t piece = 0; piece < bands_.size(); ++piece) {
        bands_[piece] = band_for(swarm, piece);
        set_openable(piece, bands_[piece], true);
    }
    sort_into_bands();
}

void RarestOrder::find_bands(const SwarmView& swarm)
{
    std::uint32_t most = 0;
    bool in_use[256] = {};
    for (std::uint32_t piece = 0; piece < swarm.piece_count(); ++piece) {
        in_use[swarm.priority()[piece]] = true;
        most = std::max<std::uint32_t>(most, swarm.availability()[piece]);
    }
    // Some head room, so that the next few peers do not force a rebuild each.
    levels_ = std::min(most + 8 + most / 8, most_levels);

    groups_.clear();
    for (std::uint32_t priority = 255; priority > 0; --priority) {
        if (!in_use[priority]) continue;
        const auto first_band = 1 + static_cast<std::uint32_t>(groups_.size()) * levels_;
        groups_.push_back({static_cast<std::uint8_t>(priority), first_band,
                           std::vector<std::uint64_t>((std::size_t{swarm.piece_count()} + 63) / 64)});
    }
}

// A counting sort that keeps the order within a band, which is random already.
void RarestOrder::sort_into_bands()
{
    begins_.assign(1 + groups_.size() * levels_ + 1, 0);
    for (const auto band : bands_) ++begins_[band + 1];
    std::partial_sum(begins_.begin(), begins_.end(), begins_.begin());

    std::vector<std::uint32_t> next(begins_.begin(), begins_.end() - 1);
    std::vector<std::uint32_t> sorted(order_.size());
    places_.resize(order_.size());
    for (const auto piece : order_) {
        const auto place = next[bands_[piece]]++;
        sorted[place] = piece;
        places_[piece] = place;
    }
    order_ = std::move(sorted);
}

bool RarestOrder::update(const SwarmView& swarm, std::uint32_t piece)
{
    const auto to = band_for(swarm, piece);
    if (to == no_band) return false;
    if (to != bands_[piece]) move(piece, to);
    return true;
}

void RarestOrder::release()
{
    groups_ = {};
    order_ = {};
    places_ = {};
    bands_ = {};
    begins_ = {};
}

std::span<const std::uint32_t> RarestOrder::pieces(const Group& group) const noexcept
{
    const auto begin = begins_[group.first_band];
    return std::span(order_).subspan(begin, begins_[group.first_band + levels_] - begin);
}

std::uint32_t RarestOrder::band_for(const SwarmView& swarm, std::uint32_t piece) const noexcept
{
    if (!swarm.is_openable(piece)) return parked;
    const auto group = std::ranges::find(groups_, swarm.priority()[piece], &Group::priority);
    if (group == groups_.end()) return no_band;
    std::uint32_t level = swarm.availability()[piece];
    if (level >= levels_) {
        if (levels_ < most_levels) return no_band;
        level = levels_ - 1;
    }
    return group->first_band + level;
}

void RarestOrder::move(std::uint32_t piece, std::uint32_t to)
{
    auto at = bands_[piece];
    const auto group_of = [&](std::uint32_t band) { return (band + levels_ - 1) / levels_; }; // 0: parked
    if (group_of(at) != group_of(to)) {
        set_openable(piece, at, false);
        set_openable(piece, to, true);
    }
    for (; at < to; ++at) swap_places(places_[piece], --begins_[at + 1]);
    for (; at > to; --at) swap_places(places_[piece], begins_[at]++);
    bands_[piece] = to;
    // It arrived at the edge of its band; ties are broken at random.
    if (to == parked) return;
    const auto size = begins_[to + 1] - begins_[to];
    swap_places(places_[piece], begins_[to] + static_cast<std::uint32_t>(random_.below(size)));
}

void RarestOrder::swap_places(std::uint32_t a, std::uint32_t b) noexcept
{
    if (a == b) return;
    std::swap(order_[a], order_[b]);
    places_[order_[a]] = a;
    places_[order_[b]] = b;
}

void RarestOrder::set_openable(std::uint32_t piece, std::uint32_t band, bool openable) noexcept
{
    if (band == parked) return;
    auto& word = groups_[(band - 1) / levels_].openable[piece / 64];
    const auto bit = std::uint64_t{1} << (piece % 64);
    word = openable ? word | bit : word & ~bit;
}

} // namespace shoal::rarest_first
