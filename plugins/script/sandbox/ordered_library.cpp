// What lets two runs of a script differ although they are given the same: the order of pairs() and next(), which in Lua hangs on
// addresses and on a seed, and addresses that can be seen. Here keys come in order, numbers, then texts, then false and true, and
// things have no addresses. The tables' sort is stable for the same reason.
#include "sandbox.hpp"

#include <algorithm>
#include <tuple>
#include <vector>

namespace shoal::sandbox {
namespace {

constexpr std::int64_t cost_of_a_key = 8;

struct Key {
    int type = LUA_TNIL;
    lua_Number number = 0; // an integer's, too, as near as can be
    bool is_float = false;
    lua_Integer integer = 0; // or a boolean
    std::string_view text;   // somebody holds on to the key: a weak table may lose it meanwhile

    auto order() const { return std::tuple(type == LUA_TNUMBER ? 0 : type == LUA_TSTRING ? 1 : 2, number, is_float, integer, text); }
};

Key key_at(lua_State* lua, int index)
{
    Key key;
    key.type = lua_type(lua, index);
    if (key.type == LUA_TNUMBER) {
        key.number = lua_tonumber(lua, index);
        key.is_float = lua_isinteger(lua, index) == 0;
        if (!key.is_float) key.integer = lua_tointeger(lua, index);
    } else if (key.type == LUA_TSTRING) {
        std::size_t size = 0;
        const char* text = lua_tolstring(lua, index, &size);
        key.text = {text, size};
    } else if (key.type == LUA_TBOOLEAN) {
        key.integer = lua_toboolean(lua, index);
    } else {
        luaL_error(lua, "a key is a %s: it has no place in an order", luaL_typename(lua, index));
    }
    return key;
}

void push_key(lua_State* lua, const Key& key)
{
    if (key.type == LUA_TSTRING) lua_pushlstring(lua, key.text.data(), key.text.size());
    else if (key.type == LUA_TBOOLEAN) lua_pushboolean(lua, static_cast<int>(key.integer));
    else if (key.is_float) lua_pushnumber(lua, key.number);
    else lua_pushinteger(lua, key.integer);
}

// Of the table at 1. A walk over it is paid for as it goes.
template <class Visit>
void for_each_key(lua_State* lua, Visit&& visit)
{
    lua_pushnil(lua);
    while (lua_next(lua, 1) != 0) {
        Sandbox::of(lua).spend(lua, cost_of_a_key);
        lua_pop(lua, 1);
        visit(key_at(lua, -1));
    }
}

// Upvalues: the keys in order, how many of them have been given.
int next_in_order(lua_State* lua)
{
    luaL_checktype(lua, 1, LUA_TTABLE);
    for (auto at = lua_tointeger(lua, lua_upvalueindex(2)) + 1;; ++at) {
        lua_pushinteger(lua, at);
        lua_replace(lua, lua_upvalueindex(2));
        lua_settop(lua, 1);
        if (lua_rawgeti(lua, lua_upvalueindex(1), at) == LUA_TNIL) return 1;
        lua_pushvalue(lua, -1);
        if (lua_rawget(lua, 1) != LUA_TNIL) return 2; // it may have been taken out by now
    }
}

int ordered_pairs(lua_State* lua)
{
    luaL_checkany(lua, 1);
    lua_settop(lua, 1);
    if (luaL_getmetafield(lua, 1, "__pairs") != LUA_TNIL) {
        lua_pushvalue(lua, 1);
        lua_call(lua, 1, 3);
        return 3;
    }
    luaL_checktype(lua, 1, LUA_TTABLE);
    std::vector<Key> keys;
    lua_newtable(lua); // at 2: holds on to them
    for_each_key(lua, [&](const Key& key) {
        keys.push_back(key);
        lua_pushvalue(lua, -1);
        lua_rawseti(lua, 2, static_cast<lua_Integer>(keys.size()));
    });
    std::ranges::sort(keys, {}, &Key::order);
    lua_createtable(lua, static_cast<int>(keys.size()), 0);
    for (std::size_t i = 0; i < keys.size(); ++i) {
        push_key(lua, keys[i]);
        lua_rawseti(lua, 3, static_cast<lua_Integer>(i) + 1);
    }
    lua_pushinteger(lua, 0);
    lua_pushcclosure(lua, next_in_order, 2);
    lua_pushvalue(lua, 1);
    lua_pushnil(lua);
    return 3;
}

// The least key of all, or of those above the given one.
int ordered_next(lua_State* lua)
{
    luaL_checktype(lua, 1, LUA_TTABLE);
    lua_settop(lua, 3); // at 3: the least so far
    const bool has_begun = !lua_isnil(lua, 2);
    const Key given = has_begun ? key_at(lua, 2) : Key{};
    Key least;
    for_each_key(lua, [&](const Key& key) {
        if (has_begun && key.order() <= given.order()) return;
        if (least.type != LUA_TNIL && key.order() >= least.order()) return;
        least = key;
        lua_pushvalue(lua, -1);
        lua_replace(lua, 3);
    });
    if (least.type == LUA_TNIL) {
        lua_pushnil(lua);
        return 1;
    }
    lua_pushvalue(lua, 3);
    lua_pushvalue(lua, -1);
    lua_rawget(lua, 1);
    return 2;
}

// The upvalue is Lua's own, for tables; what is lent by the host knows itself where it begins.
int ordered_ipairs(lua_State* lua)
{
    if (lua_type(lua, 1) == LUA_TUSERDATA) return ordered_pairs(lua);
    return lua_tocfunction(lua, lua_upvalueindex(1))(lua);
}

// ---- no addresses -------------------------------------------------------------------------------------------------

bool shows_address(lua_State* lua, int index)
{
    const int type = lua_type(lua, index);
    if (type != LUA_TTABLE && type != LUA_TFUNCTION && type != LUA_TUSERDATA && type != LUA_TTHREAD) return false;
    if (luaL_getmetafield(lua, index, "__tostring") == LUA_TNIL) return true;
    lua_pop(lua, 1);
    return false;
}

int plain_tostring(lua_State* lua)
{
    luaL_checkany(lua, 1);
    if (shows_address(lua, 1)) lua_pushstring(lua, luaL_typename(lua, 1));
    else luaL_tolstring(lua, 1, nullptr);
    return 1;
}

bool asks_for_address(std::string_view format)
{
    for (auto at = format.find('%'); at != format.npos; at = format.find('%', at + 1)) {
        at = format.find_first_not_of("-+ #0123456789.", at + 1);
        if (at == format.npos) return false;
        if (format[at] == 'p') return true;
    }
    return false;
}

// The upvalue is the sandbox's.
int plain_format(lua_State* lua)
{
    std::size_t size = 0;
    const char* format = luaL_checklstring(lua, 1, &size);
    luaL_argcheck(lua, !asks_for_address({format, size}), 1, "there is no %p here");
    for (int i = 2; i <= lua_gettop(lua); ++i) {
        if (!shows_address(lua, i)) continue;
        lua_pushstring(lua, luaL_typename(lua, i));
        lua_replace(lua, i);
    }
    lua_pushvalue(lua, lua_upvalueindex(1));
    lua_insert(lua, 1);
    lua_call(lua, lua_gettop(lua) - 1, 1);
    return 1;
}

} // namespace

void open_ordered(lua_State* lua)
{
    static constexpr luaL_Reg own[] = {
        {"pairs", ordered_pairs}, {"next", ordered_next}, {"tostring", plain_tostring}, {nullptr, nullptr}};
    lua_pushglobaltable(lua);
    luaL_setfuncs(lua, own, 0);
    lua_getfield(lua, -1, "ipairs");
    lua_pushcclosure(lua, ordered_ipairs, 1);
    lua_setfield(lua, -2, "ipairs");
    lua_pushnil(lua);
    lua_setfield(lua, -2, "collectgarbage");
    lua_getfield(lua, -1, "string");
    lua_getfield(lua, -1, "format");
    lua_pushcclosure(lua, plain_format, 1);
    lua_setfield(lua, -2, "format");
    lua_pop(lua, 2);
}

} // namespace shoal::sandbox
