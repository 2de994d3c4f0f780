// The call into the picker that is under way, and what functions of a script need to get at it.
#pragma once

#include "piece_views.hpp"

#include <shoal/swarm_view.hpp>

#include <cstdint>

namespace shoal::picker_lua {

/// What the call was given. Null: it was not, or there is none.
struct Call {
    CallCount count;
    const SwarmView* swarm = nullptr;
    const PickRequest* request = nullptr;
    PickList* list = nullptr;
    std::uint32_t may_open = 0; // pieces
};

/// The first upvalue of every function that reads the call.
Call& call_of(lua_State* lua);
// The same in a call of any kind, and in pick() alone; raise elsewhere.
Call& asked(lua_State* lua);
Call& picking(lua_State* lua);
/// Raises if what is looked at was made in another call.
void check_call(lua_State* lua, const Call& call, std::uint64_t made_in);

/// A table of functions whose upvalue is the call. May raise.
void push_functions(lua_State* lua, Call& call, const luaL_Reg* functions);
/// Keeps the table on top at a place in the registry, as a metatable that nobody sees. May raise.
void keep_metatable(lua_State* lua, const char* place);

} // namespace shoal::picker_lua
