// What the prelude of tests is given to make a case of: functions in C++ that check their arguments and do one thing each.
#include "event_names.hpp"
#include "json.hpp"
#include "rehearsal.hpp"
#include "values.hpp"

#include <string>
#include <utility>

namespace shoal::script_lua {
namespace {

Rehearsal& rehearsal_of(lua_State* lua) { return *static_cast<Rehearsal*>(lua_touserdata(lua, lua_upvalueindex(1))); }

std::string string_at(lua_State* lua, int index)
{
    std::size_t size = 0;
    const char* text = luaL_checklstring(lua, index, &size);
    return {text, size};
}

Value checked_value(lua_State* lua, int index)
{
    auto value = value_at(lua, index);
    if (!value) luaL_argerror(lua, index, value.error().text.c_str());
    return std::move(*value);
}

Value::Map checked_map(lua_State* lua, int index)
{
    const auto value = checked_value(lua, index);
    if (value.as_map() == nullptr) luaL_argerror(lua, index, "a table with names is wanted");
    return *value.as_map();
}

Script& script_at(lua_State* lua, int index)
{
    auto* actor = rehearsal_of(lua).actor(string_at(lua, index));
    if (actor == nullptr) luaL_argerror(lua, index, "no script of that name was loaded");
    return *actor->script;
}

void push_text(lua_State* lua, std::string_view text) { lua_pushlstring(lua, text.data(), text.size()); }

int test(lua_State* lua)
{
    auto name = string_at(lua, 1);
    luaL_checktype(lua, 2, LUA_TFUNCTION);
    lua_settop(lua, 2);
    const int function = luaL_ref(lua, LUA_REGISTRYINDEX);
    rehearsal_of(lua).add_case(std::move(name), function);
    return 0;
}

int file(lua_State* lua)
{
    const auto* text = rehearsal_of(lua).file(string_at(lua, 1));
    if (text == nullptr) lua_pushnil(lua);
    else push_text(lua, *text);
    return 1;
}

// load(file, options): nil, or what is wrong
int load(lua_State* lua)
{
    std::map<std::string, std::string> options;
    const auto given = checked_map(lua, 2);
    for (std::size_t i = 0; i < given.size(); ++i) {
        if (given.values()[i].as_text() != nullptr) options.emplace(given.keys()[i], *given.values()[i].as_text());
    }
    const auto loaded = rehearsal_of(lua).load(string_at(lua, 1), std::move(options));
    if (loaded) lua_pushnil(lua);
    else push_text(lua, loaded.error().text);
    return 1;
}

// script_name(file): how a script is called
int script_name(lua_State* lua)
{
    push_text(lua, Rehearsal::script_name(string_at(lua, 1)));
    return 1;
}

// hear(event, payload): by all that were loaded
int hear(lua_State* lua)
{
    const auto event = string_at(lua, 1);
    const auto payload = std::make_shared<const Value::Map>(checked_map(lua, 2));
    for (const auto& [name, actor] : rehearsal_of(lua).actors()) actor.script->hear(event, payload);
    return 0;
}

// answer(script, ticket, value)
int answer(lua_State* lua)
{
    lua_settop(lua, 3);
    script_at(lua, 1).answer(static_cast<std::uint64_t>(luaL_checkinteger(lua, 2)), checked_value(lua, 3));
    return 0;
}

Errc code_named(const std::string& name)
{
    for (int i = 0; i < 64; ++i) {
        const auto code = static_cast<Errc>(i);
        if (errc_name(code) == name) return code;
    }
    return Errc::refused;
}

// refuse(script, ticket, code, message)
int refuse(lua_State* lua)
{
    script_at(lua, 1).answer(static_cast<std::uint64_t>(luaL_checkinteger(lua, 2)),
                             make_error(code_named(string_at(lua, 3)), string_at(lua, 4)));
    return 0;
}

// put(script, handler, question): the errand
int put(lua_State* lua)
{
    const auto errand = rehearsal_of(lua).new_errand();
    script_at(lua, 1).decide(errand, string_at(lua, 2), checked_map(lua, 3));
    lua_pushinteger(lua, static_cast<lua_Integer>(errand));
    return 1;
}

// ask(script, rule, item): the errand
int ask(lua_State* lua)
{
    const auto errand = rehearsal_of(lua).new_errand();
    script_at(lua, 1).ask(errand, string_at(lua, 2), checked_map(lua, 3));
    lua_pushinteger(lua, static_cast<lua_Integer>(errand));
    return 1;
}

std::string_view kind_name(Wish::Kind kind)
{
    switch (kind) {
    case Wish::Kind::call: return "call";
    case Wish::Kind::read: return "read";
    case Wish::Kind::write: return "write";
    case Wish::Kind::erase: return "erase";
    case Wish::Kind::count: return "count";
    case Wish::Kind::keys: return "keys";
    case Wish::Kind::web: return "web";
    case Wish::Kind::file: return "file";
    case Wish::Kind::program: return "program";
    case Wish::Kind::notice: return "notice";
    }
    return "";
}

Value::List wishes_of(const std::string& script, const Turn& turn)
{
    Value::List all;
    for (const auto& wish : turn.wishes) {
        all.emplace_back(Value::Map{}
                             .set("script", script)
                             .set("ticket", static_cast<std::int64_t>(wish.ticket))
                             .set("kind", kind_name(wish.kind))
                             .set("name", wish.name)
                             .set("value", wish.value));
    }
    return all;
}

Value::List finished_of(const Turn& turn)
{
    Value::List all;
    for (const auto& [errand, result] : turn.finished) {
        auto one = Value::Map{}.set("errand", static_cast<std::int64_t>(errand));
        if (result) one.set("value", *result);
        else one.set("error", result.error().text);
        all.emplace_back(std::move(one));
    }
    return all;
}

void add_all(Value::List& list, Value::List more)
{
    for (auto& one : more) list.push_back(std::move(one));
}

// What all of them brought: wishes, lines, troubles, finished.
int give_turns(lua_State* lua, int, lua_KContext)
{
    auto& rehearsal = rehearsal_of(lua);
    Value::List wishes;
    Value::List lines;
    Value::List troubles;
    Value::List finished;
    for (const auto& [name, actor] : rehearsal.actors()) {
        add_all(wishes, wishes_of(name, actor.turn));
        add_all(finished, finished_of(actor.turn));
        for (const auto& line : actor.turn.lines) {
            rehearsal.keep(name + ": " + line.text);
            lines.emplace_back(line.text);
        }
        for (const auto& trouble : actor.turn.troubles) {
            troubles.emplace_back(name + ", handler " + trouble.handler + ": " + trouble.traceback);
        }
    }
    push_value(lua, Value(Value::Map{}
                              .set("wishes", std::move(wishes))
                              .set("lines", std::move(lines))
                              .set("troubles", std::move(troubles))
                              .set("finished", std::move(finished))));
    return 1;
}

// Between slices of the scripts the test waits, so that others have their turn.
int take_turns(lua_State* lua, int, lua_KContext)
{
    auto& rehearsal = rehearsal_of(lua);
    const auto has_more = rehearsal.take_turns();
    if (!has_more) return luaL_error(lua, "%s", has_more.error().text.c_str());
    if (*has_more) return Sandbox::of(lua).wait(lua, take_turns);
    if (rehearsal.is_slice_over()) return Sandbox::of(lua).wait(lua, give_turns);
    return give_turns(lua, LUA_OK, 0);
}

// run(): lets the scripts run until they wait
int run(lua_State* lua)
{
    Sandbox::of(lua).check_wait(lua);
    rehearsal_of(lua).begin_turns();
    return take_turns(lua, LUA_OK, 0);
}

// hooks(): who attends which, in the order in which they are asked
int hooks(lua_State* lua)
{
    Value::List all;
    for (const auto& [name, actor] : rehearsal_of(lua).actors()) {
        for (const auto& handler : actor.turn.handlers) {
            if (!handler.priority || handler.is_suspended) continue;
            all.emplace_back(Value::Map{}
                                 .set("script", name)
                                 .set("handler", handler.name)
                                 .set("hook", handler.event)
                                 .set("priority", std::int64_t{*handler.priority}));
        }
    }
    push_value(lua, Value(std::move(all)));
    return 1;
}

// next(): seconds until one of them wants to run again; nil: none does
int next(lua_State* lua)
{
    auto& rehearsal = rehearsal_of(lua);
    std::optional<std::chrono::nanoseconds> first;
    for (const auto& [name, actor] : rehearsal.actors()) {
        if (actor.turn.wake && (!first || *actor.turn.wake < *first)) first = actor.turn.wake;
    }
    if (!first) lua_pushnil(lua);
    else lua_pushnumber(lua, std::max(0.0, std::chrono::duration<double>(*first - rehearsal.now()).count()));
    return 1;
}

int advance(lua_State* lua)
{
    const double seconds = luaL_checknumber(lua, 1);
    luaL_argcheck(lua, seconds >= 0 && seconds < 1e9, 1, "seconds to come");
    rehearsal_of(lua).advance(std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 1e9)));
    return 0;
}

