#include "pick_tables.hpp"

#include "sandbox/sandbox.hpp"

#include <algorithm>
#include <bit>

namespace shoal::picker_lua {
namespace {

using Values = PieceView::Values;

// Their addresses are the metatables' places in the registry.
constexpr char swarms = 's', requests = 'r';

int block_count(lua_State* lua)
{
    const auto& swarm = *asked(lua).swarm;
    lua_pushinteger(lua, swarm.block_count(number_argument(lua, 2, swarm.piece_count(), "piece")));
    return 1;
}

int is_openable(lua_State* lua)
{
    const auto& swarm = *asked(lua).swarm;
    lua_pushboolean(lua, swarm.is_openable(number_argument(lua, 2, swarm.piece_count(), "piece")));
    return 1;
}

// The first piece that the peer has, `steps` or more from `first` on in a circle; `steps` goes behind it.
std::uint32_t next_of_peer(const BitView& pieces, std::uint32_t size, std::uint32_t first, std::uint32_t& steps)
{
    while (steps < size) {
        const auto piece = first + steps < size ? first + steps : first + steps - size;
        const auto bits = pieces.words[piece / 64] >> (piece % 64);
        const auto zeros = static_cast<std::uint32_t>(std::countr_zero(bits));
        if (bits != 0 && steps + zeros < size) {
            steps += zeros + 1;
            return piece + zeros;
        }
        steps += std::min(64 - piece % 64, size - piece);
    }
    return size;
}

// Upvalues: the call, where to begin, the steps behind us, which call it was.
int next_openable(lua_State* lua)
{
    const auto& call = picking(lua);
    check_call(lua, call, static_cast<std::uint64_t>(lua_tointeger(lua, lua_upvalueindex(4))));
    const auto size = call.swarm->piece_count();
    const auto first = static_cast<std::uint32_t>(lua_tointeger(lua, lua_upvalueindex(2)));
    auto steps = static_cast<std::uint32_t>(lua_tointeger(lua, lua_upvalueindex(3)));
    const auto before = steps;
    auto piece = size;
    do piece = next_of_peer(call.request->peer_pieces(), size, first, steps);
    while (piece < size && !call.swarm->is_openable(piece));
    sandbox::Sandbox::of(lua).spend(lua, (steps - before) / 8);
    lua_pushinteger(lua, steps);
    lua_replace(lua, lua_upvalueindex(3));
    if (piece < size) lua_pushinteger(lua, piece);
    else lua_pushnil(lua);
    return 1;
}

// for piece in request:openable(from)
int openable(lua_State* lua)
{
    const auto& call = picking(lua);
    const bool is_given = !lua_isnoneornil(lua, 2);
    const auto first = is_given ? number_argument(lua, 2, call.swarm->piece_count(), "piece") : 0;
    lua_pushvalue(lua, lua_upvalueindex(1));
    lua_pushinteger(lua, first);
    lua_pushinteger(lua, 0);
    lua_pushinteger(lua, static_cast<lua_Integer>(call.count.number));
    lua_pushcclosure(lua, next_openable, 4);
    return 1;
}

// Upvalues: the call, the open pieces behind us, which call it was.
int next_open(lua_State* lua)
{
    const auto& call = picking(lua);
    check_call(lua, call, static_cast<std::uint64_t>(lua_tointeger(lua, lua_upvalueindex(3))));
    const auto partials = call.swarm->partials();
    for (auto at = static_cast<std::size_t>(lua_tointeger(lua, lua_upvalueindex(2))); at < partials.size(); ++at) {
        const auto& partial = partials[at];
        const bool is_left = partial.unrequested > 0 && call.swarm->priority()[partial.piece] != 0;
        if (!is_left || !call.request->peer_pieces().test(partial.piece)) continue;
        lua_pushinteger(lua, static_cast<lua_Integer>(at) + 1);
        lua_replace(lua, lua_upvalueindex(2));
        lua_pushinteger(lua, partial.piece);
        return 1;
    }
    lua_pushnil(lua);
    return 1;
}

// for piece in request:open()
int open(lua_State* lua)
{
    const auto& call = picking(lua);
    sandbox::Sandbox::of(lua).spend(lua, static_cast<std::int64_t>(call.swarm->partials().size()) / 4);
    lua_pushvalue(lua, lua_upvalueindex(1));
    lua_pushinteger(lua, 0);
    lua_pushinteger(lua, static_cast<lua_Integer>(call.count.number));
    lua_pushcclosure(lua, next_open, 3);
    return 1;
}

void set(lua_State* lua, const char* name, lua_Integer number)
{
    lua_pushinteger(lua, number);
    lua_setfield(lua, -2, name);
}

void set_flag(lua_State* lua, const char* name, bool flag)
{
    lua_pushboolean(lua, flag);
    lua_setfield(lua, -2, name);
}

void set_view(lua_State* lua, const char* name, const Call& call, Values values, const void* data)
{
    push_view(lua, values, data, call.swarm->piece_count(), call.count);
    lua_setfield(lua, -2, name);
}

void open_methods(lua_State* lua, Call& call, const luaL_Reg* methods, const char* place)
{
    lua_newtable(lua);
    push_functions(lua, call, methods);
    lua_setfield(lua, -2, "__index");
    keep_metatable(lua, place);
}

} // namespace

void open_pick_tables(lua_State* lua, Call& call)
{
    static constexpr luaL_Reg of_swarm[] = {{"blocks", block_count}, {"is_openable", is_openable}, {nullptr, nullptr}};
    static constexpr luaL_Reg of_request[] = {{"open", open}, {"openable", openable}, {nullptr, nullptr}};
    open_piece_views(lua);
    open_pick_lists(lua, call);
    open_pick_out(lua, call);
    open_methods(lua, call, of_swarm, &swarms);
    open_methods(lua, call, of_request, &requests);
}

void push_swarm(lua_State* lua, const Call& call)
{
    const auto& swarm = *call.swarm;
    lua_createtable(lua, 0, 12);
    set(lua, "pieces", swarm.piece_count());
    lua_pushnumber(lua, to_seconds(swarm.raw().now_ns));
    lua_setfield(lua, -2, "now");
    set(lua, "seeds", swarm.seed_count());
    set(lua, "open_allowance", swarm.open_allowance());
    set(lua, "have_count", swarm.have_count());
    set(lua, "wanted_count", swarm.wanted_count());
    set_flag(lua, "has_unrequested", swarm.has_unrequested());
    set_view(lua, "have", call, Values::bits, swarm.raw().have);
    set_view(lua, "availability", call, Values::counts, swarm.raw().availability);
    set_view(lua, "priority", call, Values::octets, swarm.raw().priority);
    set_view(lua, "state", call, Values::states, swarm.raw().state);
    push_partials(lua, call);
    lua_setfield(lua, -2, "partials");
    lua_rawgetp(lua, LUA_REGISTRYINDEX, &swarms);
    lua_setmetatable(lua, -2);
}

void push_request(lua_State* lua, const Call& call)
{
    const auto& request = *call.request;
    lua_createtable(lua, 0, 10);
    set(lua, "peer", static_cast<lua_Integer>(request.peer()));
    set(lua, "budget", call.list->room());
    set(lua, "rate", static_cast<lua_Integer>(std::min<std::uint64_t>(request.rate(), INT64_MAX)));
    set(lua, "marks", request.marks());
    set_flag(lua, "is_seed", request.is_seed());
    set_flag(lua, "is_snubbed", request.is_snubbed());
    set_flag(lua, "is_suspect", request.is_suspect());
    set_flag(lua, "is_choking", request.is_choking());
    set_view(lua, "pieces", call, Values::bits, request.peer_pieces().words);
    push_outstanding(lua, call);
    lua_setfield(lua, -2, "outstanding");
    lua_rawgetp(lua, LUA_REGISTRYINDEX, &requests);
    lua_setmetatable(lua, -2);
}

} // namespace shoal::picker_lua
