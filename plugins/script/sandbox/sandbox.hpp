// One Lua state behind bars: what it may use of memory and time, and how it is stopped. Whoever runs it says when the time is up;
// nothing in the state can keep it from stopping, neither pcall nor a coroutine nor a metamethod.
//
//   memory        its allocator refuses; to the script that is an error like others
//   instructions  a hook counts them, everywhere: new coroutines inherit it. What C functions do, and what is allocated, is charged
//                 in the same coin. After `slice` of them the script pauses, after `handler` of them it is stopped
//   time          by the host's clock, for what no count foresees: an instruction that compares two long texts, or makes a number of one,
//                 takes as long as they are. The hook therefore looks the more often the longer the longest text is
#pragma once

#include "lua_api.hpp"

#include <shoal/random.hpp>
#include <shoal/result.hpp>
#include <shoal/unique_function.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace shoal::sandbox {

struct SandboxLimits {
    std::size_t memory = 32u << 20;         // octets
    std::int64_t slice = 1'000'000;         // instructions, about 20 ms
    std::int64_t handler = 100'000'000;     // instructions, about 2 s
    std::chrono::nanoseconds time = std::chrono::seconds{2};
    std::size_t text = 16u << 20;           // the longest text there may be
};

class Sandbox {
public:
    using Clock = std::function<std::chrono::nanoseconds()>;

    enum class Pause {
        none,
        slice, // others are to have their turn
        wait,  // for an answer
    };
    enum class Ended { done, paused, failed };

    /// `effort`: what the thread itself has worked so far, if what else a machine has to do is not to count. Errors: limit_exceeded, no
    /// memory for a state.
    static Result<std::unique_ptr<Sandbox>> make(const SandboxLimits& limits, Clock clock, std::uint64_t seed, Clock effort = {});
    ~Sandbox();
    Sandbox(const Sandbox&) = delete;
    Sandbox& operator=(const Sandbox&) = delete;

    static Sandbox& of(lua_State* lua);

    [[nodiscard]] lua_State* state() const { return state_; }
    [[nodiscard]] std::size_t memory_used() const { return used_; }

    /// Runs `body` where Lua may raise errors. Errors: what it raised.
    Result<void> protect(UniqueFunction<void(lua_State*)> body);

    /// The same for a call from outside, which may use so many instructions, and the time that these take on a slow machine. The error has
    /// a traceback.
    Result<void> run(std::int64_t instructions, UniqueFunction<void(lua_State*)> body);

    /// Lets go of what nobody can reach: a handler that failed leaves more than others.
    void collect() { lua_gc(state_, LUA_GCCOLLECT); }

    /// Gives what follows all that a handler may use.
    void refill();
    /// What is left of the slice; a new one begins.
    void begin_slice();
    [[nodiscard]] bool is_slice_over() const { return slice_left_ <= 0 || looked_at_ > slice_end_; }

    /// Runs a coroutine of the host's until it ends, pauses or fails; `why` is then a text with a traceback.
    Ended resume(lua_State* thread, int arguments, std::string& why);
    [[nodiscard]] Pause pause() const { return pause_; }