int date_now(lua_State* lua)
{
    lua_pushinteger(lua, rehearsal_of(lua).unix_time());
    return 1;
}

// declared(script): its rules and feeds
int declared(lua_State* lua)
{
    const auto& all = script_at(lua, 1).declarations().all();
    push_value(lua, Value(Value::Map{}.set("rules", all.rules).set("feeds", all.feeds)));
    return 1;
}

// untold(event): nil, or that nobody tells it
int check_event(lua_State* lua)
{
    const auto& known = rehearsal_of(lua).events();
    const auto why = known.empty() ? std::nullopt : untold(string_at(lua, 1), known);
    if (!why) return 0;
    push_text(lua, *why);
    return 1;
}

// vain(script): nil, or the first of its handlers that waits for what nobody tells
int check_handlers(lua_State* lua)
{
    const auto& known = rehearsal_of(lua).events();
    const auto* actor = rehearsal_of(lua).actor(string_at(lua, 1));
    if (known.empty() || actor == nullptr) return 0;
    const auto warnings = untold_of(actor->turn.handlers, known);
    if (warnings.empty()) return 0;
    push_text(lua, warnings.front());
    return 1;
}

// list(table): the same table, which is a list also when it is empty
int as_list(lua_State* lua)
{
    luaL_checktype(lua, 1, LUA_TTABLE);
    lua_settop(lua, 1);
    mark_list(lua);
    return 1;
}

