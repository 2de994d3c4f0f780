#include "sandbox.hpp"

#include "error_text.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include <time.h>

namespace shoal::sandbox {
namespace {

constexpr int usual_period = 250;            // instructions; between two hooks nothing can be stopped
constexpr std::int64_t octets_per_unit = 64; // of memory allocated, and of text looked at

// The slowest that one instruction does with a text is to compare it with its like when both are full of zeros: 25 ns an octet. These many
// instructions may come between two hooks without their taking long.
constexpr std::size_t long_text = 16u << 10;
constexpr std::size_t most_walked = usual_period * long_text;

constexpr std::chrono::milliseconds longest_slice{100};
constexpr std::chrono::nanoseconds slow_instruction{200};

// Of a text that is compiled: what is read between two looks at the clock. In `a and a and …` each term walks through all before it.
constexpr std::size_t read_at_once = 256;
constexpr std::int64_t cost_of_a_character = 8;

// Lua does not count these among its calls, and the stack of the thread is what they are on.
constexpr int most_closing = 8;

constexpr std::size_t longest_error = 8192;
constexpr std::size_t size_of_a_head = 64; // that a text in memory has at most

// Of an error: it is logged and kept, and may be as long as a script likes.
std::string copy_of(lua_State* lua, int index)
{
    std::size_t size = 0;
    const char* text = lua_tolstring(lua, index, &size);
    return {text, std::min(size, longest_error)};
}

// Takes the error from the top of the stack.
std::string take_error(lua_State* lua)
{
    std::string text;
    if (lua_type(lua, -1) == LUA_TSTRING) {
        text = copy_of(lua, -1);
    } else {
        text = "(the error is a " + std::string(luaL_typename(lua, -1)) + ")";
        lua_pushcfunction(lua, error_text);
        lua_insert(lua, -2);
        if (lua_pcall(lua, 1, 1, 0) == LUA_OK && lua_type(lua, -1) == LUA_TSTRING) text = copy_of(lua, -1);
    }
    lua_pop(lua, 1);
    return text;
}

struct Reading {
    Sandbox& sandbox;
    std::string_view left;
};

struct Protected {
    UniqueFunction<void(lua_State*)>& body;
};

int add_traceback(lua_State* lua)
{
    if (lua_isstring(lua, 1) != 0) luaL_traceback(lua, lua, lua_tostring(lua, 1), 1);
    return 1;
}

int run_protected(lua_State* lua)
{
    auto& call = *static_cast<Protected*>(lua_touserdata(lua, 1));
    lua_settop(lua, 0);
    call.body(lua);
    return 0;
}

} // namespace

std::chrono::nanoseconds time_of_this_thread()
{
    timespec worked{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &worked);
    return std::chrono::seconds{worked.tv_sec} + std::chrono::nanoseconds{worked.tv_nsec};
}

Sandbox::Sandbox(const SandboxLimits& limits, Clock clock, std::uint64_t seed, Clock effort)
    : limits_(limits), clock_(std::move(clock)), effort_(std::move(effort)), random_(seed, 0)
{
}

Sandbox::~Sandbox()
{
    if (state_ == nullptr) return;
    lua_sethook(state_, nullptr, 0, 0);
    lua_close(state_); // nothing of the script's runs: there are no finalizers
}

Result<std::unique_ptr<Sandbox>> Sandbox::make(const SandboxLimits& limits, Clock clock, std::uint64_t seed, Clock effort)
{
    std::unique_ptr<Sandbox> made(new Sandbox(limits, std::move(clock), seed, std::move(effort)));
    made->state_ = lua_newstate(&Sandbox::allocate, made.get());
    if (made->state_ == nullptr) return make_error(Errc::limit_exceeded, "there is no memory for a Lua state");
    *static_cast<Sandbox**>(lua_getextraspace(made->state_)) = made.get();
    made->refill();
    const auto opened = made->protect([](lua_State* lua) {
        lua_newtable(lua);
        lua_rawseti(lua, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
        open_base(lua);
        open_coroutines(lua);
        open_strings(lua);
        open_tables(lua);
    });
    if (!opened) return opened.error();
    made->enter(made->state_);
    return made;
}

// The extra space of a new coroutine is a copy of the main one's.
Sandbox& Sandbox::of(lua_State* lua) { return **static_cast<Sandbox**>(lua_getextraspace(lua)); }

Result<void> Sandbox::protect(UniqueFunction<void(lua_State*)> body)
{
    Protected call{body};
    if (running_ != nullptr) enter(state_);
    lua_pushcfunction(state_, &run_protected);
    lua_pushlightuserdata(state_, &call);
    if (lua_pcall(state_, 1, 0, 0) == LUA_OK) return {};
    left_ = std::min(left_, limits_.slice); // for a __tostring of the script's
    auto text = take_error(state_);
    lua_settop(state_, 0);
    return make_error(Errc::invalid_argument, std::move(text));
}

// The hook is set anew: its count begins here, and whatever stopped the last run is forgotten.
Result<void> Sandbox::run(std::int64_t instructions, UniqueFunction<void(lua_State*)> body)
{
    refill();
    left_ = instructions;
    const auto allowed = std::min<std::chrono::nanoseconds>(limits_.time, instructions * slow_instruction);
    begin_time(allowed);
    running_ = state_;
    set_hook(state_);
    Protected call{body};
    lua_settop(state_, 0);
    lua_pushcfunction(state_, &add_traceback);
    lua_pushcfunction(state_, &run_protected);
    lua_pushlightuserdata(state_, &call);
    Result<void> ran;
    if (lua_pcall(state_, 1, 0, 1) != LUA_OK) ran = make_error(Errc::invalid_argument, take_error(state_));
    lua_settop(state_, 0);
    return ran;
}

void Sandbox::refill()
{
    left_ = limits_.handler;
    time_left_ = limits_.time;
    begin_time(time_left_);
    churned_ = 0;
    is_stopped_ = false;
    if (running_ != nullptr) set_hook(state_); // it was 1 when it was stopped
}

void Sandbox::begin_slice()
{
    slice_left_ = limits_.slice;
    looked_at_ = clock_();
    slice_end_ = looked_at_ + longest_slice;
}

void* Sandbox::allocate(void* user, void* block, std::size_t old_size, std::size_t new_size)
{
    auto& sandbox = *static_cast<Sandbox*>(user);
    const bool is_text = block == nullptr && old_size == LUA_TSTRING;
    if (block == nullptr) old_size = 0; // then it says what the block is for
    if (new_size == 0) {
        if (old_size > long_text) sandbox.forget_text(block);
        std::free(block);
        sandbox.used_ -= old_size;
        return nullptr;
    }
    const bool is_too_long = is_text && new_size > sandbox.limits_.text + size_of_a_head;
    if (is_too_long || (new_size > old_size && new_size - old_size > sandbox.limits_.memory - std::min(sandbox.used_, sandbox.limits_.memory))) {
        sandbox.churned_ += static_cast<std::int64_t>(sandbox.limits_.memory); // everything is looked at for what can be freed
        return nullptr;
    }
    void* moved = std::realloc(block, new_size);
    if (moved == nullptr) return nullptr;
    if (is_text && new_size > long_text) sandbox.note_text(moved, new_size);
    sandbox.used_ += new_size - old_size;
    if (new_size > old_size) sandbox.churned_ += static_cast<std::int64_t>(new_size);
    return moved;
}

// Nothing may be raised here, but the hook may be set: it is made for being set at any time.
void Sandbox::note_text(const void* text, std::size_t size)
{
    const int before = hook_period();
    long_texts_[text] = size;
    longest_ = std::max(longest_, size);
    if (running_ != nullptr && !is_stopped_ && hook_period() < before) set_hook(running_);
}

void Sandbox::forget_text(const void* text)
{
    const auto at = long_texts_.find(text);
    if (at == long_texts_.end()) return; // something else of that size
    const bool was_longest = at->second == longest_;
    long_texts_.erase(at);
    if (!was_longest) return;
    longest_ = 0;
    for (const auto& [other, size] : long_texts_) longest_ = std::max(longest_, size);
}

// What was stopped runs nothing more, also not what it was to close.
int Sandbox::hook_period() const
{
    if (is_stopped_) return 1;
    return static_cast<int>(std::max<std::size_t>(most_walked / std::max(longest_, long_text), 1));
}

void Sandbox::set_hook(lua_State* lua) { lua_sethook(lua, &Sandbox::hook, LUA_MASKCOUNT, hook_period()); }

void Sandbox::enter(lua_State* lua)
{
    running_ = lua;
    if (lua_gethookcount(lua) != hook_period()) set_hook(lua);
}

void Sandbox::hook(lua_State* lua, lua_Debug*)
{
    auto& sandbox = of(lua);
    sandbox.rethrow_if_stopped(lua);
    sandbox.spend(lua, lua_gethookcount(lua));
    sandbox.enter(lua);
    if (!sandbox.may_pause_ || !sandbox.is_slice_over() || !lua_isyieldable(lua)) return;
    sandbox.pause_ = Pause::slice;
    lua_yield(lua, 0);
}

void Sandbox::spend(lua_State* lua, std::int64_t cost)
{
    cost += std::exchange(churned_, 0) / octets_per_unit;
    left_ -= cost;
    slice_left_ -= cost;
    if (left_ < 0) stop(lua, "it used all the instructions that a handler may use");
    looked_at_ = clock_();
    if (looked_at_ > deadline_ && is_late()) stop(lua, "it took longer than a handler may take");
}

void Sandbox::begin_time(std::chrono::nanoseconds allowed)
{
    deadline_ = clock_() + allowed;
    if (effort_) most_effort_ = effort_() + allowed;
}

std::chrono::nanoseconds Sandbox::unused_time() const { return most_effort_ ? *most_effort_ - effort_() : deadline_ - clock_(); }

// By the clock it is. What the machine did meanwhile is not its fault: in virtual time it never is late, and otherwise only when it has
// worked for so long itself.
bool Sandbox::is_late()
{
    if (!most_effort_) return true;
    const auto left = *most_effort_ - effort_();
    if (left <= std::chrono::nanoseconds{}) return true;
    deadline_ = looked_at_ + left;
    return false;
}

void Sandbox::stop(lua_State* lua, const char* why)
{
    is_stopped_ = true;
    why_stopped_ = why;
    set_hook(lua); // nothing more of it runs, also no handler of errors
    rethrow_if_stopped(lua);
}

const char* Sandbox::read_piece(lua_State* lua, void* user, std::size_t* size)
{
    auto& reading = *static_cast<Reading*>(user);
    const auto next = reading.left.substr(0, read_at_once);
    reading.left.remove_prefix(next.size());
    reading.sandbox.spend(lua, static_cast<std::int64_t>(next.size()) * cost_of_a_character);
    *size = next.size();
    return next.data();
}

bool Sandbox::compile(lua_State* lua, std::string_view text, const char* name)
{
    Reading reading{*this, text};
    const int status = lua_load(lua, &Sandbox::read_piece, &reading, name, "t");
    rethrow_if_stopped(lua);
    return status == LUA_OK;
}

int Sandbox::close(lua_State* lua, lua_State* coroutine)
{
    if (closing_ == most_closing) luaL_error(lua, "coroutines close each other too deeply");
    ++closing_;
    enter(coroutine);
    const int status = lua_resetthread(coroutine);
    enter(lua);
    --closing_;
    rethrow_if_stopped(lua);
    return status;
}

void Sandbox::rethrow_if_stopped(lua_State* lua)
{
    if (is_stopped_) luaL_error(lua, "%s", why_stopped_.c_str());
}

void Sandbox::check_wait(lua_State* lua)
{
    if (!may_pause_) luaL_error(lua, "nothing can be waited for while the script is loaded: do it in a handler");
    if (!may_wait_ || !lua_isyieldable(lua)) {
        luaL_error(lua, "nothing can be waited for inside a function that another one calls (a comparison, a replacement)");
    }
}

int Sandbox::wait(lua_State* lua, lua_KFunction continuation)
{
    pause_ = Pause::wait;
    return lua_yieldk(lua, 0, 0, continuation);
}

Sandbox::Ended Sandbox::resume(lua_State* thread, int arguments, std::string& why)
{
    int results = 0;
    waiting_.erase(thread);
    pause_ = Pause::none;
    may_pause_ = true;
    may_wait_ = true;
    begin_time(time_left_);
    enter(thread);
    const int status = lua_resume(thread, state_, arguments, &results);
    enter(state_);
    time_left_ = unused_time();
    may_pause_ = false;
    if (status == LUA_OK) return Ended::done;
    if (status == LUA_YIELD && pause_ != Pause::none) {
        lua_pop(thread, results);
        waiting_.insert(thread);
        return Ended::paused;
    }
    if (status == LUA_YIELD) {
        why = "it yielded, and there is no coroutine of its own to yield from";
        return Ended::failed;
    }
    lua_xmove(thread, state_, 1);
    const bool was_stopped = std::exchange(is_stopped_, false);
    left_ = std::min(left_, limits_.slice); // for a __tostring of the script's, which may be stopped again
    why = take_error(state_);
    if (was_stopped) why = why_stopped_;
    is_stopped_ = false;
    const auto said = protect([&](lua_State* lua) {
        luaL_traceback(lua, thread, why.c_str(), 0);
        why = lua_tostring(lua, -1);
    });
    static_cast<void>(said); // without the memory for a traceback there is none
    return Ended::failed;
}

} // namespace shoal::sandbox
