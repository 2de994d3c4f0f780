#include "error_text.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

namespace shoal::sandbox {
namespace {

constexpr std::size_t longest_shown = 1000;
constexpr int deepest_shown = 4;

class Shown {
public:
    explicit Shown(lua_State* lua) : lua_(lua) {}

    std::string text(int index)
    {
        value(index, 0);
        if (is_cut()) out_ += "…";
        return std::move(out_);
    }

private:
    [[nodiscard]] bool is_cut() const { return out_.size() >= longest_shown; }

    void value(int index, int depth)
    {
        switch (lua_type(lua_, index)) {
        case LUA_TNIL:
        case LUA_TLIGHTUSERDATA: out_ += "null"; break;
        case LUA_TBOOLEAN: out_ += lua_toboolean(lua_, index) != 0 ? "true" : "false"; break;
        case LUA_TNUMBER:
            lua_pushvalue(lua_, index); // it becomes a text, and may be a key
            out_ += lua_tostring(lua_, -1);
            lua_pop(lua_, 1);
            break;
        case LUA_TSTRING: quote(index); break;
        case LUA_TTABLE:
            if (depth == deepest_shown || lua_checkstack(lua_, 8) == 0) out_ += "…";
            else if (lua_rawlen(lua_, index) > 0) list(index, depth);
            else map(index, depth);
            break;
        default: quote(std::string("a ") + luaL_typename(lua_, index));
        }
    }

    void quote(std::string_view text)
    {
        out_ += '"';
        for (const char c : text.substr(0, longest_shown)) {
            if (c == '"' || c == '\\') out_ += '\\';
            out_ += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
        }
        out_ += '"';
    }

    void quote(int index)
    {
        std::size_t size = 0;
        const char* data = lua_tolstring(lua_, index, &size);
        quote(std::string_view(data, size));
    }

    void list(int index, int depth)
    {
        out_ += '[';
        const auto count = static_cast<lua_Integer>(lua_rawlen(lua_, index));
        for (lua_Integer i = 1; i <= count && !is_cut(); ++i) {
            if (i > 1) out_ += ',';
            lua_rawgeti(lua_, index, i);
            value(lua_gettop(lua_), depth + 1);
            lua_pop(lua_, 1);
        }
        out_ += ']';
    }

    // In the order of the keys: that of a table differs from run to run.
    void map(int index, int depth)
    {
        std::vector<std::string> keys;
        std::size_t octets = 0;
        for (lua_pushnil(lua_); octets < longest_shown && lua_next(lua_, index) != 0; lua_pop(lua_, 1)) {
            if (lua_type(lua_, -2) != LUA_TSTRING) continue;
            std::size_t size = 0;
            const char* data = lua_tolstring(lua_, -2, &size);
            octets += size + 1;
            if (size < longest_shown) keys.emplace_back(data, size);
            if (octets >= longest_shown) { // the rest is not shown anyway
                lua_pop(lua_, 2);
                break;
            }
        }
        std::ranges::sort(keys);
        out_ += '{';
        for (const auto& key : keys) {
            if (is_cut()) break;
            if (&key != &keys.front()) out_ += ',';
            quote(key);
            out_ += ':';
            lua_pushlstring(lua_, key.data(), key.size());
            lua_rawget(lua_, index);
            value(lua_gettop(lua_), depth + 1);
            lua_pop(lua_, 1);
        }
        out_ += '}';
    }

    lua_State* lua_;
    std::string out_;
};

} // namespace

int error_text(lua_State* lua)
{
    lua_settop(lua, 1);
    if (!lua_istable(lua, 1)) {
        if (lua_isnumber(lua, 1) != 0) lua_tostring(lua, 1);
        return 1;
    }
    lua_pushliteral(lua, "message");
    if (lua_rawget(lua, 1) == LUA_TSTRING) return 1;
    if (luaL_getmetafield(lua, 1, "__tostring") != LUA_TNIL) {
        luaL_tolstring(lua, 1, nullptr);
        return 1;
    }
    const auto text = Shown(lua).text(1);
    lua_pushlstring(lua, text.data(), text.size());
    return 1;
}

} // namespace shoal::sandbox