    // -- for functions that the state calls. Those that raise do not return.
    /// Pays for work that is no instruction. Raises when nothing is left.
    void spend(lua_State* lua, std::int64_t cost);
    /// Compiles a text, and pushes the function that it is, or what is wrong with it: whether it is the function. It is paid for while it
    /// is read: what one more character costs may grow with those before it.
    bool compile(lua_State* lua, std::string_view text, const char* name);
    /// Raises again what nothing may catch.
    void rethrow_if_stopped(lua_State* lua);
    [[nodiscard]] bool is_stopped() const { return is_stopped_; }
    /// That state runs from here on: it is counted like the one before.
    void enter(lua_State* lua);
    /// Raises where nothing can be waited for.
    void check_wait(lua_State* lua);
    /// Whether the coroutine that is about to be resumed may wait: not inside a function that cannot. What it was before.
    bool set_may_wait(bool may) { return std::exchange(may_wait_, may); }
    [[nodiscard]] bool may_wait() const { return may_wait_; }
    /// The whole coroutine of the host's waits: `continuation` goes on when it is resumed. Does not return.
    int wait(lua_State* lua, lua_KFunction continuation);
    void set_pause(Pause pause) { pause_ = pause; }
    /// Ends a coroutine, which runs what it was to close: lua_resetthread's answer. Raises when that ends others which end others too deeply.
    int close(lua_State* lua, lua_State* coroutine);
    /// Coroutines of the script's that wait with their handler: nobody else may resume them.
    std::set<const lua_State*>& waiting() { return waiting_; }
    RandomStream& random() { return random_; }
    [[nodiscard]] const SandboxLimits& limits() const { return limits_; }

private:
    Sandbox(const SandboxLimits& limits, Clock clock, std::uint64_t seed, Clock effort);

    static void* allocate(void* user, void* block, std::size_t old_size, std::size_t new_size);
    static void hook(lua_State* lua, lua_Debug*);
    void stop(lua_State* lua, const char* why);
    void note_text(const void* text, std::size_t size);
    void forget_text(const void* text);
    [[nodiscard]] int hook_period() const;
    void set_hook(lua_State* lua);
    static const char* read_piece(lua_State* lua, void* user, std::size_t* size);

    SandboxLimits limits_;
    void begin_time(std::chrono::nanoseconds allowed);
    [[nodiscard]] std::chrono::nanoseconds unused_time() const;
    [[nodiscard]] bool is_late();

    Clock clock_;
    Clock effort_; // none: the clock says it
    RandomStream random_;
    lua_State* state_ = nullptr;
    lua_State* running_ = nullptr; // it or a coroutine; null: none is counted
    std::map<const void*, std::size_t> long_texts_;
    std::size_t longest_ = 0; // of them
    std::size_t used_ = 0;
    std::int64_t churned_ = 0; // octets allocated that nobody has paid for yet
    std::int64_t slice_left_ = 0;
    std::int64_t left_ = 0;
    std::chrono::nanoseconds looked_at_{}; // when the clock was asked last
    std::chrono::nanoseconds slice_end_ = std::chrono::nanoseconds::max();
    std::chrono::nanoseconds deadline_{};
    std::optional<std::chrono::nanoseconds> most_effort_; // when it has worked too long
    std::chrono::nanoseconds time_left_{}; // while it pauses
    Pause pause_ = Pause::none;
    bool may_pause_ = false; // inside resume()
    bool may_wait_ = true;   // no coroutine between here and there is inside a function that cannot
    int closing_ = 0;        // coroutines that close what closes coroutines
    bool is_stopped_ = false;
    std::string why_stopped_;
    std::set<const lua_State*> waiting_;
};

/// What the thread that asks has worked so far.
std::chrono::nanoseconds time_of_this_thread();

// What a script finds in its global table; from the explicit lists in these files. May raise.
void open_base(lua_State* lua);       // base_library.cpp: and math, utf8
void open_coroutines(lua_State* lua); // coroutine_library.cpp
void open_strings(lua_State* lua);    // string_library.cpp
void open_tables(lua_State* lua);     // table_library.cpp
/// For scripts whose runs must be alike to the last instruction: takes out, or puts in order, what depends on addresses and hash seeds.
void open_ordered(lua_State* lua);    // ordered_library.cpp; after all others

/// A new table with `names` of the table on top of the stack, which it replaces.
void keep_only(lua_State* lua, std::initializer_list<const char*> names);
/// The function `name` of the table on top gives way to `by`, whose upvalue it becomes.
void rewrite(lua_State* lua, const char* name, lua_CFunction by);
/// The function `name` of the table on top, so that its text arguments are paid for first.
void charge_for(lua_State* lua, const char* name);

} // namespace shoal::sandbox
