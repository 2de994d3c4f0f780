#include "pick_lists.hpp"

#include <string_view>

namespace shoal::picker_lua {
namespace {

// Their addresses are the metatables' places in the registry.
constexpr char lists = 'l', partials = 'p';

struct Lent {
    enum class What : std::uint8_t { partials, outstanding, partial };

    What what;
    std::uint32_t index; // of a partial
    std::uint64_t call;
};

const Lent& own_lent(lua_State* lua, const Call& call)
{
    const auto& lent = *static_cast<const Lent*>(lua_touserdata(lua, 1));
    check_call(lua, call, lent.call);
    return lent;
}

void push_lent(lua_State* lua, const Call& call, Lent::What what, std::uint32_t index = 0)
{
    *static_cast<Lent*>(lua_newuserdatauv(lua, sizeof(Lent), 0)) = {what, index, call.count.number};
    lua_rawgetp(lua, LUA_REGISTRYINDEX, what == Lent::What::partial ? &partials : &lists);
    lua_setmetatable(lua, -2);
}

std::uint32_t length_of(const Call& call, const Lent& list)
{
    return static_cast<std::uint32_t>(list.what == Lent::What::partials ? call.swarm->partials().size()
                                                                        : call.request->outstanding().size());
}

int list_length(lua_State* lua)
{
    const auto& call = call_of(lua);
    lua_pushinteger(lua, length_of(call, own_lent(lua, call)));
    return 1;
}

int list_element(lua_State* lua)
{
    const auto& call = call_of(lua);
    const auto& list = own_lent(lua, call);
    const lua_Integer place = luaL_checkinteger(lua, 2);
    if (place < 1 || place > length_of(call, list)) {
        lua_pushnil(lua);
        return 1;
    }
    const auto index = static_cast<std::uint32_t>(place - 1);
    if (list.what == Lent::What::partials) {
        push_lent(lua, call, Lent::What::partial, index);
        return 1;
    }
    lua_createtable(lua, 0, 2);
    lua_pushinteger(lua, call.request->outstanding()[index].piece);
    lua_setfield(lua, -2, "piece");
    lua_pushinteger(lua, call.request->outstanding()[index].block);
    lua_setfield(lua, -2, "block");
    return 1;
}

int next_element(lua_State* lua)
{
    const lua_Integer place = luaL_checkinteger(lua, 2) + 1;
    lua_pushinteger(lua, place);
    lua_pushinteger(lua, place);
    if (lua_gettable(lua, 1) == LUA_TNIL) return 1;
    return 2;
}

int list_pairs(lua_State* lua)
{
    lua_pushcfunction(lua, next_element);
    lua_pushvalue(lua, 1);
    lua_pushinteger(lua, 0);
    return 3;
}

int partial_field(lua_State* lua)
{
    const auto& call = call_of(lua);
    const auto& partial = call.swarm->partials()[own_lent(lua, call).index];
    const std::string_view name = luaL_checkstring(lua, 2);
    if (name == "piece") lua_pushinteger(lua, partial.piece);
    else if (name == "blocks") lua_pushinteger(lua, partial.block_count);
    else if (name == "unrequested") lua_pushinteger(lua, partial.unrequested);
    else if (name == "requested") push_view(lua, PieceView::Values::bits, partial.requested, partial.block_count, call.count);
    else if (name == "received") push_view(lua, PieceView::Values::bits, partial.received, partial.block_count, call.count);
    else lua_pushnil(lua);
    return 1;
}

} // namespace

void open_pick_lists(lua_State* lua, Call& call)
{
    static constexpr luaL_Reg list[] = {
        {"__index", list_element}, {"__len", list_length}, {"__pairs", list_pairs}, {nullptr, nullptr}};
    static constexpr luaL_Reg partial[] = {{"__index", partial_field}, {nullptr, nullptr}};
    push_functions(lua, call, list);
    keep_metatable(lua, &lists);
    push_functions(lua, call, partial);
    keep_metatable(lua, &partials);
}

void push_partials(lua_State* lua, const Call& call) { push_lent(lua, call, Lent::What::partials); }

void push_outstanding(lua_State* lua, const Call& call) { push_lent(lua, call, Lent::What::outstanding); }

} // namespace shoal::picker_lua
