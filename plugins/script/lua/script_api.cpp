// What the prelude is given to make `shoal` of: functions in C++ that check their arguments and do one thing each.
#include "json.hpp"
#include "script.hpp"
#include "values.hpp"

#include <shoal/alike.hpp>
#include <shoal/utf8.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

namespace shoal::script_lua {
namespace {

constexpr double shortest_period = 0.05; // seconds
constexpr double longest_time = 10.0 * 365 * 24 * 3600;
constexpr std::size_t longest_name = 128;
constexpr std::size_t longest_json = 1u << 20;
constexpr const char* prelude_name = "=shoal";
constexpr std::int64_t refused_encode = 90'000; // instructions: as many as the parts that may have been read

std::string name_at(lua_State* lua, int index)
{
    std::size_t size = 0;
    const char* text = luaL_checklstring(lua, index, &size);
    luaL_argcheck(lua, size > 0 && size <= longest_name && is_valid_utf8({text, size}), index, "a name has 1 to 128 octets of UTF-8");
    return {text, size};
}

std::chrono::nanoseconds seconds_at(lua_State* lua, int index, double least)
{
    const double seconds = luaL_checknumber(lua, index);
    luaL_argcheck(lua, seconds >= least && seconds <= longest_time, index, "not a time that can be waited for, in seconds");
    return std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 1e9));
}

int fail_softly(lua_State* lua, const Error& error)
{
    lua_pushnil(lua);
    push_error(lua, error);
    return 2;
}

// on(event, name, function, priority): the last for a hook alone
int on(lua_State* lua)
{
    auto event = name_at(lua, 1);
    auto name = name_at(lua, 2);
    luaL_checktype(lua, 3, LUA_TFUNCTION);
    std::optional<std::int32_t> priority;
    if (!lua_isnoneornil(lua, 4)) {
        const auto given = luaL_checkinteger(lua, 4);
        luaL_argcheck(lua, given >= -1000 && given <= 1000, 4, "a priority is between -1000 and 1000");
        priority = static_cast<std::int32_t>(given);
    }
    lua_settop(lua, 3);
    script_of(lua).set_handler(lua, std::move(name), std::move(event), priority);
    return 0;
}

int off(lua_State* lua)
{
    lua_pushboolean(lua, script_of(lua).drop_handler(lua, name_at(lua, 1)) ? 1 : 0);
    return 1;
}

int on_reload(lua_State* lua)
{
    luaL_checktype(lua, 1, LUA_TFUNCTION);
    lua_settop(lua, 1);
    script_of(lua).set_on_reload(lua);
    return 0;
}

// timer(name, seconds, repeats, function)
int timer(lua_State* lua)
{
    const auto name = name_at(lua, 1);
    const bool repeats = lua_toboolean(lua, 3) != 0;
    const auto delay = seconds_at(lua, 2, repeats ? shortest_period : 0);
    luaL_checktype(lua, 4, LUA_TFUNCTION);
    lua_settop(lua, 4);
    if (!script_of(lua).set_timer(lua, name, delay, repeats)) {
        return fail_softly(lua, make_error(Errc::limit_exceeded, "the script has too many timers"));
    }
    lua_pushboolean(lua, 1);
    return 1;
}

int cancel(lua_State* lua)
{
    lua_pushboolean(lua, script_of(lua).drop_timer(lua, name_at(lua, 1)) ? 1 : 0);
    return 1;
}

// ---- what is declared -------------------------------------------------------------------------------------------------

Value::Map map_at(lua_State* lua, int index)
{
    auto value = value_at(lua, index);
    if (!value) luaL_argerror(lua, index, value.error().text.c_str());
    if (value->as_map() == nullptr) luaL_argerror(lua, index, "a table with names is wanted");
    return *value->as_map();
}

// rule(table without `where`, predicate or nil)
int rule(lua_State* lua)
{
    auto map = map_at(lua, 1);
    lua_settop(lua, 2);
    const bool has_predicate = !lua_isnil(lua, 2);
    if (has_predicate) luaL_checktype(lua, 2, LUA_TFUNCTION);
    const int predicate = has_predicate ? luaL_ref(lua, LUA_REGISTRYINDEX) : 0;
    const auto added = script_of(lua).declarations().add_rule(std::move(map), predicate);
    return added ? 0 : luaL_error(lua, "%s", added.error().text.c_str());
}

