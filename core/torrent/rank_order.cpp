#include "torrent/rank_order.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace shoal::torrent {

namespace {

bool has(const std::uint64_t* words, std::uint32_t bit)
{
    return (words[bit / 64] >> (bit % 64)) & 1;
}

std::uint32_t blocks_in(const shoal_swarm_view& swarm, std::uint32_t piece)
{
    return piece + 1 == swarm.piece_count ? swarm.blocks_in_last_piece : swarm.blocks_per_piece;
}

}  // namespace

RankOrder::RankOrder(std::uint32_t pieces)
    : ranks_(pieces, 0), deadlines_(pieces, SHOAL_NO_DEADLINE), order_(pieces), position_(pieces)
{
    sort();
}

void RankOrder::preset()
{
    std::ranges::fill(ranks_, 0);
    std::ranges::fill(deadlines_, SHOAL_NO_DEADLINE);
}

void RankOrder::sort()
{
    std::iota(order_.begin(), order_.end(), 0u);
    std::ranges::sort(order_, [&](std::uint32_t a, std::uint32_t b) {
        return std::tuple(deadlines_[a], -ranks_[a], a) < std::tuple(deadlines_[b], -ranks_[b], b);
    });
    for (std::uint32_t at = 0; at < order_.size(); ++at) position_[order_[at]] = at;
    first_ = 0;
}

void RankOrder::pick(const shoal_swarm_view& swarm, const shoal_pick_request& request, std::vector<shoal_pick>& picks)
{
    pick_partials(swarm, request, picks);
    pick_new(swarm, request, picks);
}

void RankOrder::pick_partials(const shoal_swarm_view& swarm, const shoal_pick_request& request,
                              std::vector<shoal_pick>& picks)
{
    std::vector<const shoal_partial*> usable;
    for (const auto& partial : std::span(swarm.partials, swarm.partial_count)) {
        const bool fits = partial.unrequested > 0 && swarm.priority[partial.piece] > 0;
        if (fits && has(request.peer_pieces, partial.piece)) usable.push_back(&partial);
    }
    std::ranges::sort(usable, {}, [&](const shoal_partial* p) { return position_[p->piece]; });
    for (const auto* partial : usable) {
        for (std::uint32_t block = 0; block < partial->block_count && picks.size() < request.budget; ++block) {
            if (has(partial->requested, block) || has(partial->received, block)) continue;
            picks.push_back({partial->piece, block, 0, 0, 0});
        }
    }
}

void RankOrder::pick_new(const shoal_swarm_view& swarm, const shoal_pick_request& request,
                         std::vector<shoal_pick>& picks)
{
    const auto is_done = [&](std::uint32_t piece) {
        return swarm.state[piece] >= SHOAL_PIECE_COMPLETE || swarm.priority[piece] == 0;
    };
    while (first_ < order_.size() && is_done(order_[first_])) ++first_;
    std::uint32_t opened = 0;
    for (std::size_t at = first_; at < order_.size(); ++at) {
        if (picks.size() >= request.budget || opened >= swarm.open_allowance) return;
        const std::uint32_t piece = order_[at];
        if (swarm.state[piece] != SHOAL_PIECE_MISSING || swarm.priority[piece] == 0) continue;
        if (!has(request.peer_pieces, piece)) continue;
        ++opened;
        for (std::uint32_t block = 0; block < blocks_in(swarm, piece) && picks.size() < request.budget; ++block) {
            picks.push_back({piece, block, 0, 0, 0});
        }
    }
}

}  // namespace shoal::torrent
