// The policy: from the first piece to the last.
#pragma once

#include <shoal/swarm_view.hpp>

#include <cstdint>

namespace shoal::sequential {

/// A higher priority first; within one, the lower piece first.
inline void rank_in_order(const SwarmView& swarm, const Ranks& ranks)
{
    const std::int64_t count = swarm.piece_count();
    for (std::uint32_t piece = 0; piece < swarm.piece_count(); ++piece) {
        ranks.set(piece, swarm.priority()[piece] * count - piece);
    }
}

} // namespace shoal::sequential
