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
        // The ranks change sides, the higher first: not by their sign, which the lowest number cannot change.
        return std::tuple(deadlines_[a], ranks_[b], a) < std::tuple(deadlines_[b], ranks_[a], b);
    });
    for (std::uint32_t at = 0; at < order_.size(); ++at) position_[order_[at]] = at;
    const auto has_deadline = [&](std::uint32_t piece) { return deadlines_[piece] != SHOAL_NO_DEADLINE; };
    urgent_ = static_cast<std::size_t>(std::ranges::count_if(order_, has_deadline));
    first_ = 0;
}

void RankOrder::pick(const shoal_swarm_view& swarm, const shoal_pick_request& request,
                     std::vector<shoal_pick>& picks)
{
    const auto is_done = [&](std::uint32_t piece) {
        return swarm.state[piece] >= SHOAL_PIECE_COMPLETE || swarm.priority[piece] == 0;
    };
    while (first_ < order_.size() && is_done(order_[first_])) ++first_;
    Turn turn{swarm, request, picks, usable_partials(swarm, request)};
    for (std::size_t at = first_; at < urgent_ && has_room(turn); ++at) {
        pick_partials_up_to(at, turn);
        pick_new(order_[at], turn);
    }
    pick_partials_up_to(order_.size(), turn);
    for (std::size_t at = std::max(first_, urgent_); at < order_.size(); ++at) {
        if (!has_room(turn) || turn.opened >= swarm.open_allowance) return;
        pick_new(order_[at], turn);
    }
}

// In their order.
std::vector<const shoal_partial*> RankOrder::usable_partials(const shoal_swarm_view& swarm,
                                                             const shoal_pick_request& request) const
{
    std::vector<const shoal_partial*> usable;
    for (const auto& partial : std::span(swarm.partials, swarm.partial_count)) {
        const bool fits = partial.unrequested > 0 && swarm.priority[partial.piece] > 0;
        if (fits && has(request.peer_pieces, partial.piece)) usable.push_back(&partial);
    }
    std::ranges::sort(usable, {}, [&](const shoal_partial* p) { return position_[p->piece]; });
    return usable;
}

// Of the pieces at this place of the order and before.
void RankOrder::pick_partials_up_to(std::size_t place, Turn& turn) const
{
    for (; turn.next_partial < turn.partials.size(); ++turn.next_partial) {
        const auto& partial = *turn.partials[turn.next_partial];
        if (position_[partial.piece] > place) return;
        for (std::uint32_t block = 0; block < partial.block_count && has_room(turn); ++block) {
            if (has(partial.requested, block) || has(partial.received, block)) continue;
            turn.picks.push_back({partial.piece, block, 0, 0, 0});
        }
    }
}

void RankOrder::pick_new(std::uint32_t piece, Turn& turn)
{
    const auto& swarm = turn.swarm;
    if (turn.opened >= swarm.open_allowance) return;
    if (swarm.state[piece] != SHOAL_PIECE_MISSING || swarm.priority[piece] == 0) return;
    if (!has(turn.request.peer_pieces, piece)) return;
    ++turn.opened;
    for (std::uint32_t block = 0; block < blocks_in(swarm, piece) && has_room(turn); ++block) {
        turn.picks.push_back({piece, block, 0, 0, 0});
    }
}

}  // namespace shoal::torrent
