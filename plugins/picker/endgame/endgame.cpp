#include "endgame.hpp"

#include <algorithm>
#include <bit>
#include <tuple>

namespace shoal::endgame {
namespace {

bool comes_before(const shoal_block_ref& a, const shoal_block_ref& b)
{
    return std::tie(a.piece, a.block) < std::tie(b.piece, b.block);
}

} // namespace

void Endgame::pick(const SwarmView& swarm, const PickRequest& request, PickList& list)
{
    // A snubbed peer would owe the copy as well; a suspect one must not touch other peers' pieces.
    if (swarm.has_unrequested() || request.is_snubbed() || request.is_suspect()) return;
    const auto outstanding = request.outstanding();
    taken_.assign(outstanding.begin(), outstanding.end());
    std::ranges::sort(taken_, comes_before);
    while (list.size() < most_duplicates && list.room() > 0) {
        if (!add_one(swarm, request, list)) return;
    }
}

// From a random piece on, so that peers with room do not all ask for the same blocks.
bool Endgame::add_one(const SwarmView& swarm, const PickRequest& request, PickList& list)
{
    const auto partials = swarm.partials();
    if (partials.empty()) return false;
    const auto start = static_cast<std::size_t>(random_.below(partials.size()));
    for (std::size_t i = 0; i < partials.size(); ++i) {
        const auto& partial = partials[(start + i) % partials.size()];
        if (swarm.priority()[partial.piece] == 0 || !request.peer_pieces().test(partial.piece)) continue;
        if (add_from(partial, list)) return true;
    }
    return false;
}

bool Endgame::add_from(const shoal_partial& partial, PickList& list)
{
    const auto words = (partial.block_count + 63) / 64;
    const auto start = static_cast<std::uint32_t>(random_.below(partial.block_count));
    // The first word comes twice: its blocks from `start` on, and at the end those before it.
    for (std::uint32_t step = 0; step <= words; ++step) {
        const auto word = (start / 64 + step) % words;
        const auto from_start = ~std::uint64_t{0} << (start % 64);
        auto owed = owed_by_others(partial, word);
        if (step == 0) owed &= from_start;
        if (step == words) owed &= ~from_start;
        if (owed == 0) continue;
        const shoal_block_ref block{partial.piece,
                                    word * 64 + static_cast<std::uint32_t>(std::countr_zero(owed))};
        taken_.insert(std::ranges::upper_bound(taken_, block, comes_before), block);
        return list.add(block.piece, block.block, Reason::duplicate);
    }
    return false;
}

std::uint64_t Endgame::owed_by_others(const shoal_partial& partial, std::uint32_t word) const
{
    auto owed = partial.requested[word] & ~partial.received[word];
    const shoal_block_ref first{partial.piece, word * 64};
    for (auto at = std::ranges::lower_bound(taken_, first, comes_before);
         at != taken_.end() && at->piece == partial.piece && at->block / 64 == word; ++at) {
        owed &= ~(std::uint64_t{1} << (at->block % 64));
    }
    return owed;
}

} // namespace shoal::endgame
