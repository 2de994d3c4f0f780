// The functions behind shoal.re, shoal.time's dates and shoal.opts: they need nothing of the outside.
#include "dates.hpp"
#include "script.hpp"
#include "values.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace shoal::script_lua {
namespace {

constexpr std::int64_t most_steps = 1'000'000; // of one search: about 20 ms
constexpr lua_Integer most_found = 200;        // at once
constexpr std::int64_t cost_of_a_search = 50;
constexpr std::int64_t cost_of_a_pattern = 20; // for each octet
constexpr std::int64_t cost_of_a_date = 100;
constexpr std::int64_t cost_of_a_plan = 20'000; // it looks through some years
constexpr std::int64_t longest_nap = 3600;      // seconds: somebody may set the clock meanwhile
constexpr lua_Integer latest_time = 250'000'000'000;

std::string_view text_argument(lua_State* lua, int index)
{
    std::size_t size = 0;
    const char* text = luaL_checklstring(lua, index, &size);
    return {text, size};
}

lua_Integer time_argument(lua_State* lua, int index)
{
    if (lua_isnoneornil(lua, index)) return script_of(lua).unix_time();
    const auto seconds = static_cast<double>(luaL_checknumber(lua, index));
    const auto most = static_cast<double>(latest_time);
    luaL_argcheck(lua, seconds >= -most && seconds <= most, index, "no time, in seconds since 1970");
    return static_cast<lua_Integer>(seconds);
}

// { first octet, last octet, group, group …, n = the number of groups }; a group that is not there is false.
void push_found(lua_State* lua, std::string_view text, const Regex::Found& found)
{
    lua_createtable(lua, static_cast<int>(found.size()) + 1, 1);
    lua_pushinteger(lua, static_cast<lua_Integer>(found[0].begin) + 1);
    lua_rawseti(lua, -2, 1);
    lua_pushinteger(lua, static_cast<lua_Integer>(found[0].end));
    lua_rawseti(lua, -2, 2);
    for (std::size_t i = 1; i < found.size(); ++i) {
        if (found[i].is_there) lua_pushlstring(lua, text.data() + found[i].begin, found[i].end - found[i].begin);
        else lua_pushboolean(lua, 0);
        lua_rawseti(lua, -2, static_cast<lua_Integer>(i) + 2);
    }
    lua_pushinteger(lua, static_cast<lua_Integer>(found.size()) - 1);
    lua_setfield(lua, -2, "n");
}

Regex::Found search(lua_State* lua, const Regex& regex, std::string_view text, std::size_t at)
{
    std::int64_t steps = most_steps;
    auto found = regex.find(text, at, steps);
    Sandbox::of(lua).spend(lua, cost_of_a_search + most_steps - steps);
    if (!found) luaL_error(lua, "%s", found.error().text.c_str());
    return std::move(*found);
}

std::size_t next_letter(std::string_view text, std::size_t at)
{
    do ++at;
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80);
    return at;
}

// search(text, pattern, first octet, how many, goes on) -> a list of what was found, where to go on or nil. One that goes on finds
// nothing empty where the last one ended.
int search_all(lua_State* lua)
{
    const auto text = text_argument(lua, 1);
    const auto pattern = text_argument(lua, 2);
    auto init = luaL_optinteger(lua, 3, 1);
    const auto most = std::clamp<lua_Integer>(luaL_optinteger(lua, 4, 1), 1, most_found);
    bool goes_on = lua_toboolean(lua, 5) != 0;
    if (init < 0) init = std::max<lua_Integer>(static_cast<lua_Integer>(text.size()) + init + 1, 1);
    auto& sandbox = Sandbox::of(lua);
    sandbox.spend(lua, static_cast<std::int64_t>(pattern.size()) * cost_of_a_pattern);
    const auto regex = script_of(lua).regexes().get(std::string(pattern));
    if (!regex) return luaL_error(lua, "%s", regex.error().text.c_str());
    lua_newtable(lua);
    auto at = static_cast<std::size_t>(std::max<lua_Integer>(init, 1) - 1);
    for (lua_Integer count = 0; at <= text.size();) {
        const auto found = search(lua, **regex, text, at);
        if (found.empty()) break;
        const bool is_empty = found[0].begin == found[0].end;
        if (is_empty && std::exchange(goes_on, false) && found[0].end == at) {
            at = next_letter(text, at);
            continue;
        }
        push_found(lua, text, found);
        lua_rawseti(lua, -2, ++count);
        at = found[0].end;
        goes_on = true;
        if (count < most) continue;
        lua_pushinteger(lua, static_cast<lua_Integer>(at) + 1);
        return 2;
    }
    return 1;
}

