#include "call.hpp"

namespace shoal::picker_lua {
namespace {

int refuse_write(lua_State* lua) { return luaL_error(lua, "this can only be read"); }

} // namespace

Call& call_of(lua_State* lua) { return *static_cast<Call*>(lua_touserdata(lua, lua_upvalueindex(1))); }

Call& asked(lua_State* lua)
{
    auto& call = call_of(lua);
    if (call.swarm == nullptr) luaL_error(lua, "there is no swarm outside of a call");
    return call;
}

Call& picking(lua_State* lua)
{
    auto& call = call_of(lua);
    if (call.list == nullptr) luaL_error(lua, "there is nothing to pick for outside of pick()");
    return call;
}

void check_call(lua_State* lua, const Call& call, std::uint64_t made_in)
{
    if (made_in != call.count.number) luaL_error(lua, "this is of an earlier call: what a call is given is good until it returns");
}

void push_functions(lua_State* lua, Call& call, const luaL_Reg* functions)
{
    lua_newtable(lua);
    lua_pushlightuserdata(lua, &call);
    luaL_setfuncs(lua, functions, 1);
}

void keep_metatable(lua_State* lua, const char* place)
{
    lua_pushcfunction(lua, refuse_write);
    lua_setfield(lua, -2, "__newindex");
    lua_pushboolean(lua, 0);
    lua_setfield(lua, -2, "__metatable");
    lua_rawsetp(lua, LUA_REGISTRYINDEX, place);
}

} // namespace shoal::picker_lua
