#include "piece_views.hpp"

#include "sandbox/sandbox.hpp"

#include <shoal/abi/picker.h>

#include <algorithm>
#include <cmath>

namespace shoal::picker_lua {
namespace {

using Values = PieceView::Values;

// Its address is the metatable's place in the registry.
constexpr char views = 'v';
constexpr const char* state_names[] = {"missing", "partial", "complete", "have"};
constexpr double most_rank = 9.2e18;

// Of a metamethod the first argument is a view: nobody but Lua itself can call one.
PieceView& own_view(lua_State* lua)
{
    auto& view = *static_cast<PieceView*>(lua_touserdata(lua, 1));
    if (view.call != view.calls->number) luaL_error(lua, "this is of an earlier call: what a call is given is good until it returns");
    return view;
}

double value_at(const PieceView& view, std::uint32_t piece)
{
    switch (view.values) {
    case Values::bits: return static_cast<double>(static_cast<const std::uint64_t*>(view.data)[piece / 64] >> (piece % 64) & 1);
    case Values::counts: return static_cast<const std::uint16_t*>(view.data)[piece];
    case Values::octets:
    case Values::states: return static_cast<const std::uint8_t*>(view.data)[piece];
    case Values::ranks: return static_cast<double>(static_cast<const std::int64_t*>(view.data)[piece]);
    case Values::deadlines: return to_seconds(static_cast<const std::uint64_t*>(view.data)[piece]);
    }
    return 0;
}

void push_deadline(lua_State* lua, std::uint64_t deadline)
{
    if (deadline == SHOAL_NO_DEADLINE) lua_pushnil(lua);
    else lua_pushnumber(lua, to_seconds(deadline));
}

// Upvalues: the names of the states, what ranks can do.
void push_value(lua_State* lua, const PieceView& view, std::uint32_t piece)
{
    switch (view.values) {
    case Values::bits: lua_pushboolean(lua, value_at(view, piece) != 0); break;
    case Values::counts: lua_pushinteger(lua, static_cast<const std::uint16_t*>(view.data)[piece]); break;
    case Values::octets: lua_pushinteger(lua, static_cast<const std::uint8_t*>(view.data)[piece]); break;
    case Values::states:
        lua_pushvalue(lua, lua_upvalueindex(1 + (static_cast<const std::uint8_t*>(view.data)[piece] & 3)));
        break;
    case Values::ranks: lua_pushinteger(lua, static_cast<const std::int64_t*>(view.data)[piece]); break;
    case Values::deadlines: push_deadline(lua, static_cast<const std::uint64_t*>(view.data)[piece]); break;
    }
}

int read(lua_State* lua)
{
    const auto& view = own_view(lua);
    if (view.values == Values::ranks && lua_type(lua, 2) == LUA_TSTRING) {
        lua_pushvalue(lua, 2);
        lua_rawget(lua, lua_upvalueindex(5));
        if (!lua_isnil(lua, -1)) return 1;
    }
    push_value(lua, view, number_argument(lua, 2, view.size, "piece"));
    return 1;
}

std::int64_t rank_argument(lua_State* lua, int index)
{
    if (lua_isinteger(lua, index) != 0) return lua_tointeger(lua, index);
    const double number = luaL_checknumber(lua, index);
    luaL_argcheck(lua, !std::isnan(number), index, "a rank is a number");
    return static_cast<std::int64_t>(std::clamp(number, -most_rank, most_rank));
}

std::uint64_t deadline_argument(lua_State* lua, int index)
{
    return lua_isnil(lua, index) ? SHOAL_NO_DEADLINE : to_nanoseconds(luaL_checknumber(lua, index));
}

int write(lua_State* lua)
{
    const auto& view = own_view(lua);
    const auto piece = number_argument(lua, 2, view.size, "piece");
    if (view.written == nullptr) luaL_error(lua, "this can only be read: ranks and deadlines are a script's to write");
    if (view.values == Values::ranks) static_cast<std::int64_t*>(view.written)[piece] = rank_argument(lua, 3);
    else static_cast<std::uint64_t*>(view.written)[piece] = deadline_argument(lua, 3);
    return 0;
}

int length(lua_State* lua)
{
    lua_pushinteger(lua, own_view(lua).size);
    return 1;
}

// Upvalue 1: the next piece, 2: the function that reads.
int next_piece(lua_State* lua)
{
    const auto& view = view_argument(lua, 1);
    const auto piece = lua_tointeger(lua, lua_upvalueindex(1));
    if (piece >= view.size) return 0;
    lua_pushinteger(lua, piece + 1);
    lua_replace(lua, lua_upvalueindex(1));
    lua_pushinteger(lua, piece);
    lua_pushinteger(lua, piece);
    lua_gettable(lua, 1);
    return 2;
}

int from_the_first(lua_State* lua)
{
    own_view(lua);
    lua_pushinteger(lua, 0);
    lua_pushcclosure(lua, next_piece, 1);
    lua_pushvalue(lua, 1);
    lua_pushnil(lua);
    return 3;
}

// ranks:add(view [, factor]): to each piece's rank, its value in the view times the factor. A loop that costs nothing.
int add(lua_State* lua)
{
    const auto& ranks = view_argument(lua, 1);
    const auto& view = view_argument(lua, 2);
    const double factor = luaL_optnumber(lua, 3, 1);
    luaL_argcheck(lua, ranks.values == Values::ranks, 1, "ranks are added to");
    luaL_argcheck(lua, view.size == ranks.size && view.values != Values::deadlines, 2, "a value for each piece is wanted");
    luaL_argcheck(lua, std::isfinite(factor), 3, "a factor is a finite number");
    sandbox::Sandbox::of(lua).spend(lua, ranks.size / 8);
    auto* data = static_cast<std::int64_t*>(ranks.written);
    for (std::uint32_t piece = 0; piece < ranks.size; ++piece) {
        const double sum = static_cast<double>(data[piece]) + factor * value_at(view, piece);
        data[piece] = static_cast<std::int64_t>(std::clamp(sum, -most_rank, most_rank));
    }
    return 0;
}

void push(lua_State* lua, const PieceView& view)
{
    *static_cast<PieceView*>(lua_newuserdatauv(lua, sizeof(PieceView), 0)) = view;
    lua_rawgetp(lua, LUA_REGISTRYINDEX, &views);
    lua_setmetatable(lua, -2);
}

} // namespace

double to_seconds(std::uint64_t nanoseconds) { return static_cast<double>(nanoseconds) * 1e-9; }

std::uint64_t to_nanoseconds(double seconds)
{
    if (!(seconds > 0)) return 0;
    return seconds >= 9e9 ? SHOAL_NO_DEADLINE - 1 : static_cast<std::uint64_t>(std::llround(seconds * 1e9));
}

std::uint32_t number_argument(lua_State* lua, int index, std::uint32_t size, const char* noun)
{
    int is_number = 0;
    const lua_Integer number = lua_tointegerx(lua, index, &is_number);
    if (is_number == 0) luaL_error(lua, "the number of a %s is wanted, not a %s", noun, luaL_typename(lua, index));
    if (number < 0 || number >= size) {
        luaL_error(lua, "there is no %s %I: they are numbered from 0 to %I", noun, static_cast<LUAI_UACINT>(number),
                   static_cast<LUAI_UACINT>(size) - 1);
    }
    return static_cast<std::uint32_t>(number);
}

void open_piece_views(lua_State* lua)
{
    lua_newtable(lua);
    for (const auto* name : state_names) lua_pushstring(lua, name);
    lua_newtable(lua);
    lua_pushcfunction(lua, add);
    lua_setfield(lua, -2, "add");
    lua_pushcclosure(lua, read, 5);
    lua_setfield(lua, -2, "__index");
    static constexpr luaL_Reg others[] = {
        {"__newindex", write}, {"__len", length}, {"__pairs", from_the_first}, {nullptr, nullptr}};
    luaL_setfuncs(lua, others, 0);
    lua_pushboolean(lua, 0);
    lua_setfield(lua, -2, "__metatable");
    lua_rawsetp(lua, LUA_REGISTRYINDEX, &views);
}

void push_view(lua_State* lua, Values values, const void* data, std::uint32_t size, const CallCount& calls)
{
    push(lua, {values, size, data, nullptr, &calls, calls.number});
}

void push_written_view(lua_State* lua, Values values, void* data, std::uint32_t size, const CallCount& calls)
{
    push(lua, {values, size, data, data, &calls, calls.number});
}

const PieceView& view_argument(lua_State* lua, int index)
{
    if (lua_type(lua, index) != LUA_TUSERDATA || lua_getmetatable(lua, index) == 0) luaL_argerror(lua, index, "a value for each piece is wanted");
    lua_rawgetp(lua, LUA_REGISTRYINDEX, &views);
    if (lua_rawequal(lua, -1, -2) == 0) luaL_argerror(lua, index, "a value for each piece is wanted");
    lua_pop(lua, 2);
    const auto& view = *static_cast<const PieceView*>(lua_touserdata(lua, index));
    if (view.call != view.calls->number) luaL_argerror(lua, index, "it is of an earlier call");
    return view;
}

} // namespace shoal::picker_lua