int feed(lua_State* lua)
{
    const auto added = script_of(lua).declarations().add_feed(map_at(lua, 1));
    return added ? 0 : luaL_error(lua, "%s", added.error().text.c_str());
}

// warn(text): what people have set and does not mean anything
int warn(lua_State* lua)
{
    std::string text = luaL_checkstring(lua, 1);
    script_of(lua).say(LogLevel::warning, text);
    script_of(lua).declarations().warn(to_valid_utf8(text));
    return 0;
}

// module(name): a function, or nil, what is wrong, and whether that is a mistake in the module
int module(lua_State* lua)
{
    const auto name = name_at(lua, 1);
    auto& script = script_of(lua);
    if (script.modules() == nullptr) {
        lua_pushnil(lua);
        lua_pushfstring(lua, script.declarations().is_closed() ? "the module %s is to be required while the script is loaded, not in a handler"
                                                               : "there is no module %s: none were handed over with the script", name.c_str());
        return 2;
    }
    const auto found = script.modules()->find(name);
    if (!found) {
        lua_pushnil(lua);
        lua_pushlstring(lua, found.error().text.data(), found.error().text.size());
        return 2;
    }
    const std::string chunk = "@" + found->place;
    if (Sandbox::of(lua).compile(lua, *found->text, chunk.c_str())) return 1;
    lua_pushnil(lua);
    lua_insert(lua, -2);
    lua_pushboolean(lua, 1);
    return 3;
}

// ---- what is waited for -----------------------------------------------------------------------------------------------

int give_answer(lua_State* lua, int, lua_KContext)
{
    const auto answer = script_of(lua).take_answer();
    if (!answer) return fail_softly(lua, answer.error());
    if (answer->is_null()) lua_pushboolean(lua, 1); // it was done
    else push_value(lua, *answer);
    return 1;
}

void check_wait(lua_State* lua)
{
    if (script_of(lua).is_reading()) luaL_error(lua, "the script is only read: nothing can be asked for or waited for in it; put it into the folder of scripts to run it");
    if (script_of(lua).is_deciding()) luaL_error(lua, "a rule's `where` decides by what it is given: nothing can be asked for or waited for in it");
    Sandbox::of(lua).check_wait(lua);
}

int wish(lua_State* lua, Wish::Kind kind, std::string name, Value value)
{
    check_wait(lua);
    script_of(lua).want(kind, std::move(name), std::move(value));
    return Sandbox::of(lua).wait(lua, give_answer);
}

// call(method, arguments)
int call(lua_State* lua)
{
    auto method = name_at(lua, 1);
    auto arguments = lua_isnoneornil(lua, 2) ? Result<Value>(Value(Value::Map{})) : value_at(lua, 2);
    if (!arguments) return luaL_argerror(lua, 2, arguments.error().text.c_str()); // a bug of the script's: it raises
    if (arguments->as_map() == nullptr) return luaL_argerror(lua, 2, "a table with names is wanted");
    if (const auto may = script_of(lua).grants().check_call(method, *arguments->as_map()); !may) return fail_softly(lua, may.error());
    return wish(lua, Wish::Kind::call, std::move(method), std::move(*arguments));
}

// read(key), write(key, text), erase(key)
int read(lua_State* lua) { return wish(lua, Wish::Kind::read, name_at(lua, 1), {}); }
int erase(lua_State* lua) { return wish(lua, Wish::Kind::erase, name_at(lua, 1), {}); }

// write(key, text, seconds or nil: for ever)
int write(lua_State* lua)
{
    std::size_t size = 0;
    const char* text = luaL_checklstring(lua, 2, &size);
    Value kept(std::string_view(text, size));
    if (!lua_isnoneornil(lua, 3)) {
        const auto ttl = std::chrono::ceil<std::chrono::seconds>(seconds_at(lua, 3, 0));
        kept = Value(Value::Map{}.set("text", std::move(kept)).set("ttl", std::int64_t{ttl.count()}));
    }
    return wish(lua, Wish::Kind::write, name_at(lua, 1), std::move(kept));
}

