// A rehearsal from its beginning to its end, with nobody else's turn in between.
#pragma once

#include "rehearsal.hpp"

#include <utility>

namespace shoal::script_lua::test {

inline Result<Rehearsal::Outcomes> rehearsed(Rehearsal::Play play, Sandbox::Clock clock = [] { return std::chrono::nanoseconds{0}; })
{
    Rehearsal rehearsal(std::move(play), std::move(clock));
    while (rehearsal.run()) {}
    return rehearsal.outcomes();
}

} // namespace shoal::script_lua::test
