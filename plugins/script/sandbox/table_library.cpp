// table.*: these loop inside C, where no hook counts. They take tables without metamethods for reading, writing and length, whose
// size bounds the loop, and are paid for before they begin.
#include "sandbox.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace shoal::sandbox {
namespace {

constexpr lua_Integer most_moved = 1'000'000;
constexpr lua_Integer most_sorted = 100'000;

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

// What is beyond the end is nil, and handed over like the rest.
int unpack(lua_State* lua)
{
    check_plain(lua, 1);
    const lua_Integer first = luaL_optinteger(lua, 2, 1);
    const lua_Integer last = luaL_optinteger(lua, 3, static_cast<lua_Integer>(lua_rawlen(lua, 1)));
    const auto count = last < first ? 0 : static_cast<lua_Unsigned>(last) - static_cast<lua_Unsigned>(first);
    Sandbox::of(lua).spend(lua, static_cast<std::int64_t>(std::min<lua_Unsigned>(count, most_moved) / 4)); // Lua refuses more
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

// ---- sort: by merging. It keeps the order of what is equal, needs no order that makes sense, and asks no clock as Lua's does.

constexpr int list = 1, decide = 2, scratch = 3;

std::string_view plain_text(lua_State* lua, int index)
{
    std::size_t size = 0;
    const char* text = lua_tolstring(lua, index, &size);
    return {text, size};
}

// Is what lies at `a` of the table at `from` less than what lies at `b`?
bool is_less(lua_State* lua, int from, lua_Integer a, lua_Integer b)
{
    lua_rawgeti(lua, from, a);
    lua_rawgeti(lua, from, b);
    std::int64_t cost = 8;
    for (int i = -2; i <= -1; ++i) {
        if (lua_type(lua, i) == LUA_TSTRING) cost += static_cast<std::int64_t>(lua_rawlen(lua, i) / 16);
    }
    Sandbox::of(lua).spend(lua, cost);
    bool less = false;
    if (lua_isnil(lua, decide) && lua_type(lua, -2) == LUA_TSTRING && lua_type(lua, -1) == LUA_TSTRING) {
        less = plain_text(lua, -2) < plain_text(lua, -1); // Lua's own goes from one zero octet to the next, which costs more than was paid
    } else if (lua_isnil(lua, decide)) {
        less = lua_compare(lua, -2, -1, LUA_OPLT) != 0;
    } else {
        lua_pushvalue(lua, decide);
        lua_insert(lua, -3);
        lua_call(lua, 2, 1);
        less = lua_toboolean(lua, -1) != 0;
    }
    lua_settop(lua, scratch);
    return less;
}

void copy_element(lua_State* lua, int from, lua_Integer at, int to, lua_Integer place)
{
    lua_rawgeti(lua, from, at);
    lua_rawseti(lua, to, place);
}

// Two neighbours in order, [first, middle) and [middle, end), become one at the same place of `to`.
void merge(lua_State* lua, int from, int to, lua_Integer first, lua_Integer middle, lua_Integer end)
{
    auto left = first;
    auto right = middle;
    for (auto place = first; place < end; ++place) {
        const bool takes_right = right < end && (left >= middle || is_less(lua, from, right, left));
        copy_element(lua, from, takes_right ? right++ : left++, to, place);
    }
}

int sort(lua_State* lua)
{
    check_plain(lua, list);
    const auto size = static_cast<lua_Integer>(lua_rawlen(lua, list));
    luaL_argcheck(lua, size <= most_sorted, list, "too many elements to sort");
    if (!lua_isnoneornil(lua, decide)) luaL_checktype(lua, decide, LUA_TFUNCTION);
    lua_settop(lua, decide);
    lua_createtable(lua, static_cast<int>(size), 0);
    int from = list;
    int to = scratch;
    for (lua_Integer width = 1; width < size; width *= 2) {
        for (lua_Integer first = 1; first <= size; first += 2 * width) {
            merge(lua, from, to, first, std::min(first + width, size + 1), std::min(first + 2 * width, size + 1));
        }
        std::swap(from, to);
    }
    for (lua_Integer at = 1; from == scratch && at <= size; ++at) copy_element(lua, scratch, at, list, at);
    return 0;
}

} // namespace

void open_tables(lua_State* lua)
{
    luaL_requiref(lua, LUA_TABLIBNAME, luaopen_table, 0);
    keep_only(lua, {"concat", "insert", "move", "pack", "remove", "sort", "unpack"});
    for (const auto* name : {"concat", "insert", "remove"}) rewrite(lua, name, by_size);
    rewrite(lua, "unpack", unpack);
    rewrite(lua, "move", move);
    lua_pushcfunction(lua, sort);
    lua_setfield(lua, -2, "sort");
    lua_setglobal(lua, "table");
}

} // namespace shoal::sandbox
