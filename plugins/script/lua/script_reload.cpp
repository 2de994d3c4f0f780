// What a version of a script leaves to the next, and how it leaves.
#include "json.hpp"
#include "script.hpp"
#include "values.hpp"

#include <utility>

namespace shoal::script_lua {
namespace {

constexpr std::size_t most_state = 1u << 20; // octets, as JSON

} // namespace

// What it has begun, and what it was told before, comes to its end; it hears nothing more, and no timer goes off.
void Script::leave()
{
    is_leaving_ = true;
    timers_ = Timers(settings_.most_timers);
}

Result<Value> Script::state()
{
    Result<Value> state = Value{};
    const auto read = sandbox_->protect([&](lua_State* lua) {
        lua_getfield(lua, LUA_REGISTRYINDEX, api_place);
        lua_pushliteral(lua, "state");
        lua_rawget(lua, -2);
        state = lua_istable(lua, -1) ? value_at(lua, -1) : make_error(Errc::invalid_argument, "it is no table");
    });
    if (!read) return read.error();
    if (state && to_json(*state).size() > most_state) return make_error(Errc::limit_exceeded, "it has more than 1 MiB");
    return state;
}

void Script::set_on_reload(lua_State* lua)
{
    if (on_reload_ != 0) luaL_unref(lua, LUA_REGISTRYINDEX, on_reload_);
    on_reload_ = luaL_ref(lua, LUA_REGISTRYINDEX);
}

// Before everything that it is told.
void Script::reload(const Result<Value>& state)
{
    if (on_reload_ == 0) return;
    if (!state) say(LogLevel::warning, "on_reload gets nil, for shoal.state of the version before cannot be passed on: " + state.error().text);
    Value::Map told;
    if (state) told.set("state", *state);
    queue_.push_front({.handler = "on_reload", .call = Call::reload, .payload = std::make_shared<const Value::Map>(std::move(told))});
}

} // namespace shoal::script_lua
