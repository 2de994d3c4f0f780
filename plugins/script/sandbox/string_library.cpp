// string.*: find, match, gmatch and gsub on our own matcher, whose steps are counted; the rest is Lua's, paid for by the length of its
// arguments. What makes texts makes none longer than SandboxLimits::text.
#include "pattern.hpp"
#include "sandbox.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string_view>

namespace shoal::sandbox {
namespace {

std::string_view text_at(lua_State* lua, int index)
{
    std::size_t size = 0;
    const char* data = luaL_checklstring(lua, index, &size);
    return {data, size};
}

Pattern pattern_for(lua_State* lua, std::string_view subject, std::string_view pattern)
{
    return {subject, pattern, [lua, &sandbox = Sandbox::of(lua)](std::int64_t steps) { sandbox.spend(lua, steps); }};
}

// What is wrong with a pattern becomes an error of Lua's.
template <class Body>
int with_pattern(lua_State* lua, Body&& body)
{
    try {
        return body();
    } catch (const PatternError& wrong) {
        lua_pushstring(lua, wrong.what());
    }
    luaL_where(lua, 1);
    lua_insert(lua, -2);
    lua_concat(lua, 2);
    return lua_error(lua);
}

/// Where to begin, from 0; nothing when that is beyond the end.
std::optional<std::size_t> start_of(lua_State* lua, int index, std::size_t size)
{
    const lua_Integer given = luaL_optinteger(lua, index, 1);
    if (given > 0) {
        if (static_cast<lua_Unsigned>(given) - 1 > size) return std::nullopt;
        return static_cast<std::size_t>(given) - 1;
    }
    if (given == 0 || static_cast<lua_Unsigned>(-(given + 1)) >= size) return 0;
    return size - static_cast<std::size_t>(-given);
}

void push_capture(lua_State* lua, const Pattern& pattern, std::string_view subject, std::size_t number)
{
    const auto& capture = pattern.captures()[number];
    if (capture.length == Pattern::Capture::position) {
        lua_pushinteger(lua, static_cast<lua_Integer>(capture.begin) + 1);
    } else if (capture.length == Pattern::Capture::open) {
        throw PatternError("unfinished capture");
    } else {
        lua_pushlstring(lua, subject.data() + capture.begin, static_cast<std::size_t>(capture.length));
    }
}

// All captures; the whole match when there are none.
int push_captures(lua_State* lua, const Pattern& pattern, std::string_view subject, std::size_t begin, std::size_t end)
{
    if (pattern.captures().empty()) {
        lua_pushlstring(lua, subject.data() + begin, end - begin);
        return 1;
    }
    const auto count = pattern.captures().size();
    luaL_checkstack(lua, static_cast<int>(count), "too many captures");
    for (std::size_t i = 0; i < count; ++i) push_capture(lua, pattern, subject, i);
    return static_cast<int>(count);
}

bool has_specials(std::string_view pattern) { return pattern.find_first_of("^$*+?.([%-") != pattern.npos; }

int find_plain(lua_State* lua, std::string_view subject, std::string_view wanted, std::size_t start)
{
    Sandbox::of(lua).spend(lua, static_cast<std::int64_t>(subject.size() / 8));
    const void* found = wanted.empty() ? subject.data() + start
                                       : memmem(subject.data() + start, subject.size() - start, wanted.data(), wanted.size());
    if (found == nullptr) {
        lua_pushnil(lua);
        return 1;
    }
    const auto at = static_cast<lua_Integer>(static_cast<const char*>(found) - subject.data());
    lua_pushinteger(lua, at + 1);
    lua_pushinteger(lua, at + static_cast<lua_Integer>(wanted.size()));
    return 2;
}

int find_or_match(lua_State* lua, bool is_find)
{
    const auto subject = text_at(lua, 1);
    auto wanted = text_at(lua, 2);
    const auto start = start_of(lua, 3, subject.size());
    if (!start) {
        lua_pushnil(lua);
        return 1;
    }
    if (is_find && (lua_toboolean(lua, 4) != 0 || !has_specials(wanted))) return find_plain(lua, subject, wanted, *start);
    const bool is_anchored = wanted.starts_with('^');
    if (is_anchored) wanted.remove_prefix(1);
    return with_pattern(lua, [&] {
        auto pattern = pattern_for(lua, subject, wanted);
        for (auto at = *start; at <= subject.size(); ++at) {
            if (const auto end = pattern.match(at)) {
                if (!is_find) return push_captures(lua, pattern, subject, at, *end);
                lua_pushinteger(lua, static_cast<lua_Integer>(at) + 1);
                lua_pushinteger(lua, static_cast<lua_Integer>(*end));
                return 2 + (pattern.captures().empty() ? 0 : push_captures(lua, pattern, subject, at, *end));
            }
            if (is_anchored) break;
        }
        lua_pushnil(lua);
        return 1;
    });
}

int find(lua_State* lua) { return find_or_match(lua, true); }
int match(lua_State* lua) { return find_or_match(lua, false); }

// Upvalues: the subject, the pattern, where to begin, where the last match ended (-1: nowhere).
int next_match(lua_State* lua)
{
    const auto subject = text_at(lua, lua_upvalueindex(1));
    const auto wanted = text_at(lua, lua_upvalueindex(2));
    const auto last_end = lua_tointeger(lua, lua_upvalueindex(4));
    return with_pattern(lua, [&] {
        auto pattern = pattern_for(lua, subject, wanted);
        for (auto at = static_cast<std::size_t>(lua_tointeger(lua, lua_upvalueindex(3))); at <= subject.size(); ++at) {
            const auto end = pattern.match(at);
            if (!end || static_cast<lua_Integer>(*end) == last_end) continue;
            lua_pushinteger(lua, static_cast<lua_Integer>(*end));
            lua_copy(lua, -1, lua_upvalueindex(3));
            lua_replace(lua, lua_upvalueindex(4));
            return push_captures(lua, pattern, subject, at, *end);
        }
        return 0;
    });
}

int gmatch(lua_State* lua)
{
    const auto subject = text_at(lua, 1);
    text_at(lua, 2);
    const auto start = start_of(lua, 3, subject.size());
    lua_settop(lua, 2);
    lua_pushinteger(lua, static_cast<lua_Integer>(start.value_or(subject.size() + 1)));
    lua_pushinteger(lua, -1);
    lua_pushcclosure(lua, next_match, 4);
    return 1;
}

// ---- gsub ---------------------------------------------------------------------------------------------------------

struct Replacing {
    lua_State* lua;
    Pattern& pattern;
    std::string_view subject;
    luaL_Buffer& out;
    int type; // of argument 3
};

void add_text(const Replacing& r, std::size_t begin, std::size_t end)
{
    const auto replacement = text_at(r.lua, 3);
    for (std::size_t i = 0; i < replacement.size(); ++i) {
        if (replacement[i] != '%') {
            luaL_addchar(&r.out, replacement[i]);
            continue;
        }
        const char what = ++i < replacement.size() ? replacement[i] : '\0';
        if (what == '%') {
            luaL_addchar(&r.out, '%');
        } else if (what == '0' || (what == '1' && r.pattern.captures().empty())) {
            luaL_addlstring(&r.out, r.subject.data() + begin, end - begin);
        } else if (what >= '1' && what <= '9') {
            const auto number = static_cast<std::size_t>(what - '1');
            if (number >= r.pattern.captures().size()) throw PatternError("invalid capture index in replacement string");
            push_capture(r.lua, r.pattern, r.subject, number);
            luaL_addvalue(&r.out);
        } else {
            throw PatternError("invalid use of '%' in replacement string");
        }
    }
}

// By a table or a function; what it gives, or the match when that is false or nil.
void add_value(const Replacing& r, std::size_t begin, std::size_t end)
{
    if (r.type == LUA_TFUNCTION) {
        lua_pushvalue(r.lua, 3);
        const int count = push_captures(r.lua, r.pattern, r.subject, begin, end);
        lua_call(r.lua, count, 1);
    } else {
        if (r.pattern.captures().empty()) lua_pushlstring(r.lua, r.subject.data() + begin, end - begin);
        else push_capture(r.lua, r.pattern, r.subject, 0);
        lua_gettable(r.lua, 3);
    }
    if (lua_toboolean(r.lua, -1) == 0) {
        lua_pop(r.lua, 1);
        luaL_addlstring(&r.out, r.subject.data() + begin, end - begin);
    } else if (lua_isstring(r.lua, -1) == 0) {
        throw PatternError(std::string("invalid replacement value (a ") + luaL_typename(r.lua, -1) + ")");
    } else {
        luaL_addvalue(&r.out);
    }
}

int gsub(lua_State* lua)
{
    const auto subject = text_at(lua, 1);
    auto wanted = text_at(lua, 2);
    const int type = lua_type(lua, 3);
    luaL_argexpected(lua, type == LUA_TNUMBER || type == LUA_TSTRING || type == LUA_TFUNCTION || type == LUA_TTABLE, 3,
                     "string/function/table");
    const lua_Integer most = luaL_optinteger(lua, 4, static_cast<lua_Integer>(subject.size()) + 1);
    const bool is_anchored = wanted.starts_with('^');
    if (is_anchored) wanted.remove_prefix(1);
    return with_pattern(lua, [&] {
        auto pattern = pattern_for(lua, subject, wanted);
        auto& sandbox = Sandbox::of(lua);
        luaL_Buffer out;
        luaL_buffinit(lua, &out);
        const Replacing replacing{lua, pattern, subject, out, type};
        std::size_t at = 0;
        std::optional<std::size_t> last_end;
        lua_Integer count = 0;
        while (count < most) {
            const auto end = pattern.match(at);
            if (end && end != last_end) {
                ++count;
                if (type == LUA_TFUNCTION || type == LUA_TTABLE) add_value(replacing, at, *end);
                else add_text(replacing, at, *end);
                at = *end;
                last_end = end;
            } else if (at < subject.size()) {
                luaL_addchar(&out, subject[at++]);
            } else {
                break;
            }
            sandbox.spend(lua, 4);
            if (luaL_bufflen(&out) > sandbox.limits().text) throw PatternError("resulting string too large");
            if (is_anchored || at > subject.size()) break;
        }
        if (at < subject.size()) luaL_addlstring(&out, subject.data() + at, subject.size() - at);
        luaL_pushresult(&out);
        lua_pushinteger(lua, count);
        return 2;
    });
}

// ---- rep ----------------------------------------------------------------------------------------------------------

int rep(lua_State* lua)
{
    const auto text = text_at(lua, 1);
    const lua_Integer times = luaL_checkinteger(lua, 2);
    const std::size_t unit = text.size() + (lua_isnoneornil(lua, 3) ? 0 : text_at(lua, 3).size());
    auto& sandbox = Sandbox::of(lua);
    if (unit == 0) { // Lua's would count to `times` all the same
        lua_pushliteral(lua, "");
        return 1;
    }
    if (times > 0) {
        luaL_argcheck(lua, static_cast<lua_Unsigned>(times) <= sandbox.limits().text / unit, 2, "resulting string too large");
        sandbox.spend(lua, times + static_cast<std::int64_t>(unit) * times / 64);
    }
    return lua_tocfunction(lua, lua_upvalueindex(1))(lua);
}

} // namespace

void open_strings(lua_State* lua)
{
    static constexpr luaL_Reg own[] = {{"find", find}, {"match", match}, {"gmatch", gmatch}, {"gsub", gsub}, {nullptr, nullptr}};
    luaL_requiref(lua, LUA_STRLIBNAME, luaopen_string, 0);
    keep_only(lua, {"byte", "char", "format", "len", "lower", "rep", "reverse", "sub", "upper"});
    for (const auto* name : {"byte", "format", "lower", "reverse", "sub", "upper"}) charge_for(lua, name);
    lua_getfield(lua, -1, "rep");
    lua_pushcclosure(lua, rep, 1);
    lua_setfield(lua, -2, "rep");
    luaL_setfuncs(lua, own, 0);
    // What a text's methods are, and what makes a number of it.
    lua_pushliteral(lua, "");
    lua_getmetatable(lua, -1);
    for (const auto* name : {"__add", "__sub", "__mul", "__div", "__idiv", "__mod", "__pow", "__unm"}) charge_for(lua, name);
    lua_pushvalue(lua, -3);
    lua_setfield(lua, -2, "__index");
    lua_pop(lua, 2);
    lua_setglobal(lua, "string");
}

} // namespace shoal::sandbox
