#include "pick_out.hpp"

#include "sandbox/sandbox.hpp"

#include <algorithm>
#include <string_view>

namespace shoal::picker_lua {
namespace {

// Its address is the place of `out` in the registry, and that of its metatable before.
constexpr char outs = 'o';

struct Remark {
    std::int32_t score;
    std::uint16_t reason;
};

Remark remark_from(lua_State* lua, int index)
{
    const auto score = std::clamp<lua_Number>(luaL_optnumber(lua, index, 0), -2147483647, 2147483647);
    const lua_Integer reason = luaL_optinteger(lua, index + 1, 0);
    luaL_argcheck(lua, score == score, index, "a score is a number");
    luaL_argcheck(lua, reason >= 0 && reason <= 65535, index + 1, "a reason is a number from 0 to 65535");
    return {static_cast<std::int32_t>(score), static_cast<std::uint16_t>(reason)};
}

// out:add(piece, block [, score [, reason]])
int add_block(lua_State* lua)
{
    auto& call = picking(lua);
    const auto piece = number_argument(lua, 2, call.swarm->piece_count(), "piece");
    const auto block = number_argument(lua, 3, call.swarm->block_count(piece), "block");
    const auto remark = remark_from(lua, 4);
    call.list->add(piece, block, remark.reason, remark.score);
    lua_pushboolean(lua, call.list->room() > 0);
    return 1;
}

// What may be asked of the peer of that piece and nobody was asked for yet. False: one that would have to be opened may not be.
bool add_all(Call& call, std::uint32_t piece, Remark remark)
{
    const auto& swarm = *call.swarm;
    const auto is_it = [&](const shoal_pick& pick) { return pick.piece == piece; };
    if (!call.request->peer_pieces().test(piece) || std::ranges::any_of(call.list->picks(), is_it)) return true;
    if (swarm.is_openable(piece)) {
        if (call.may_open == 0) return false;
        --call.may_open;
        call.list->add_piece(piece, swarm.block_count(piece), remark.reason, remark.score);
    } else if (swarm.state()[piece] == SHOAL_PIECE_PARTIAL && swarm.priority()[piece] != 0) {
        const auto open = std::ranges::find(swarm.partials(), piece, &shoal_partial::piece);
        if (open != swarm.partials().end()) call.list->add_unrequested(*open, remark.reason, remark.score);
    }
    return true;
}

// out:add_piece(piece [, score [, reason]]): false when there is no sense in trying another.
int add_piece(lua_State* lua)
{
    auto& call = picking(lua);
    const auto piece = number_argument(lua, 2, call.swarm->piece_count(), "piece");
    const bool may_go_on = add_all(call, piece, remark_from(lua, 3));
    sandbox::Sandbox::of(lua).spend(lua, (call.list->size() + static_cast<std::int64_t>(call.swarm->partials().size())) / 8);
    lua_pushboolean(lua, may_go_on && call.list->room() > 0);
    return 1;
}

// Upvalue 2: what it can do.
int out_field(lua_State* lua)
{
    const std::string_view name = luaL_checkstring(lua, 2);
    if (name == "room") {
        lua_pushinteger(lua, picking(lua).list->room());
        return 1;
    }
    lua_pushvalue(lua, 2);
    lua_rawget(lua, lua_upvalueindex(2));
    return 1;
}

int out_length(lua_State* lua)
{
    lua_pushinteger(lua, picking(lua).list->size());
    return 1;
}

} // namespace

void open_pick_out(lua_State* lua, Call& call)
{
    static constexpr luaL_Reg actions[] = {{"add", add_block}, {"add_piece", add_piece}, {nullptr, nullptr}};
    static constexpr luaL_Reg own[] = {{"__len", out_length}, {nullptr, nullptr}};
    lua_newtable(lua);
    push_functions(lua, call, own);
    lua_pushlightuserdata(lua, &call);
    push_functions(lua, call, actions);
    lua_pushcclosure(lua, out_field, 2);
    lua_setfield(lua, -2, "__index");
    lua_pushvalue(lua, -1);
    keep_metatable(lua, &outs);
    lua_setmetatable(lua, -2);
    lua_rawsetp(lua, LUA_REGISTRYINDEX, &outs);
}

void push_out(lua_State* lua) { lua_rawgetp(lua, LUA_REGISTRYINDEX, &outs); }

} // namespace shoal::picker_lua
