// A choker whose policy is a script: its function decide(view, out) says who may download.
#pragma once

#include "sandbox/policy_script.hpp"

#include <shoal/choker.hpp>

#include <cstdint>
#include <memory>

namespace shoal::choker_lua {

/// What a call may use of instructions; a thousand for each peer is more than sorting them takes.
struct Budget {
    std::int64_t decide = 1'000'000;
    std::int64_t decide_of_a_peer = 1000;
};

class LuaChoker {
public:
    using Source = sandbox::PolicyScript::Source;

    /// Throws std::runtime_error: the script is wrong, or has no function `decide`.
    LuaChoker(const Source& source, sandbox::Sandbox::Clock clock, std::uint64_t seed, sandbox::PolicyScript::Say say,
              const Budget& budget = {});
    LuaChoker(const LuaChoker&) = delete;
    LuaChoker& operator=(const LuaChoker&) = delete;

    /// Throws std::runtime_error: what the script did wrong, and where.
    void decide(const ChokerView& view, UnchokeList& list);

private:
    Budget budget_;
    UnchokeList* list_ = nullptr; // while it is asked
    std::unique_ptr<sandbox::PolicyScript> script_;
};

} // namespace shoal::choker_lua