// shown(value): as JSON, for messages
int shown(lua_State* lua)
{
    lua_settop(lua, 1);
    const auto value = value_at(lua, 1);
    push_text(lua, value ? to_json(*value) : std::string("(") + luaL_typename(lua, 1) + ")");
    return 1;
}

} // namespace

void open_rehearsal(lua_State* lua, Rehearsal& rehearsal)
{
    static constexpr luaL_Reg functions[] = {{"test", test},       {"file", file},         {"load", load},   {"hear", hear},
                                             {"answer", answer},   {"refuse", refuse},     {"put", put},     {"ask", ask},
                                             {"run", run},         {"hooks", hooks},       {"next", next},   {"advance", advance},
                                             {"unix", date_now},   {"declared", declared}, {"shown", shown}, {"list", as_list}, {"wrong_hook", wrong_hook},
                                             {"script_name", script_name}, {"untold", check_event}, {"vain", check_handlers}, {nullptr, nullptr}};
    const auto load_chunk = [lua](const char* text, const char* name) {
        if (luaL_loadbufferx(lua, text, std::char_traits<char>::length(text), name, "t") != LUA_OK) lua_error(lua);
    };
    load_chunk(rehearsal_prelude, "=test");
    lua_newtable(lua);
    lua_pushlightuserdata(lua, &rehearsal);
    luaL_setfuncs(lua, functions, 1);
    load_chunk(rehearsal_filter, "=filter");
    lua_call(lua, 0, 1);
    lua_call(lua, 2, 1);
}

} // namespace shoal::script_lua
