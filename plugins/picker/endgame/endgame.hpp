// The policy: when every block is here or asked for, ask a second peer for what is still owed.
#pragma once

#include <shoal/random.hpp>
#include <shoal/swarm_view.hpp>

#include <cstdint>
#include <vector>

namespace shoal::endgame {

/// What goes to the trace.
enum class Reason : std::uint16_t { duplicate = 1 };

class Endgame {
public:
    /// Blocks a refill: a second copy of everything from everybody would cost more than it saves.
    static constexpr std::uint32_t most_duplicates = 4;

    explicit Endgame(RandomStream random) : random_(random) {}

    void pick(const SwarmView& swarm, const PickRequest& request, PickList& list);

private:
    [[nodiscard]] bool add_one(const SwarmView& swarm, const PickRequest& request, PickList& list);
    [[nodiscard]] bool add_from(const shoal_partial& partial, PickList& list);
    [[nodiscard]] std::uint64_t owed_by_others(const shoal_partial& partial, std::uint32_t word) const;

    RandomStream random_;
    std::vector<shoal_block_ref> taken_; // scratch: asked of this peer before, or just now; sorted
};

} // namespace shoal::endgame
