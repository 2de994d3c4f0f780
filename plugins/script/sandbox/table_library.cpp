// table.*: these loop inside C, where no hook counts. They take tables without metamethods for reading, writing and length, whose
// size bounds the loop, and are paid for before they begin.
#include "sandbox.hpp"

#include <algorithm>
#include <bit>

namespace shoal::sandbox {
namespace {

constexpr lua_Integer most_moved = 1'000'000;
constexpr std::size_t most_sorted = 100'000;

void check_plain(lua_State* lua, int index)
{
    luaL_checktype(lua, index, LUA_TTABLE);
    for (const auto* name : {"__index", "__newindex", "__len"}) {
        if (luaL_getmetafield(lua, index, name) == LUA_TNIL) continue;
        luaL_argerror(lua, index, "a table without __index, __newindex and __len is wanted");
    }
}

// The function that is the upvalue, on a plain table, paid for by its size.
int by_size(lua_State* lua)
{
    check_plain(lua, 1);
    Sandbox::of(lua).spend(lua, static_cast<std::int64_t>(lua_rawlen(lua, 1) / 4));
    return lua_tocfunction(lua, lua_upvalueindex(1))(lua);
}

int move(lua_State* lua)
{
    check_plain(lua, 1);
    if (!lua_isnoneornil(lua, 5)) check_plain(lua, 5);
    const lua_Integer first = luaL_checkinteger(lua, 2);
    const lua_Integer last = luaL_checkinteger(lua, 3);
    if (last >= first) {
        const auto count = static_cast<lua_Unsigned>(last) - static_cast<lua_Unsigned>(first);
        luaL_argcheck(lua, count < static_cast<lua_Unsigned>(most_moved), 3, "too many elements to move");
        Sandbox::of(lua).spend(lua, static_cast<std::int64_t>(count));
    }
    return lua_tocfunction(lua, lua_upvalueindex(1))(lua);
}

// What table.sort calls for every comparison: the upvalue decides, or <.
int is_less(lua_State* lua)
{
    std::int64_t cost = 4;
    for (int i = 1; i <= 2; ++i) {
        if (lua_type(lua, i) == LUA_TSTRING) cost += static_cast<std::int64_t>(lua_rawlen(lua, i) / 16);
    }
    Sandbox::of(lua).spend(lua, cost);
    if (lua_isnil(lua, lua_upvalueindex(1))) {
        lua_pushboolean(lua, lua_compare(lua, 1, 2, LUA_OPLT));
        return 1;
    }
    lua_pushvalue(lua, lua_upvalueindex(1));
    lua_insert(lua, 1);
    lua_call(lua, 2, 1);
    return 1;
}

int sort(lua_State* lua)
{
    check_plain(lua, 1);
    luaL_argcheck(lua, lua_rawlen(lua, 1) <= most_sorted, 1, "too many elements to sort");
    if (!lua_isnoneornil(lua, 2)) luaL_checktype(lua, 2, LUA_TFUNCTION);
    lua_settop(lua, 2);
    lua_pushcclosure(lua, is_less, 1);
    return lua_tocfunction(lua, lua_upvalueindex(1))(lua);
}

void rewrite(lua_State* lua, const char* name, lua_CFunction by)
{
    lua_getfield(lua, -1, name);
    lua_pushcclosure(lua, by, 1);
    lua_setfield(lua, -2, name);
}

} // namespace

void open_tables(lua_State* lua)
{
    luaL_requiref(lua, LUA_TABLIBNAME, luaopen_table, 0);
    keep_only(lua, {"concat", "insert", "move", "pack", "remove", "sort", "unpack"});
    for (const auto* name : {"concat", "insert", "remove", "unpack"}) rewrite(lua, name, by_size);
    rewrite(lua, "move", move);
    rewrite(lua, "sort", sort);
    lua_setglobal(lua, "table");
}

} // namespace shoal::sandbox
