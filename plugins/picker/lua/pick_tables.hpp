// The tables that a picker's functions are given: `swarm` and `request`. Numbers are copied, a dozen of them; arrays are views; what
// they can do reads the call that is under way.
#pragma once

#include "call.hpp"
#include "pick_lists.hpp"
#include "pick_out.hpp"

namespace shoal::picker_lua {

/// These, views, lists and `out`; once a state; `call` outlives it. May raise.
void open_pick_tables(lua_State* lua, Call& call);

// May raise.
void push_swarm(lua_State* lua, const Call& call);
void push_request(lua_State* lua, const Call& call);

} // namespace shoal::picker_lua
