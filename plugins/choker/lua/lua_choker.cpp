#include "lua_choker.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace shoal::choker_lua {
namespace {

// Its address is the place of `out` in the registry.
constexpr char outs = 'o';

double to_seconds(std::uint64_t nanoseconds) { return static_cast<double>(nanoseconds) * 1e-9; }

void set(lua_State* lua, const char* name, std::uint64_t number)
{
    lua_pushinteger(lua, static_cast<lua_Integer>(std::min<std::uint64_t>(number, INT64_MAX)));
    lua_setfield(lua, -2, name);
}

void set_time(lua_State* lua, const char* name, std::uint64_t nanoseconds)
{
    lua_pushnumber(lua, to_seconds(nanoseconds));
    lua_setfield(lua, -2, name);
}

void set_flag(lua_State* lua, const char* name, bool flag)
{
    lua_pushboolean(lua, flag);
    lua_setfield(lua, -2, name);
}

void push_peer(lua_State* lua, const shoal_choker_peer& peer)
{
    lua_createtable(lua, 0, 13);
    lua_pushinteger(lua, static_cast<lua_Integer>(peer.peer)); // a handle: all its bits count
    lua_setfield(lua, -2, "peer");
    set_flag(lua, "is_interested", (peer.flags & SHOAL_CHOKER_PEER_INTERESTED) != 0);
    set_flag(lua, "is_unchoked", (peer.flags & SHOAL_CHOKER_PEER_UNCHOKED) != 0);
    set_flag(lua, "is_snubbed", (peer.flags & SHOAL_CHOKER_PEER_SNUBBED) != 0);
    set_flag(lua, "is_seed", (peer.flags & SHOAL_CHOKER_PEER_SEED) != 0);
    set(lua, "marks", peer.marks);
    set(lua, "download_rate", peer.download_rate);
    set(lua, "upload_rate", peer.upload_rate);
    set(lua, "downloaded", peer.downloaded);
    set(lua, "uploaded", peer.uploaded);
    set_time(lua, "connected_at", peer.connected_at_ns);
    if (peer.unchoked_at_ns != 0) set_time(lua, "unchoked_at", peer.unchoked_at_ns);
}

void push_view(lua_State* lua, const ChokerView& view)
{
    lua_createtable(lua, 0, 6);
    set_flag(lua, "is_seeding", view.is_seeding());
    set_flag(lua, "is_timer", view.is_timer());
    set(lua, "slots", view.slots());
    set_time(lua, "now", view.raw().now_ns);
    lua_createtable(lua, static_cast<int>(view.raw().peer_count), 0);
    lua_Integer place = 0;
    for (const auto& peer : view.peers()) {
        push_peer(lua, peer);
        lua_rawseti(lua, -2, ++place);
    }
    lua_setfield(lua, -2, "peers");
}

// A peer's handle, or its table.
std::uint64_t peer_argument(lua_State* lua, int index)
{
    if (lua_istable(lua, index)) {
        lua_getfield(lua, index, "peer");
        lua_replace(lua, index);
    }
    return static_cast<std::uint64_t>(luaL_checkinteger(lua, index));
}

// out:add(peer [, score [, reason]]); the upvalue says where the list is.
int add(lua_State* lua)
{
    auto* list = *static_cast<UnchokeList**>(lua_touserdata(lua, lua_upvalueindex(1)));
    if (list == nullptr) return luaL_error(lua, "there is nobody to unchoke outside of decide()");
    const auto peer = peer_argument(lua, 2);
    const auto score = std::clamp<lua_Number>(luaL_optnumber(lua, 3, 0), -2147483647, 2147483647);
    const lua_Integer reason = luaL_optinteger(lua, 4, 0);
    luaL_argcheck(lua, score == score, 3, "a score is a number");
    luaL_argcheck(lua, reason >= 0 && reason <= 65535, 4, "a reason is a number from 0 to 65535");
    list->add(peer, static_cast<std::uint16_t>(reason), static_cast<std::int32_t>(score));
    lua_pushboolean(lua, list->room() > 0);
    return 1;
}

void open_out(lua_State* lua, UnchokeList*& list)
{
    lua_newtable(lua);
    lua_pushlightuserdata(lua, &list);
    lua_pushcclosure(lua, add, 1);
    lua_setfield(lua, -2, "add");
    lua_rawsetp(lua, LUA_REGISTRYINDEX, &outs);
}

// What the function returned, if it is a list of peers.
void take_list(lua_State* lua, UnchokeList& list)
{
    if (!lua_istable(lua, -1)) return;
    const int returned = lua_gettop(lua);
    for (lua_Integer place = 1; lua_rawgeti(lua, returned, place) != LUA_TNIL; ++place) {
        if (!list.add(peer_argument(lua, lua_gettop(lua)))) return;
        lua_settop(lua, returned);
    }
}

} // namespace

LuaChoker::LuaChoker(const Source& source, sandbox::Sandbox::Clock clock, std::uint64_t seed, sandbox::PolicyScript::Say say,
                     const Budget& budget)
    : budget_(budget)
{
    auto script = sandbox::PolicyScript::load(source, std::move(clock), seed, std::move(say),
                                              [this](lua_State* lua) { open_out(lua, list_); });
    if (!script) throw std::runtime_error(script.error().text);
    script_ = std::move(*script);
    if (!script_->has("decide")) throw std::runtime_error(source.file + " has no function decide(view, out)");
}

void LuaChoker::decide(const ChokerView& view, UnchokeList& list)
{
    list_ = &list;
    const auto instructions = budget_.decide + budget_.decide_of_a_peer * view.raw().peer_count;
    const auto ran = script_->call(
        "decide", instructions,
        [&](lua_State* lua) {
            push_view(lua, view);
            lua_rawgetp(lua, LUA_REGISTRYINDEX, &outs);
            return 2;
        },
        [&](lua_State* lua) { take_list(lua, list); });
    list_ = nullptr;
    if (!ran) throw std::runtime_error(ran.error().text);
}

} // namespace shoal::choker_lua
