#include "rarest_first.hpp"

#include <algorithm>
#include <bit>

namespace shoal::rarest_first {

void RarestFirst::on_events(const SwarmView& swarm, std::span<const shoal_piece_event> events)
{
    if (swarm.wanted_count() == 0) {
        // Nothing left to pick: a seeding torrent costs no memory here.
        order_.release();
        stale_ = true;
        return;
    }
    // Sorting anew is cheaper than moving so many one by one.
    if (events.size() > swarm.piece_count() / 4 + 16) stale_ = true;
    for (const auto& event : events) {
        if (stale_) return;
        stale_ = event.piece >= swarm.piece_count() || !order_.update(swarm, event.piece);
    }
}

void RarestFirst::pick(const SwarmView& swarm, const PickRequest& request, PickList& list)
{
    if (swarm.wanted_count() == 0) return;
    if (stale_) {
        order_.rebuild(swarm);
        stale_ = false;
    }
    const auto begun = swarm.have_count() + swarm.partials().size();
    const auto reason = request.is_snubbed()             ? Reason::common
                        : begun < settings_.random_first ? Reason::random_first
                                                         : Reason::rarest;
    Refill refill{swarm, request, list, swarm.open_allowance(), reason};
    const auto groups = order_.groups();

    if (request.is_suspect()) {
        // It is to answer for whole pieces: its own first, then untouched ones.
        for (const auto& group : groups) continue_partials(refill, group.priority, Whose::own);
        for (const auto& group : groups) open_pieces(refill, group);
        for (const auto& group : groups) continue_partials(refill, group.priority, Whose::others);
        return;
    }
    for (const auto& group : groups) {
        continue_partials(refill, group.priority, Whose::anybodys);
        open_pieces(refill, group);
    }
}

// In the order in which they were opened: the sooner a piece is whole, the sooner it is shared and its memory
// is free.
void RarestFirst::continue_partials(Refill& refill, std::uint8_t priority, Whose whose)
{
    const auto& swarm = refill.swarm;
    for (const auto& partial : swarm.partials()) {
        if (refill.list.room() == 0) return;
        if (partial.unrequested == 0 || swarm.priority()[partial.piece] != priority) continue;
        if (!refill.request.peer_pieces().test(partial.piece)) continue;
        if (whose != Whose::anybodys) {
            const bool own =
                std::ranges::any_of(refill.request.outstanding(), [&](const shoal_block_ref& block) {
                    return block.piece == partial.piece;
                });
            if (own != (whose == Whose::own)) continue;
        }
        refill.list.add_unrequested(partial, Reason::partial, swarm.availability()[partial.piece]);
    }
}

// From the rare end; from anywhere for the first pieces; from the common end for a peer that owes us blocks,
// so that it does not hold up what few others have.
void RarestFirst::open_pieces(Refill& refill, const Group& group)
{
    Walk walk{.pieces = order_.pieces(group)};
    if (refill.is_done() || walk.size() == 0) return;
    if (refill.reason == Reason::random_first)
        walk.start = static_cast<std::uint32_t>(random_.below(walk.size()));
    walk.backwards = refill.reason == Reason::common;

    const auto peer_pieces = refill.request.peer_pieces();
    const auto end = std::min(walk.size(), most_steps);
    while (walk.steps < end && !refill.is_done()) {
        const auto piece = walk.piece_at(walk.steps++);
        if (peer_pieces.test(piece)) open(refill, piece, refill.reason);
    }
    if (!refill.is_done() && walk.steps < walk.size()) sample(refill, group, walk);
}

// The peer lacks what the walk met. What it shares with the group is found in the bit sets, 64 pieces a step;
// of many, the best of a sample from a random place must do, so that the cost of a refill stays bounded.
void RarestFirst::sample(Refill& refill, const Group& group, const Walk& walk)
{
    collect(refill, group, walk);
    const auto reason =
        refill.reason == Reason::rarest && found_.size() >= sample_size ? Reason::sampled : refill.reason;
    const auto per_piece = std::max(refill.swarm.raw().blocks_per_piece, 1U);
    const auto pieces = std::min(refill.may_open, refill.list.room() / per_piece + 2);
    const auto best = found_.begin() + std::min<std::ptrdiff_t>(pieces, std::ssize(found_));
    std::partial_sort(found_.begin(), best, found_.end());
    for (auto distance = found_.begin(); distance != best && !refill.is_done(); ++distance) {
        open(refill, walk.piece_at(*distance), reason);
    }
}

void RarestFirst::collect(const Refill& refill, const Group& group, const Walk& walk)
{
    found_.clear();
    const auto* peer_words = refill.request.peer_pieces().words;
    const auto words = group.openable.size();
    auto w = static_cast<std::size_t>(random_.below(words));
    for (std::size_t i = 0; i < words && found_.size() < sample_size; ++i, w = w + 1 == words ? 0 : w + 1) {
        for (auto both = peer_words[w] & group.openable[w]; both != 0; both &= both - 1) {
            const auto piece =
                static_cast<std::uint32_t>(w * 64) + static_cast<std::uint32_t>(std::countr_zero(both));
            const auto distance = walk.distance_of(order_.place(group, piece));
            // What the walk has met it has taken.
            if (distance >= walk.steps) found_.push_back(distance);
        }
    }
}

void RarestFirst::open(Refill& refill, std::uint32_t piece, Reason reason)
{
    --refill.may_open;
    refill.list.add_piece(piece, refill.swarm.block_count(piece), reason, refill.swarm.availability()[piece]);
}

std::uint32_t RarestFirst::Walk::piece_at(std::uint32_t distance) const noexcept
{
    const auto end = size();
    auto place = start + distance;
    if (place >= end) place -= end;
    return pieces[backwards ? end - 1 - place : place];
}

std::uint32_t RarestFirst::Walk::distance_of(std::uint32_t place) const noexcept
{
    const auto end = size();
    if (backwards) place = end - 1 - place;
    return place >= start ? place - start : place + end - start;
}

} // namespace shoal::rarest_first
