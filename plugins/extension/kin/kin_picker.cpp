#include "kin_picker.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>

namespace shoal::kin {

void PickingPolicy::pick(const SwarmView& swarm, const PickRequest& request, PickList& list)
{
    if ((request.marks() & SHOAL_MARK_PREFERRED) != 0) return remember(swarm, request);
    std::erase_if(kin_, [&](const auto& entry) { return swarm.now() - entry.second.asked_at > remembered; });
    // What a snubbed peer or a suspect may have is the next picker's to judge.
    if (kin_.empty() || request.is_snubbed() || request.is_suspect()) return;
    const auto pieces = left_to_strangers(swarm, request);
    for (const auto& partial : swarm.partials()) {
        if (std::ranges::binary_search(pieces, partial.piece)) list.add_unrequested(partial, PickReason::not_of_kin);
    }
    open_some(swarm, pieces, list);
}

// Kin get whatever the next picker says: they are to give us all they have.
void PickingPolicy::remember(const SwarmView& swarm, const PickRequest& request)
{
    const auto theirs = request.peer_pieces();
    const auto words = (std::size_t{theirs.size} + 63) / 64;
    auto& kin = kin_[request.peer()];
    kin.pieces.assign(theirs.words, theirs.words + words);
    kin.asked_at = swarm.now();
}

// Of the highest priority there is among them, in order.
PickingPolicy::Pieces PickingPolicy::left_to_strangers(const SwarmView& swarm, const PickRequest& request) const
{
    Pieces pieces;
    std::uint8_t best = 1;
    const auto theirs = request.peer_pieces();
    for (std::uint32_t first = 0; first < theirs.size; first += 64) {
        auto bits = theirs.words[first / 64];
        for (const auto& [peer, kin] : kin_) bits &= ~kin.pieces[first / 64];
        for (; bits != 0; bits &= bits - 1) {
            const auto piece = first + static_cast<std::uint32_t>(std::countr_zero(bits));
            const auto state = swarm.state()[piece];
            const auto priority = swarm.priority()[piece];
            if (priority < best || (state != SHOAL_PIECE_MISSING && state != SHOAL_PIECE_PARTIAL)) continue;
            if (priority > best) pieces.clear();
            best = priority;
            pieces.push_back(piece);
        }
    }
    return pieces;
}

// From a random one on, so that kin who see the same strangers fetch different pieces.
void PickingPolicy::open_some(const SwarmView& swarm, const Pieces& pieces, PickList& list)
{
    if (pieces.empty()) return;
    const auto start = static_cast<std::size_t>(random_.below(pieces.size()));
    auto may_open = swarm.open_allowance();
    for (std::size_t i = 0; i < pieces.size() && may_open > 0 && list.room() > 0; ++i) {
        const auto piece = pieces[(start + i) % pieces.size()];
        if (swarm.state()[piece] != SHOAL_PIECE_MISSING) continue;
        list.add_piece(piece, swarm.block_count(piece), PickReason::not_of_kin);
        --may_open;
    }
}

} // namespace shoal::kin