// keys(prefix, the key before or nil): a page of them
int keys(lua_State* lua)
{
    std::size_t size = 0;
    const char* prefix = luaL_optlstring(lua, 1, "", &size);
    luaL_argcheck(lua, size <= longest_name && is_valid_utf8({prefix, size}), 1, "keys begin with at most 128 octets of UTF-8");
    std::string begin(prefix, size);
    auto before = lua_isnoneornil(lua, 2) ? Value{} : Value(name_at(lua, 2));
    return wish(lua, Wish::Kind::keys, std::move(begin), std::move(before));
}

// count(key, amount)
int count(lua_State* lua)
{
    auto name = name_at(lua, 1);
    return wish(lua, Wish::Kind::count, std::move(name), Value(static_cast<std::int64_t>(luaL_optinteger(lua, 2, 1))));
}

// Each with one map.
int ask_web(lua_State* lua) { return wish(lua, Wish::Kind::web, {}, Value(map_at(lua, 1))); }
int ask_files(lua_State* lua) { return wish(lua, Wish::Kind::file, {}, Value(map_at(lua, 1))); }
int run_program(lua_State* lua) { return wish(lua, Wish::Kind::program, {}, Value(map_at(lua, 1))); }
int notify(lua_State* lua) { return wish(lua, Wish::Kind::notice, {}, Value(map_at(lua, 1))); }

int sleep(lua_State* lua)
{
    const auto time = seconds_at(lua, 1, 0);
    check_wait(lua);
    script_of(lua).sleep(time);
    return Sandbox::of(lua).wait(lua, give_answer);
}

// ---- what is had at once --------------------------------------------------------------------------------------------------

int log(lua_State* lua)
{
    static const char* const levels[] = {"error", "warning", "info", "debug", nullptr};
    const auto level = static_cast<LogLevel>(luaL_checkoption(lua, 1, "info", levels));
    std::size_t size = 0;
    const char* text = luaL_checklstring(lua, 2, &size);
    script_of(lua).say(level, std::string(text, std::min<std::size_t>(size, 4000)));
    return 0;
}

int now(lua_State* lua)
{
    lua_pushnumber(lua, static_cast<double>(script_of(lua).now().count()) / 1e9);
    return 1;
}

int encode(lua_State* lua)
{
    luaL_checkany(lua, 1);
    const auto value = value_at(lua, 1);
    if (!value) {
        Sandbox::of(lua).spend(lua, refused_encode);
        return fail_softly(lua, value.error());
    }
    const auto text = to_json(*value);
    Sandbox::of(lua).spend(lua, static_cast<std::int64_t>(text.size() / 4));
    lua_pushlstring(lua, text.data(), text.size());
    return 1;
}

int decode(lua_State* lua)
{
    std::size_t size = 0;
    const char* text = luaL_checklstring(lua, 1, &size);
    luaL_argcheck(lua, size <= longest_json, 1, "the text is too long");
    Sandbox::of(lua).spend(lua, static_cast<std::int64_t>(size));
    const auto value = parse_json({text, size});
    if (!value) return fail_softly(lua, value.error());
    if (value->is_null()) lua_pushlightuserdata(lua, nullptr);
    else push_value(lua, *value);
    return 1;
}

int list(lua_State* lua)
{
    luaL_checktype(lua, 1, LUA_TTABLE);
    lua_settop(lua, 1);
    mark_list(lua);
    return 1;
}

int removals(lua_State* lua)
{
    lua_pushinteger(lua, static_cast<lua_Integer>(script_of(lua).removals()));
    return 1;
}

// is_gone(hash, removals by when it was had)
int is_gone(lua_State* lua)
{
    lua_pushboolean(lua, script_of(lua).is_gone(name_at(lua, 1), static_cast<std::uint64_t>(luaL_checkinteger(lua, 2))) ? 1 : 0);
    return 1;
}

int error_value(lua_State* lua)
{
    push_error(lua, make_error(Errc::not_found, luaL_checkstring(lua, 1)));
    return 1;
}

