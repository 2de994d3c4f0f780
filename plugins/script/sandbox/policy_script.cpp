#include "policy_script.hpp"

#include <algorithm>
#include <utility>

namespace shoal::sandbox {
namespace {

constexpr SandboxLimits limits{.memory = 16u << 20, .time = std::chrono::seconds{1}, .text = 16u << 10};
constexpr std::int64_t loading = 5'000'000; // instructions
constexpr int most_lines = 20;              // of a call
constexpr std::size_t longest_line = 1000;

// Where in the registry lies what the script answers with.
constexpr char answers = 'a';

// "what\nstack traceback:\n\tA\n\tB" becomes "what (A < B)": a log has lines.
std::string in_one_line(std::string text)
{
    constexpr std::string_view mark = "\nstack traceback:";
    const auto at = text.find(mark);
    if (at == text.npos) return text;
    std::string line = text.substr(0, at);
    std::string_view frames(text);
    frames.remove_prefix(at + mark.size());
    const char* before = " (";
    while (frames.starts_with("\n\t")) {
        frames.remove_prefix(2);
        const auto frame = frames.substr(0, frames.find('\n'));
        frames.remove_prefix(frame.size());
        if (frame == "[C]: in ?") continue;
        line.append(before).append(frame);
        before = " < ";
    }
    return *before == ' ' && before[1] == '<' ? line + ")" : line;
}

void push_answer(lua_State* lua, const char* name)
{
    lua_rawgetp(lua, LUA_REGISTRYINDEX, &answers);
    lua_pushstring(lua, name);
    lua_rawget(lua, -2);
    lua_remove(lua, -2);
}

} // namespace

Result<std::unique_ptr<PolicyScript>> PolicyScript::load(const Source& source, Sandbox::Clock clock, std::uint64_t seed, Say say,
                                                         UniqueFunction<void(lua_State*)> open)
{
    auto sandbox = Sandbox::make(limits, std::move(clock), seed, time_of_this_thread);
    if (!sandbox) return sandbox.error();
    std::unique_ptr<PolicyScript> script(new PolicyScript(std::move(*sandbox), std::move(say)));
    if (const auto ran = script->run_body(source, std::move(open)); !ran) {
        return make_error(ran.error().code, in_one_line(ran.error().text));
    }
    return script;
}

Result<void> PolicyScript::run_body(const Source& source, UniqueFunction<void(lua_State*)> open)
{
    return sandbox_->run(loading, [&](lua_State* lua) {
        open_ordered(lua);
        lua_pushlightuserdata(lua, this);
        lua_pushcclosure(lua, print, 1);
        lua_setglobal(lua, "print");
        if (open) open(lua);
        lua_settop(lua, 0);
        const std::string chunk = "@" + source.file;
        if (!sandbox_->compile(lua, source.text, chunk.c_str())) lua_error(lua);
        lua_call(lua, 0, 1);
        if (!lua_istable(lua, -1)) lua_pushglobaltable(lua);
        lua_rawsetp(lua, LUA_REGISTRYINDEX, &answers);
    });
}

bool PolicyScript::has(const char* function)
{
    bool is_there = false;
    const auto looked = sandbox_->protect([&](lua_State* lua) {
        push_answer(lua, function);
        is_there = lua_isfunction(lua, -1);
    });
    return looked && is_there;
}

bool PolicyScript::is_set(const char* name)
{
    bool is_true = false;
    const auto looked = sandbox_->protect([&](lua_State* lua) {
        push_answer(lua, name);
        is_true = lua_toboolean(lua, -1) != 0;
    });
    return looked && is_true;
}

Result<void> PolicyScript::call(const char* function, std::int64_t instructions, UniqueFunction<int(lua_State*)> push,
                                UniqueFunction<void(lua_State*)> take)
{
    lines_ = 0;
    const auto ran = sandbox_->run(instructions, [&](lua_State* lua) {
        push_answer(lua, function);
        const int arguments = push(lua);
        lua_call(lua, arguments, 1);
        if (take) take(lua);
    });
    if (ran) return {};
    return make_error(ran.error().code, in_one_line(ran.error().text));
}

int PolicyScript::print(lua_State* lua)
{
    auto& script = *static_cast<PolicyScript*>(lua_touserdata(lua, lua_upvalueindex(1)));
    if (!script.say_ || ++script.lines_ > most_lines) return 0;
    std::string line;
    for (int i = 1; i <= lua_gettop(lua) && line.size() < longest_line; ++i) {
        lua_getglobal(lua, "tostring");
        lua_pushvalue(lua, i);
        lua_call(lua, 1, 1);
        std::size_t size = 0;
        const char* text = lua_tolstring(lua, -1, &size);
        if (text == nullptr) return luaL_error(lua, "tostring gives no text");
        line.append(i > 1 ? "\t" : "").append(text, std::min(size, longest_line));
        lua_pop(lua, 1);
    }
    script.say_(line);
    return 0;
}

} // namespace shoal::sandbox
