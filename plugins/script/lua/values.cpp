#include "values.hpp"

#include <shoal/utf8.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace shoal::script_lua {
namespace {

constexpr const char* list_mark = "shoal.list";
constexpr const char* error_mark = "shoal.error";
constexpr int deepest_table = 60;
constexpr std::size_t most_parts = 90'000;
constexpr std::size_t most_octets = 1u << 20; // a table may hold one text a million times

int error_text(lua_State* lua)
{
    lua_getfield(lua, 1, "message");
    return 1;
}

int joined_error(lua_State* lua)
{
    luaL_tolstring(lua, 1, nullptr);
    luaL_tolstring(lua, 2, nullptr);
    lua_concat(lua, 2);
    return 1;
}

Error no_value(std::string what) { return make_error(Errc::invalid_argument, std::move(what)); }

class Reader {
public:
    explicit Reader(lua_State* lua) : lua_(lua) {}

    Result<Value> read(int index, int depth)
    {
        if (depth > deepest_table || !lua_checkstack(lua_, 8)) return no_value("a table is nested too deeply, or in itself");
        if (++parts_ > most_parts) return no_value("a table has too many parts");
        switch (lua_type(lua_, index)) {
        case LUA_TNIL: return Value{};
        case LUA_TBOOLEAN: return Value(lua_toboolean(lua_, index) != 0);
        case LUA_TNUMBER:
            if (lua_isinteger(lua_, index) != 0) return Value(static_cast<std::int64_t>(lua_tointeger(lua_, index)));
            return Value(static_cast<double>(lua_tonumber(lua_, index)));
        case LUA_TSTRING:
            if (!has_room_for(index)) return too_much_text();
            return text(index);
        case LUA_TLIGHTUSERDATA: return Value{}; // shoal.null
        case LUA_TTABLE: return is_list(index) ? list(index, depth) : map(index, depth);
        default: return no_value(std::string("a ") + luaL_typename(lua_, index) + " is no value that can be passed on");
        }
    }

private:
    static Error too_much_text() { return no_value("a value has more than 1 MiB of text"); }

    // Before the text is copied: a table of many references to a long one is small in Lua.
    bool has_room_for(int index)
    {
        octets_ += lua_rawlen(lua_, index);
        return octets_ <= most_octets;
    }

    Value text(int index)
    {
        std::size_t size = 0;
        const char* data = lua_tolstring(lua_, index, &size);
        const std::string_view view(data, size);
        if (is_valid_utf8(view)) return Value(view);
        const auto octets = as_bytes(view);
        return Value(Bytes(octets.begin(), octets.end()));
    }

    // An empty table that nobody marked is a map: that is what arguments are.
    bool is_list(int index)
    {
        if (lua_getmetatable(lua_, index) != 0) {
            luaL_getmetatable(lua_, list_mark);
            const bool is_marked = lua_rawequal(lua_, -1, -2) != 0;
            lua_pop(lua_, 2);
            if (is_marked) return true;
        }
        if (lua_rawlen(lua_, index) == 0) return false;
        lua_rawgeti(lua_, index, 1);
        const bool has_first = !lua_isnil(lua_, -1);
        lua_pop(lua_, 1);
        return has_first;
    }

    bool has_other_keys(int index, lua_Integer count)
    {
        lua_pushnil(lua_);
        while (lua_next(lua_, index) != 0) {
            lua_pop(lua_, 1);
            const bool is_place = lua_isinteger(lua_, -1) != 0 && lua_tointeger(lua_, -1) >= 1 && lua_tointeger(lua_, -1) <= count;
            if (is_place) continue;
            lua_pop(lua_, 1);
            return true;
        }
        return false;
    }

    Result<Value> list(int index, int depth)
    {
        Value::List items;
        const auto count = static_cast<lua_Integer>(lua_rawlen(lua_, index));
        if (static_cast<std::size_t>(count) > most_parts) return no_value("a table has too many parts");
        if (has_other_keys(index, count)) return no_value("a table is a list and a map at once: it has keys beside those from 1 on");
        for (lua_Integer i = 1; i <= count; ++i) {
            lua_rawgeti(lua_, index, i);
            auto item = read(lua_gettop(lua_), depth + 1);
            lua_pop(lua_, 1);
            if (!item) return item.error();
            items.push_back(std::move(*item));
        }
        return Value(std::move(items));
    }

