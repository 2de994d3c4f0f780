#pragma once

#include "piece/ledger.hpp"

#include <shoal/abi/picker.h>
#include <shoal/bitfield.hpp>

#include <cstdint>
#include <span>
#include <vector>

namespace shoal::torrent {

// The mechanism below a `rank`: pieces in the order of their numbers (deadlines first, the earliest first;
// then the higher rank; then the lower index). Pieces with a deadline come before all others; of those,
// partial ones before new ones. With all ranks equal it hands out pieces in order: that is the safe default
// when every picker is gone.
class RankOrder {
public:
    explicit RankOrder(std::uint32_t pieces);

    std::span<std::int64_t> ranks() { return ranks_; }
    std::span<std::uint64_t> deadlines() { return deadlines_; }
    void preset();
    // After ranks or deadlines were written.
    void sort();
    // A piece became missing again: look from the beginning.
    void rewind() { first_ = 0; }

    // Appends up to `budget` unrequested blocks that the peer can give.
    void pick(const shoal_swarm_view& swarm, const shoal_pick_request& request,
              std::vector<shoal_pick>& picks);

private:
    struct Turn {
        const shoal_swarm_view& swarm;
        const shoal_pick_request& request;
        std::vector<shoal_pick>& picks;
        std::vector<const shoal_partial*> partials;  // usable ones, in order
        std::size_t next_partial = 0;
        std::uint32_t opened = 0;
    };

    static bool has_room(const Turn& turn) { return turn.picks.size() < turn.request.budget; }
    std::vector<const shoal_partial*> usable_partials(const shoal_swarm_view& swarm,
                                                      const shoal_pick_request& request) const;
    void pick_partials_up_to(std::size_t place, Turn& turn) const;
    static void pick_new(std::uint32_t piece, Turn& turn);

    std::vector<std::int64_t> ranks_;
    std::vector<std::uint64_t> deadlines_;
    std::vector<std::uint32_t> order_;     // pieces, the most wanted first
    std::vector<std::uint32_t> position_;  // its inverse
    std::size_t urgent_ = 0;               // so many of the first have a deadline
    std::size_t first_ = 0;                // what lies before it is had, being finished, or never wanted
};

}  // namespace shoal::torrent