void set_number(lua_State* lua, const char* name, lua_Integer value)
{
    lua_pushinteger(lua, value);
    lua_setfield(lua, -2, name);
}

std::int64_t offset_of(lua_State* lua, std::int64_t unix_time)
{
    return script_of(lua).is_utc() ? 0 : local_offset(unix_time);
}

// date(seconds or nil, "utc" or "local"): the fields of os.date("*t")
int date(lua_State* lua)
{
    static const char* const zones[] = {"utc", "local", nullptr};
    const auto time = time_argument(lua, 1);
    const bool is_local = luaL_checkoption(lua, 2, "utc", zones) == 1;
    Sandbox::of(lua).spend(lua, cost_of_a_date);
    const auto offset = is_local ? offset_of(lua, time) : 0;
    const auto parts = date_of(time + offset);
    lua_createtable(lua, 0, 8);
    set_number(lua, "year", parts.year);
    set_number(lua, "month", parts.month);
    set_number(lua, "day", parts.day);
    set_number(lua, "hour", parts.hour);
    set_number(lua, "min", parts.minute);
    set_number(lua, "sec", parts.second);
    set_number(lua, "wday", parts.weekday + 1);
    set_number(lua, "offset", offset);
    return 1;
}

int iso(lua_State* lua)
{
    const auto text = iso_text(time_argument(lua, 1));
    Sandbox::of(lua).spend(lua, cost_of_a_date);
    lua_pushlstring(lua, text.data(), text.size());
    return 1;
}

int unix_time(lua_State* lua)
{
    lua_pushinteger(lua, script_of(lua).unix_time());
    return 1;
}

int parse_time(lua_State* lua)
{
    const auto text = text_argument(lua, 1);
    Sandbox::of(lua).spend(lua, cost_of_a_date + static_cast<std::int64_t>(text.size()));
    const auto time = parse_date(text);
    if (time) {
        lua_pushinteger(lua, *time);
        return 1;
    }
    lua_pushnil(lua);
    push_error(lua, make_error(Errc::bad_input, "no date that is known: " + std::string(text.substr(0, 100))));
    return 2;
}

// until_cron(line) -> seconds until then, or for now; whether it is then
int until_cron(lua_State* lua)
{
    Sandbox::of(lua).spend(lua, cost_of_a_plan);
    const auto line = CronLine::parse(text_argument(lua, 1));
    if (!line) return luaL_argerror(lua, 1, line.error().text.c_str());
    const auto now = script_of(lua).unix_time();
    const auto offset = offset_of(lua, now);
    auto next = line->next(now, offset);
    if (!next) return luaL_argerror(lua, 1, "no day fits");
    if (const auto then = offset_of(lua, *next); then != offset) next = *next + offset - then; // summer begins or ends before it
    const auto wait = std::max<std::int64_t>(*next - now, 1);
    lua_pushinteger(lua, std::min(wait, longest_nap));
    lua_pushboolean(lua, wait <= longest_nap ? 1 : 0);
    return 2;
}

constexpr luaL_Reg library[] = {{"search", search_all}, {"date", date},           {"iso", iso},
                                {"unix", unix_time},    {"parse_time", parse_time}, {"until_cron", until_cron},
                                {nullptr, nullptr}};

} // namespace

void add_library(lua_State* lua, Script& script)
{
    lua_pushlightuserdata(lua, &script);
    luaL_setfuncs(lua, library, 1);
    lua_newtable(lua);
    for (const auto& [name, value] : script.options()) {
        lua_pushlstring(lua, value.data(), value.size());
        lua_setfield(lua, -2, name.c_str());
    }
    lua_setfield(lua, -2, "options");
}

} // namespace shoal::script_lua
