// A picker whose policy is a script: its function rank(swarm, ranks, deadlines), or pick(swarm, request, out).
#pragma once

#include "pick_tables.hpp"

#include "sandbox/policy_script.hpp"

#include <shoal/abi/picker.h>
#include <shoal/swarm_view.hpp>

#include <cstdint>
#include <memory>

namespace shoal::picker_lua {

/// What a call may use of instructions: about 5 ns each, and 50 ns for one that reads an array. The network loop waits meanwhile.
struct Budget {
    std::int64_t rank = 1'000'000;     // and, for each piece,
    std::int64_t rank_of_a_piece = 50; // which is some ten times what a simple order needs
    std::int64_t pick = 1'000'000;
};

class LuaPicker {
public:
    using Source = sandbox::PolicyScript::Source;

    /// Throws std::runtime_error: the script is wrong, or has neither function.
    LuaPicker(const Source& source, sandbox::Sandbox::Clock clock, std::uint64_t seed, sandbox::PolicyScript::Say say,
              const Budget& budget = {});
    LuaPicker(const LuaPicker&) = delete;
    LuaPicker& operator=(const LuaPicker&) = delete;

    /// With both functions pick() is preferred, as everywhere. `duplicates = true` makes it a picker for the endgame.
    void describe(shoal_picker_traits& traits);

    // Throw std::runtime_error: what the script did wrong, and where.
    void rank(const SwarmView& swarm, const Ranks& ranks);
    void pick(const SwarmView& swarm, const PickRequest& request, PickList& list);

private:
    class Lending;

    Call call_;
    Budget budget_;
    std::unique_ptr<sandbox::PolicyScript> script_;
};

} // namespace shoal::picker_lua
