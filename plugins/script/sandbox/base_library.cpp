// The functions of Lua itself, of math and utf8 that a script may use, and those of them that would let it out rewritten: pcall and
// xpcall do not catch what stops a script, setmetatable makes no finalizers, load reads text alone.
#include "sandbox.hpp"

namespace shoal::sandbox {
namespace {

constexpr std::size_t longest_chunk = 1u << 20;
constexpr std::int64_t cost_of_an_error = 500;  // that is caught: it is an exception underneath

// ---- pcall, xpcall ------------------------------------------------------------------------------------------------

// Also the way back of one that waited: `extra` results below are not its own.
int end_pcall(lua_State* lua, int status, lua_KContext extra)
{
    Sandbox::of(lua).rethrow_if_stopped(lua);
    if (status == LUA_OK || status == LUA_YIELD) return lua_gettop(lua) - static_cast<int>(extra);
    Sandbox::of(lua).spend(lua, cost_of_an_error);
    lua_pushboolean(lua, 0);
    lua_pushvalue(lua, -2);
    return 2;
}

int pcall(lua_State* lua)
{
    luaL_checkany(lua, 1);
    lua_pushboolean(lua, 1);
    lua_insert(lua, 1);
    const int status = lua_pcallk(lua, lua_gettop(lua) - 2, LUA_MULTRET, 0, 0, end_pcall);
    return end_pcall(lua, status, 0);
}

// What stops a script is not for its handlers of errors.
int guarded_handler(lua_State* lua)
{
    if (Sandbox::of(lua).is_stopped()) return 1;
    lua_pushvalue(lua, lua_upvalueindex(1));
    lua_insert(lua, 1);
    lua_call(lua, lua_gettop(lua) - 1, 1);
    return 1;
}

int xpcall(lua_State* lua)
{
    const int arguments = lua_gettop(lua);
    luaL_checktype(lua, 2, LUA_TFUNCTION);
    lua_pushvalue(lua, 2);
    lua_pushcclosure(lua, guarded_handler, 1);
    lua_replace(lua, 2);
    lua_pushboolean(lua, 1);
    lua_pushvalue(lua, 1);
    lua_rotate(lua, 3, 2);
    const int status = lua_pcallk(lua, arguments - 2, LUA_MULTRET, 2, 2, end_pcall);
    return end_pcall(lua, status, 2);
}

// ---- the rest -----------------------------------------------------------------------------------------------------

int set_metatable(lua_State* lua)
{
    const int type = lua_type(lua, 2);
    luaL_checktype(lua, 1, LUA_TTABLE);
    luaL_argexpected(lua, type == LUA_TNIL || type == LUA_TTABLE, 2, "nil or table");
    if (luaL_getmetafield(lua, 1, "__metatable") != LUA_TNIL) return luaL_error(lua, "cannot change a protected metatable");
    if (type == LUA_TTABLE) {
        lua_pushliteral(lua, "__gc");
        if (lua_rawget(lua, 2) != LUA_TNIL) return luaL_error(lua, "there is no __gc here: nothing runs when a table is collected");
    }
    lua_settop(lua, 2);
    lua_setmetatable(lua, 1);
    return 1;
}

int load(lua_State* lua)
{
    std::size_t size = 0;
    const char* text = luaL_checklstring(lua, 1, &size);
    luaL_argcheck(lua, size <= longest_chunk, 1, "the text is too long");
    const char* name = luaL_optstring(lua, 2, text);
    const bool has_environment = !lua_isnone(lua, 4);
    if (!Sandbox::of(lua).compile(lua, {text, size}, name)) {
        lua_pushnil(lua);
        lua_insert(lua, -2);
        return 2;
    }
    if (has_environment) {
        lua_pushvalue(lua, 4);
        if (lua_setupvalue(lua, -2, 1) == nullptr) lua_pop(lua, 1);
    }
    return 1;
}

int collect_garbage(lua_State* lua)
{
    static const char* const known[] = {"count", nullptr};
    luaL_checkoption(lua, 1, "count", known);
    lua_pushnumber(lua, static_cast<lua_Number>(Sandbox::of(lua).memory_used()) / 1024);
    return 1;
}

// ---- math.random, from the host's numbers -----------------------------------------------------------------------------

int random_number(lua_State* lua)
{
    auto& random = Sandbox::of(lua).random();
    if (lua_gettop(lua) == 0) {
        lua_pushnumber(lua, static_cast<lua_Number>(random.next() >> 11) * 0x1p-53);
        return 1;
    }
    const bool has_both = lua_gettop(lua) > 1;
    const lua_Integer least = has_both ? luaL_checkinteger(lua, 1) : 1;
    const lua_Integer most = luaL_checkinteger(lua, has_both ? 2 : 1);
    luaL_argcheck(lua, least <= most, has_both ? 2 : 1, "interval is empty");
    const auto width = static_cast<lua_Unsigned>(most) - static_cast<lua_Unsigned>(least);
    const auto drawn = width == UINT64_MAX ? random.next() : random.below(width + 1);
    lua_pushinteger(lua, static_cast<lua_Integer>(static_cast<lua_Unsigned>(least) + drawn));
    return 1;
}

// A text argument is paid for before the function that is the upvalue sees it.
int charged(lua_State* lua)
{
    std::int64_t cost = 1;
    for (int i = 1; i <= lua_gettop(lua); ++i) {
        if (lua_type(lua, i) == LUA_TSTRING) cost += static_cast<std::int64_t>(lua_rawlen(lua, i) / 16);
    }
    Sandbox::of(lua).spend(lua, cost);
    return lua_tocfunction(lua, lua_upvalueindex(1))(lua);
}

// All its arguments are moved.
int select_argument(lua_State* lua)
{
    Sandbox::of(lua).spend(lua, lua_gettop(lua) / 16);
    return lua_tocfunction(lua, lua_upvalueindex(1))(lua);
}

void open_math(lua_State* lua)
{
    luaL_requiref(lua, LUA_MATHLIBNAME, luaopen_math, 0);
    keep_only(lua, {"abs",  "acos",       "asin",    "atan", "ceil", "cos",  "deg",  "exp", "floor",     "fmod", "huge", "log",
                    "max",  "maxinteger", "min",     "mininteger", "modf", "pi", "rad", "sin", "sqrt", "tan",  "tointeger",
                    "type", "ult"});
    lua_pushcfunction(lua, random_number);
    lua_setfield(lua, -2, "random");
    lua_setglobal(lua, "math");
}

void open_utf8(lua_State* lua)
{
    luaL_requiref(lua, LUA_UTF8LIBNAME, luaopen_utf8, 0);
    keep_only(lua, {"char", "charpattern", "codepoint", "codes", "len", "offset"});
    for (const auto* name : {"codepoint", "codes", "len", "offset"}) charge_for(lua, name);
    lua_setglobal(lua, "utf8");
}

} // namespace

void keep_only(lua_State* lua, std::initializer_list<const char*> names)
{
    lua_newtable(lua);
    for (const auto* name : names) {
        lua_getfield(lua, -2, name);
        lua_setfield(lua, -2, name);
    }
    lua_remove(lua, -2);
}

void rewrite(lua_State* lua, const char* name, lua_CFunction by)
{
    lua_getfield(lua, -1, name);
    lua_pushcclosure(lua, by, 1);
    lua_setfield(lua, -2, name);
}

void charge_for(lua_State* lua, const char* name) { rewrite(lua, name, charged); }

void open_base(lua_State* lua)
{
    static constexpr luaL_Reg own[] = {{"pcall", pcall},
                                       {"xpcall", xpcall},
                                       {"setmetatable", set_metatable},
                                       {"load", load},
                                       {"collectgarbage", collect_garbage},
                                       {nullptr, nullptr}};
    luaL_requiref(lua, LUA_GNAME, luaopen_base, 0); // into the first global table, which is thrown away
    keep_only(lua, {"_VERSION", "assert", "error", "getmetatable", "ipairs", "next", "pairs", "rawequal", "rawget", "rawlen",
                    "rawset", "select", "tonumber", "tostring", "type"});
    luaL_setfuncs(lua, own, 0);
    for (const auto* name : {"rawequal", "tonumber"}) charge_for(lua, name);
    rewrite(lua, "select", select_argument);
    lua_pushvalue(lua, -1);
    lua_setfield(lua, -2, "_G");
    lua_rawseti(lua, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
    open_math(lua);
    open_utf8(lua);
}

} // namespace shoal::sandbox