// suggestion(word, names): "; did you mean …?", or nothing
int suggest(lua_State* lua)
{
    std::size_t size = 0;
    const char* word = luaL_checklstring(lua, 1, &size);
    luaL_checktype(lua, 2, LUA_TTABLE);
    std::vector<std::string_view> names; // which the table keeps
    for (lua_Integer i = 1; lua_rawgeti(lua, 2, i) == LUA_TSTRING; ++i) {
        names.emplace_back(lua_tostring(lua, -1));
        lua_pop(lua, 1);
    }
    const auto said = shoal::suggestion({word, size}, names);
    lua_pushlstring(lua, said.data(), said.size());
    return 1;
}

// place(): "line 12", where the script called what calls this
int place(lua_State* lua)
{
    lua_Debug at{};
    int line = 0;
    for (int level = 1; line == 0 && lua_getstack(lua, level, &at) != 0; ++level) {
        const bool is_script = lua_getinfo(lua, "Sl", &at) != 0 && at.currentline > 0 && std::string_view(at.source) != prelude_name;
        if (is_script) line = at.currentline;
    }
    lua_pushfstring(lua, "line %d", line);
    return 1;
}

constexpr luaL_Reg primitives[] = {{"on", on},         {"off", off},       {"timer", timer},           {"cancel", cancel},
                                   {"call", call},     {"read", read},     {"write", write},           {"erase", erase},
                                   {"sleep", sleep},   {"log", log},       {"now", now},               {"encode", encode},
                                   {"decode", decode}, {"list", list},     {"removals", removals}, {"is_gone", is_gone}, {"gone", error_value},
                                   {"rule", rule},     {"feed", feed}, {"warn", warn},     {"count", count},           {"web", ask_web}, {"keys", keys},
                                   {"files", ask_files}, {"program", run_program}, {"notify", notify},
                                   {"wrong_hook", wrong_hook}, {"suggestion", suggest}, {"place", place}, {"module", module},
                                   {"on_reload", on_reload}, {"api", api_function},
                                   {nullptr, nullptr}};

// What the script is: the table on top gets it as `script`.
void add_script(lua_State* lua, const Script& script)
{
    lua_newtable(lua);
    for (const auto& [key, text] : {std::pair("name", &script.name()), std::pair("dir", &script.folder()), std::pair("version", &script.version())}) {
        if (text->empty()) continue;
        lua_pushlstring(lua, text->data(), text->size());
        lua_setfield(lua, -2, key);
    }
    lua_setfield(lua, -2, "script");
}

void load_prelude(lua_State* lua, const char* text)
{
    if (luaL_loadbufferx(lua, text, std::char_traits<char>::length(text), prelude_name, "t") != LUA_OK) lua_error(lua);
}

} // namespace

int wrong_hook(lua_State* lua)
{
    constexpr std::array<std::string_view, 4> hooks{"add", "start", "remove", "move"};
    const std::string_view name = luaL_checkstring(lua, 1);
    if (std::ranges::find(hooks, name) != hooks.end()) return 0;
    const auto meant = shoal::suggestion(name, hooks);
    lua_pushfstring(lua, "there is no hook %s%s; there are: add, start, remove, move", name.data(), meant.c_str());
    return 1;
}

void open_api(lua_State* lua, Script& script)
{
    lua_newtable(lua); // the functions
    lua_pushlightuserdata(lua, &script);
    luaL_setfuncs(lua, primitives, 1);
    add_library(lua, script);
    lua_pushlightuserdata(lua, nullptr);
    lua_setfield(lua, -2, "null");
    lua_pushlstring(lua, script.name().data(), script.name().size());
    lua_setfield(lua, -2, "name");
    add_script(lua, script);
    lua_pushinteger(lua, api_version);
    lua_setfield(lua, -2, "api_version");
    load_prelude(lua, prelude);
    lua_pushvalue(lua, -2);
    lua_call(lua, 1, 1); // what the prelude makes of them
    load_prelude(lua, observe_prelude);
    lua_pushvalue(lua, -3);
    lua_pushvalue(lua, -3);
    lua_call(lua, 2, 0);
    lua_pushvalue(lua, -1);
    lua_setfield(lua, LUA_REGISTRYINDEX, api_place);
    lua_setglobal(lua, "shoal");
    lua_pop(lua, 1);
}

} // namespace shoal::script_lua
