#include "rehearsal.hpp"

#include "values.hpp"

#include <iterator>
#include <utility>

namespace shoal::script_lua {
namespace {

constexpr std::int64_t first_second_of_2030 = 1'893'456'000; // as in the lab
constexpr auto longest_test = std::chrono::seconds{60};       // of all cases: nobody can end it meanwhile

SandboxLimits limits_of_tests()
{
    SandboxLimits limits;
    limits.memory = 256u << 20;
    limits.handler = 10'000'000'000;
    limits.time = longest_test;
    return limits;
}

int with_traceback(lua_State* lua)
{
    const char* text = lua_type(lua, 1) == LUA_TSTRING ? lua_tostring(lua, 1) : luaL_tolstring(lua, 1, nullptr);
    luaL_traceback(lua, lua, text, 1);
    return 1;
}

template <class List>
void append(List& list, List more)
{
    std::move(more.begin(), more.end(), std::back_inserter(list));
}

// What came before stays, what is a state is the newest.
void add(Turn& all, Turn turn)
{
    append(all.wishes, std::move(turn.wishes));
    append(all.lines, std::move(turn.lines));
    append(all.troubles, std::move(turn.troubles));
    append(all.finished, std::move(turn.finished));
    all.handlers = std::move(turn.handlers);
    all.wake = turn.wake;
    all.has_more = turn.has_more;
}

// Calls the function below `arguments` of them; what it raises has a traceback.
void call_with_traceback(lua_State* lua, int arguments)
{
    const int handler = lua_gettop(lua) - arguments;
    lua_pushcfunction(lua, with_traceback);
    lua_insert(lua, handler);
    if (lua_pcall(lua, arguments, 0, handler) != LUA_OK) lua_error(lua);
    lua_remove(lua, handler);
}

} // namespace

Result<std::vector<Rehearsal::Outcome>> Rehearsal::run(const Play& play, Sandbox::Clock clock)
{
    auto sandbox = Sandbox::make(limits_of_tests(), clock, 1);
    if (!sandbox) return sandbox.error();
    const auto end = clock() + longest_test;
    Rehearsal rehearsal(play);
    const auto read = (*sandbox)->protect([&](lua_State* lua) {
        (*sandbox)->refill();
        open_values(lua);
        open_rehearsal(lua, rehearsal);
        lua_setfield(lua, LUA_REGISTRYINDEX, "shoal.run_case");
        const std::string chunk = "@" + play.name;
        if (luaL_loadbufferx(lua, play.text.data(), play.text.size(), chunk.c_str(), "t") != LUA_OK) lua_error(lua);
        call_with_traceback(lua, 0);
    });
    if (!read) return read.error();
    if (rehearsal.cases_.empty()) return make_error(Errc::bad_input, play.name + " has no test(\"…\", function(t) … end)");
    std::vector<Outcome> outcomes;
    for (const auto& start : rehearsal.cases_) {
        if (clock() < end) outcomes.push_back(rehearsal.run_case(**sandbox, start));
        else outcomes.push_back({start.name, "not run: the test took a minute, which is all that it has", {}});
    }
    return outcomes;
}

Rehearsal::Outcome Rehearsal::run_case(Sandbox& sandbox, const CaseStart& start)
{
    begin_case();
    sandbox.refill();
    const auto ran = sandbox.protect([&](lua_State* lua) {
        lua_getfield(lua, LUA_REGISTRYINDEX, "shoal.run_case");
        lua_rawgeti(lua, LUA_REGISTRYINDEX, start.function);
        call_with_traceback(lua, 1);
    });
    actors_.clear();
    sandbox.collect();
    return {start.name, ran ? std::string() : ran.error().text, std::exchange(lines_, {})};
}

void Rehearsal::begin_case()
{
    actors_.clear();
    lines_.clear();
    now_ = std::chrono::seconds{1000};
}

const std::string* Rehearsal::file(const std::string& name) const
{
    const auto at = play_.files.find(name);
    return at == play_.files.end() ? nullptr : &at->second;
}

Result<void> Rehearsal::load(const std::string& name, const std::string& text, std::map<std::string, std::string> options)
{
    ScriptSettings settings;
    settings.seed = 1;
    settings.options = std::move(options);
    settings.unix_time = unix_time();
    settings.is_utc = true;
    auto script = Script::load(name, text, settings, [this] { return now_; });
    if (!script) return script.error();
    actors_.insert_or_assign(name, Actor{std::move(*script), {}});
    return {};
}

Rehearsal::Actor* Rehearsal::actor(const std::string& name)
{
    const auto at = actors_.find(name);
    return at == actors_.end() ? nullptr : &at->second;
}

std::int64_t Rehearsal::unix_time() const
{
    return first_second_of_2030 + std::chrono::duration_cast<std::chrono::seconds>(now_).count() - 1000;
}

Result<void> Rehearsal::take_turns()
{
    for (auto& [name, actor] : actors_) {
        Turn all;
        do {
            if (slices_left_ == 0) return make_error(Errc::limit_exceeded, "the scripts have used all the instructions that a test may use");
            actor.script->set_unix_time(unix_time());
            add(all, actor.script->run());
            if (all.has_more) --slices_left_;
        } while (all.has_more);
        actor.turn = std::move(all);
    }
    return {};
}

} // namespace shoal::script_lua
