// `out`: where pick() puts the blocks that it chose.
#pragma once

#include "call.hpp"

namespace shoal::picker_lua {

/// Once a state. May raise.
void open_pick_out(lua_State* lua, Call& call);
void push_out(lua_State* lua);

} // namespace shoal::picker_lua
