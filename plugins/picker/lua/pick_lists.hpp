// What counts from 1, as lists in Lua do: the open pieces of the swarm, and the blocks that a peer owes.
#pragma once

#include "call.hpp"

namespace shoal::picker_lua {

/// Once a state. May raise.
void open_pick_lists(lua_State* lua, Call& call);

// May raise.
void push_partials(lua_State* lua, const Call& call);
void push_outstanding(lua_State* lua, const Call& call);

} // namespace shoal::picker_lua
