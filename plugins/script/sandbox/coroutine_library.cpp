// Coroutines of a script's own. One that is resumed may come back for three reasons: it yielded to who resumed it, its slice is over,
// or it waits for an answer. In the latter two the whole handler pauses, through every coroutine in between, and later goes on where
// it was.
#include "sandbox.hpp"

#include <cstdint>

namespace shoal::sandbox {
namespace {

constexpr std::int64_t cost_of_a_switch = 250; // a coroutine's own count of instructions begins anew

lua_State* coroutine_at(lua_State* lua, int index)
{
    lua_State* coroutine = lua_tothread(lua, index);
    luaL_argexpected(lua, coroutine != nullptr, index, "coroutine");
    return coroutine;
}

lua_State* wrapped(lua_State* lua) { return lua_tothread(lua, lua_upvalueindex(1)); }

const char* why_not(lua_State* lua, lua_State* coroutine, int arguments)
{
    if (Sandbox::of(lua).waiting().contains(coroutine)) return "cannot resume a coroutine that waits for an answer";
    if (lua_status(coroutine) == LUA_OK && lua_gettop(coroutine) == 0) return "cannot resume dead coroutine";
    if (!lua_checkstack(coroutine, arguments)) return "too many arguments to resume";
    return nullptr;
}

enum class Back { results, error, paused };

// `arguments` are on top of the coroutine's stack. Results and error are moved to ours.
Back run(lua_State* lua, lua_State* coroutine, int arguments, int& count)
{
    auto& sandbox = Sandbox::of(lua);
    for (;; arguments = 0) {
        sandbox.spend(lua, cost_of_a_switch);
        sandbox.waiting().erase(coroutine);
        const bool might_wait = sandbox.set_may_wait(sandbox.may_wait() && lua_isyieldable(lua) != 0);
        sandbox.enter(coroutine);
        const int status = lua_resume(coroutine, lua, arguments, &count);
        sandbox.enter(lua);
        sandbox.set_may_wait(might_wait);
        sandbox.rethrow_if_stopped(lua);
        if (status != LUA_OK && status != LUA_YIELD) {
            lua_xmove(coroutine, lua, 1);
            return Back::error;
        }
        if (status == LUA_OK || sandbox.pause() == Sandbox::Pause::none) break;
        lua_pop(coroutine, count);
        sandbox.waiting().insert(coroutine);
        if (lua_isyieldable(lua)) return Back::paused;
        if (sandbox.pause() == Sandbox::Pause::wait) {
            sandbox.waiting().erase(coroutine);
            luaL_error(lua, "nothing can be waited for inside a function that another one calls (a comparison, a replacement)");
        }
        sandbox.set_pause(Sandbox::Pause::none); // others have to wait for their turn
    }
    if (!lua_checkstack(lua, count + 1)) {
        lua_pop(coroutine, count);
        lua_pushliteral(lua, "too many results to resume");
        return Back::error;
    }
    lua_xmove(coroutine, lua, count);
    return Back::results;
}

int go_on_resume(lua_State* lua, int, lua_KContext);

int resume_here(lua_State* lua, lua_State* coroutine, int arguments)
{
    int count = 0;
    switch (run(lua, coroutine, arguments, count)) {
    case Back::paused: return lua_yieldk(lua, 0, 0, go_on_resume);
    case Back::results:
        lua_pushboolean(lua, 1);
        lua_insert(lua, -(count + 1));
        return count + 1;
    case Back::error: break;
    }
    lua_pushboolean(lua, 0);
    lua_insert(lua, -2);
    return 2;
}

int go_on_resume(lua_State* lua, int, lua_KContext)
{
    Sandbox::of(lua).set_pause(Sandbox::Pause::none);
    return resume_here(lua, lua_tothread(lua, 1), 0);
}

int resume(lua_State* lua)
{
    lua_State* coroutine = coroutine_at(lua, 1);
    const int arguments = lua_gettop(lua) - 1;
    if (const char* why = why_not(lua, coroutine, arguments)) {
        lua_pushboolean(lua, 0);
        lua_pushstring(lua, why);
        return 2;
    }
    lua_xmove(lua, coroutine, arguments);
    return resume_here(lua, coroutine, arguments);
}

int go_on_wrapped(lua_State* lua, int, lua_KContext);

int call_here(lua_State* lua, int arguments)
{
    int count = 0;
    switch (run(lua, wrapped(lua), arguments, count)) {
    case Back::paused: return lua_yieldk(lua, 0, 0, go_on_wrapped);
    case Back::results: return count;
    case Back::error: break;
    }
    return lua_error(lua);
}

int go_on_wrapped(lua_State* lua, int, lua_KContext)
{
    Sandbox::of(lua).set_pause(Sandbox::Pause::none);
    return call_here(lua, 0);
}

int call_wrapped(lua_State* lua)
{
    const int arguments = lua_gettop(lua);
    if (const char* why = why_not(lua, wrapped(lua), arguments)) return luaL_error(lua, "%s", why);
    lua_xmove(lua, wrapped(lua), arguments);
    return call_here(lua, arguments);
}

int create(lua_State* lua)
{
    luaL_checktype(lua, 1, LUA_TFUNCTION);
    Sandbox::of(lua).spend(lua, cost_of_a_switch);
    lua_State* coroutine = lua_newthread(lua); // it inherits the hook
    Sandbox::of(lua).waiting().erase(coroutine); // another one may have been there before
    lua_pushvalue(lua, 1);
    lua_xmove(lua, coroutine, 1);
    return 1;
}

int wrap(lua_State* lua)
{
    create(lua);
    lua_pushcclosure(lua, call_wrapped, 1);
    return 1;
}

int yield(lua_State* lua)
{
    Sandbox::of(lua).set_pause(Sandbox::Pause::none);
    return lua_yield(lua, lua_gettop(lua));
}

bool is_running(lua_State* lua, lua_State* coroutine)
{
    lua_Debug frame{};
    return coroutine == lua || (lua_status(coroutine) == LUA_OK && lua_getstack(coroutine, 0, &frame) != 0);
}

// Closing one runs what it was to close: as much as others, and no longer.
int close(lua_State* lua)
{
    lua_State* coroutine = coroutine_at(lua, 1);
    if (Sandbox::of(lua).waiting().contains(coroutine)) return luaL_error(lua, "cannot close a coroutine that waits for an answer");
    if (is_running(lua, coroutine)) return luaL_error(lua, "cannot close a running coroutine");
    Sandbox::of(lua).spend(lua, cost_of_a_switch);
    const bool is_well = Sandbox::of(lua).close(lua, coroutine) == LUA_OK;
    lua_pushboolean(lua, is_well ? 1 : 0);
    if (is_well) return 1;
    lua_xmove(coroutine, lua, 1);
    return 2;
}

} // namespace

void open_coroutines(lua_State* lua)
{
    static constexpr luaL_Reg own[] = {{"create", create}, {"resume", resume}, {"wrap", wrap}, {"yield", yield}, {"close", close}, {nullptr, nullptr}};
    luaL_requiref(lua, LUA_COLIBNAME, luaopen_coroutine, 0);
    keep_only(lua, {"isyieldable", "running", "status"});
    luaL_setfuncs(lua, own, 0);
    lua_setglobal(lua, "coroutine");
}

} // namespace shoal::sandbox
