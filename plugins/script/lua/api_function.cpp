// The functions of the prelude, as scripts call them: a mistake in what they are given is said of the line that calls them, by the name that
// they have there, and not of a line of the prelude, which nobody who writes scripts has seen.
#include "script.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace shoal::script_lua {
namespace {

// Takes "shoal:12: " off; false: somebody else says so.
bool take_prelude_line(std::string_view& text)
{
    constexpr std::string_view mark = "shoal:";
    if (!text.starts_with(mark)) return false;
    const auto end = std::ranges::find_if_not(text.substr(mark.size()), [](char c) { return c >= '0' && c <= '9'; });
    const auto rest = text.substr(static_cast<std::size_t>(end - text.begin()));
    if (!rest.starts_with(": ")) return false;
    text = rest.substr(2);
    return true;
}

// "bad argument #4 to 'timer' (why)" speaks of a function that only the prelude knows, and of its arguments.
std::string with_public_name(std::string_view text, std::string_view name)
{
    constexpr std::string_view begin = "bad argument #";
    const auto why = text.find("' (");
    if (!text.starts_with(begin) || why == text.npos) return std::string(text);
    return "bad argument to '" + std::string(name) + std::string(text.substr(why));
}

int end_api_call(lua_State* lua, int status, lua_KContext)
{
    if (status == LUA_OK || status == LUA_YIELD) return lua_gettop(lua);
    sandbox::Sandbox::of(lua).rethrow_if_stopped(lua);
    std::size_t size = 0;
    const char* data = lua_type(lua, -1) == LUA_TSTRING ? lua_tolstring(lua, -1, &size) : "";
    std::string_view text(data, size);
    if (!take_prelude_line(text)) return lua_error(lua);
    const auto said = with_public_name(text, luaL_checkstring(lua, lua_upvalueindex(2)));
    luaL_where(lua, 1);
    lua_pushlstring(lua, said.data(), said.size());
    lua_concat(lua, 2);
    return lua_error(lua);
}

int call_api(lua_State* lua)
{
    lua_pushvalue(lua, lua_upvalueindex(1));
    lua_insert(lua, 1);
    return end_api_call(lua, lua_pcallk(lua, lua_gettop(lua) - 1, LUA_MULTRET, 0, 0, end_api_call), 0);
}

} // namespace

// api(name, function): one of C++ is called by scripts directly, and needs nothing of this
int api_function(lua_State* lua)
{
    luaL_checkstring(lua, 1);
    luaL_checktype(lua, 2, LUA_TFUNCTION);
    lua_settop(lua, 2);
    if (lua_iscfunction(lua, 2) != 0) return 1;
    lua_insert(lua, 1);
    lua_pushcclosure(lua, call_api, 2);
    return 1;
}

} // namespace shoal::script_lua