    // In the order of the keys: that of a Lua table depends on where it lies in memory.
    Result<Value> map(int index, int depth)
    {
        std::vector<std::pair<std::string, Value>> entries;
        lua_pushnil(lua_);
        while (lua_next(lua_, index) != 0) {
            if (lua_type(lua_, -2) != LUA_TSTRING) {
                const bool is_number = lua_type(lua_, -2) == LUA_TNUMBER;
                lua_pop(lua_, 2);
                return no_value(is_number ? "a table is neither a list from 1 on nor a map: it has a number as a key"
                                          : "the keys of a map have to be texts");
            }
            if (!has_room_for(-2)) {
                lua_pop(lua_, 2);
                return too_much_text();
            }
            std::size_t size = 0;
            const char* name = lua_tolstring(lua_, -2, &size);
            std::string key(name, size);
            auto value = read(lua_gettop(lua_), depth + 1);
            lua_pop(lua_, 1);
            if (!value || !is_valid_utf8(key)) {
                lua_pop(lua_, 1);
                return value ? no_value("the key of a map is no UTF-8") : value.error();
            }
            entries.emplace_back(std::move(key), std::move(*value));
        }
        std::ranges::sort(entries, {}, &std::pair<std::string, Value>::first);
        Value::Map all;
        for (auto& [key, value] : entries) all.append(std::move(key), std::move(value));
        return Value(std::move(all));
    }

    lua_State* lua_;
    std::size_t parts_ = 0;
    std::size_t octets_ = 0;
};

void push_map(lua_State* lua, const Value::Map& map)
{
    lua_createtable(lua, 0, static_cast<int>(map.size()));
    for (std::size_t i = 0; i < map.size(); ++i) {
        if (map.values()[i].is_null()) continue;
        lua_pushlstring(lua, map.keys()[i].data(), map.keys()[i].size());
        push_value(lua, map.values()[i]);
        lua_rawset(lua, -3);
    }
}

void push_list(lua_State* lua, const Value::List& list)
{
    lua_createtable(lua, static_cast<int>(list.size()), 0);
    for (std::size_t i = 0; i < list.size(); ++i) {
        if (list[i].is_null()) lua_pushlightuserdata(lua, nullptr);
        else push_value(lua, list[i]);
        lua_rawseti(lua, -2, static_cast<lua_Integer>(i) + 1);
    }
    mark_list(lua);
}

} // namespace

void open_values(lua_State* lua)
{
    luaL_newmetatable(lua, list_mark);
    lua_pushboolean(lua, 0);
    lua_setfield(lua, -2, "__metatable");
    luaL_newmetatable(lua, error_mark);
    static constexpr luaL_Reg methods[] = {{"__tostring", error_text}, {"__concat", joined_error}, {nullptr, nullptr}};
    luaL_setfuncs(lua, methods, 0);
    lua_pop(lua, 2);
}

void mark_list(lua_State* lua) { luaL_setmetatable(lua, list_mark); }

void push_value(lua_State* lua, const Value& value)
{
    luaL_checkstack(lua, 8, "a value is nested too deeply");
    if (const auto* flag = value.as_bool()) lua_pushboolean(lua, *flag ? 1 : 0);
    else if (const auto* integer = value.as_integer()) lua_pushinteger(lua, *integer);
    else if (const auto* real = value.as_real()) lua_pushnumber(lua, *real);
    else if (const auto* text = value.as_text()) lua_pushlstring(lua, text->data(), text->size());
    else if (const auto* bytes = value.as_bytes()) lua_pushlstring(lua, as_text(*bytes).data(), bytes->size());
    else if (const auto* list = value.as_list()) push_list(lua, *list);
    else if (const auto* map = value.as_map()) push_map(lua, *map);
    else lua_pushnil(lua);
}

Result<Value> value_at(lua_State* lua, int index) { return Reader(lua).read(lua_absindex(lua, index), 0); }

void push_error(lua_State* lua, const Error& error)
{
    lua_createtable(lua, 0, 2);
    const auto code = errc_name(error.code);
    lua_pushlstring(lua, code.data(), code.size());
    lua_setfield(lua, -2, "code");
    lua_pushlstring(lua, error.text.data(), error.text.size());
    lua_setfield(lua, -2, "message");
    luaL_setmetatable(lua, error_mark);
}

} // namespace shoal::script_lua
