// One script: its handlers, its timers, and what it waits for. It does no I/O: what happened is told to it, what it wants comes out of
// run(). Used by one thread at a time.
#pragma once

#include "declarations.hpp"
#include "errands.hpp"
#include "grants.hpp"
#include "modules.hpp"
#include "regex.hpp"
#include "sandbox/sandbox.hpp"
#include "timers.hpp"

#include <shoal/host.hpp>
#include <shoal/result.hpp>
#include <shoal/value.hpp>

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace shoal::script_lua {

using sandbox::Sandbox;
using sandbox::SandboxLimits;

struct ScriptSettings {
    SandboxLimits limits{};
    std::uint64_t seed = 0;
    std::uint32_t patience = 5;        // failures in a row, until a handler is suspended
    std::size_t most_handlers = 1000;
    std::size_t most_timers = 1000;
    std::size_t most_waiting = 1000;   // handlers that wait for something
    std::size_t most_queued = 10'000;  // events that wait for their turn
    std::map<std::string, std::string> options{}; // of opts/<script>.conf
    std::shared_ptr<Modules> modules{};           // that it may require; null: none
    std::string folder{};                         // where it is; empty: nowhere
    Sandbox::Clock effort{};           // what its thread has worked so far; none: only the clock counts
    std::int64_t unix_time = 0;        // when it is loaded
    bool is_reading = false;           // a text that somebody handed over: whatever it asks for, nothing is granted to it
    bool is_utc = false;               // what it takes for local time is UTC: a test says the same everywhere
};

/// What a script wants of the outside; it waits for answer(ticket, …).
struct Wish {
    enum class Kind { call, read, write, erase, count, keys, web, file, program, notice };
    std::uint64_t ticket = 0;
    Kind kind = Kind::call;
    std::string name; // of a method or key, or how keys begin
    Value value;      // arguments, or what is to be kept or added, or the key before
};

struct LogLine {
    LogLevel level;
    std::string text;
};

/// A handler failed.
struct Trouble {
    std::string handler;
    std::string traceback;
    bool is_suspended = false;
};

struct ListenerReport {
    std::string name;
    std::string event;
    std::uint64_t calls = 0;
    std::uint64_t failures = 0;
    bool is_suspended = false;
    std::optional<std::int32_t> priority{}; // of one that attends a hook
};

/// What one turn brought.
struct Turn {
    std::vector<Wish> wishes;
    std::vector<LogLine> lines;
    std::vector<Trouble> troubles;
    std::vector<ListenerReport> handlers;
    Errands::Finished finished;
    std::optional<std::chrono::nanoseconds> wake; // when it wants to run again, by the host's clock
    std::size_t timers = 0;
    std::size_t memory = 0;
    bool has_more = false; // it was others' turn
    bool is_idle = false;  // nothing is under way, also nothing that waits
};

class Script {
public:
    /// Runs the body, which can do nothing but say what it wants to hear. Errors: what is wrong with it, with a traceback.
    static Result<std::unique_ptr<Script>> load(const std::string& name, const std::string& text, const ScriptSettings& settings,
                                                Sandbox::Clock clock);
    Script(const Script&) = delete;
    Script& operator=(const Script&) = delete;

    void hear(const std::string& event, const std::shared_ptr<const Value::Map>& payload);
    /// An answer that nobody waits for any more is dropped.
    void answer(std::uint64_t ticket, Result<Value> answer);
    /// Asks a rule's predicate about an item. The errand's answer: ok, and why.
    void ask(std::uint64_t errand, const std::string& rule, Value::Map item);
    /// Puts a question to a handler that attends a hook. The errand's answer: allowed, why not, and the changes that it wants.
    void decide(std::uint64_t errand, const std::string& handler, Value::Map question);
    /// Runs the handlers that would hear the event (one of them, when it is named), also those that are suspended.
    void run_by_hand(std::uint64_t errand, const std::string& event, Value::Map payload, const std::string& handler);
    /// What the calendar says; from then on the host's clock goes on.
    void set_unix_time(std::int64_t seconds);
    [[nodiscard]] const Grants& grants() const { return grants_; }
    void give_up(std::uint64_t errand) { errands_.give_up(errand); }
    /// Runs what is to be run, for one slice.
    Turn run();

    // -- from one version to the next (script_reload.cpp)
    /// Another version has taken its place: it comes to an end with what it has begun.
    void leave();
    /// Its shoal.state, for the next version. Errors: it is nothing that can be passed on.
    Result<Value> state();
    [[nodiscard]] bool wants_state() const { return on_reload_ != 0; }
    /// Runs what it has given to shoal.on_reload.
    void reload(const Result<Value>& state);

    // -- for the functions that the script calls (script_api.cpp); those with a lua_State may raise
    void set_handler(lua_State* lua, std::string name, std::string event, std::optional<std::int32_t> priority);
    bool drop_handler(lua_State* lua, const std::string& name);
    void set_on_reload(lua_State* lua);
    /// False: there are too many.
    bool set_timer(lua_State* lua, const std::string& name, std::chrono::nanoseconds delay, bool repeats);
    bool drop_timer(lua_State* lua, const std::string& name);
    Declarations& declarations() { return declarations_; }
    void say(LogLevel level, std::string text);
    void want(Wish::Kind kind, std::string name, Value value);
    void sleep(std::chrono::nanoseconds time);
    /// Of the wish, or after the sleep, that the running handler waited for.
    Result<Value> take_answer();
    /// A rule's predicate decides by what it is given.
    [[nodiscard]] bool is_deciding() const;
    /// A text that somebody handed over: it has no timers, and may ask for nothing.
    [[nodiscard]] bool is_reading() const { return settings_.is_reading; }
    [[nodiscard]] bool may(std::string_view grant) const { return grants_.has(grant); }
    /// How many torrents have been removed so far, and whether one of that info-hash has been since they were so many: whoever got hold of
    /// it then holds nothing. Only the last 10,000 removals are known; what was held before is for the host to judge.
    [[nodiscard]] std::uint64_t removals() const { return removals_; }
    [[nodiscard]] bool is_gone(const std::string& torrent, std::uint64_t since) const;
    [[nodiscard]] std::chrono::nanoseconds now() const { return clock_(); }
    [[nodiscard]] std::int64_t unix_time() const;
    [[nodiscard]] bool is_utc() const { return settings_.is_utc; }
    [[nodiscard]] const std::string& name() const { return name_; }
    /// As its first lines say it; empty: they do not.
    [[nodiscard]] const std::string& version() const { return version_; }
    [[nodiscard]] const std::string& folder() const { return settings_.folder; }
    /// It is a folder, not a file.
    [[nodiscard]] bool is_folder() const { return is_folder_; }
    [[nodiscard]] const std::map<std::string, std::string>& options() const { return settings_.options; }
    RegexShelf& regexes() { return regexes_; }
    /// Null: it has none, or is loaded already.
    [[nodiscard]] Modules* modules() const { return settings_.modules.get(); }

private:
    struct Listener {
        std::string event;
        int function = 0;
        std::uint64_t calls = 0;
        std::uint64_t failures = 0;
        std::uint32_t in_a_row = 0;
        std::uint64_t number = 0;
        bool is_suspended = false;
        std::optional<std::int32_t> priority{}; // of one that attends a hook
    };
    enum class Call { handler, hook, timer, predicate, reload };
    struct Task {
        lua_State* thread = nullptr;
        int anchor = 0;
        std::string handler; // or timer, or rule
        Call call = Call::handler;
        std::uint64_t errand = 0; // not 0: somebody waits for how it ends
        std::uint64_t ticket = 0; // of what it waits for
    };
    struct Item { // what is to be run
        std::string handler{};
        Call call = Call::handler;
        std::uint64_t errand = 0;
        std::string event{};
        std::shared_ptr<const Value::Map> payload{};
        std::uint64_t ticket = 0; // not 0: who waits for it goes on, with the answer
        Result<Value> answer = Value{};
    };

    Script(std::string name, const ScriptSettings& settings, Sandbox::Clock clock, std::unique_ptr<Sandbox> sandbox);

    Result<void> run_body(const std::string& text);
    void note_removal(const std::string& torrent);
    void queue_due();
    void begin(const Item& item);
    void go_on(std::uint64_t task, int arguments);
    void end(std::uint64_t task);
    void on_done(const Task& task);
    [[nodiscard]] Value verdict(lua_State* thread) const;
    [[nodiscard]] Result<Value> decision(lua_State* thread);
    [[nodiscard]] std::vector<std::string> handlers_for(const std::string& event) const;
    std::uint64_t new_ticket();
    void go_on_with(Item item);
    void fail(const Task& task, std::string traceback);
    void report();
    int function_of(const Item& item);

    std::string name_;
    std::string version_;
    bool is_folder_ = false;
    ScriptSettings settings_;
    Sandbox::Clock clock_;
    std::unique_ptr<Sandbox> sandbox_;
    Grants grants_;
    RegexShelf regexes_;
    std::int64_t unix_time_ = 0;
    std::chrono::nanoseconds unix_time_at_{}; // by the host's clock
    Declarations declarations_;
    Errands errands_;
    std::map<std::string, Listener> handlers_;
    std::uint64_t last_handler_ = 0;
    Timers timers_;
    std::multimap<std::chrono::nanoseconds, std::uint64_t> sleeping_; // tickets
    std::map<std::uint64_t, Task> tasks_;
    std::uint64_t last_task_ = 0;
    std::map<std::uint64_t, std::uint64_t> waiting_; // tasks by their tickets
    std::uint64_t last_ticket_ = 0;
    std::uint64_t running_ = 0; // the task that runs, or whose slice is over
    bool is_cut_ = false;       // its slice is over
    std::deque<Item> queue_;
    bool is_dropping_ = false; // it was said that events are dropped
    bool is_leaving_ = false;  // it hears nothing, and no timer goes off
    int on_reload_ = 0;        // a function of the script's, by its reference
    Result<Value> answer_ = Value{};
    std::uint64_t removals_ = 0;                            // of all torrents, so far
    std::map<std::string, std::uint64_t> removed_;          // which of them was a torrent's last
    std::deque<std::pair<std::uint64_t, std::string>> removals_in_order_; // the last of them
    Turn turn_;
};

/// The script that a function of ours belongs to.
inline Script& script_of(lua_State* lua) { return *static_cast<Script*>(lua_touserdata(lua, lua_upvalueindex(1))); }

constexpr const char* api_place = "shoal.api"; // in the registry, whatever the script does to its globals
/// Rises when scripts that ran before have to be changed; what is merely new, a script can look for.
constexpr int api_version = 1;

/// Makes the global `shoal`. May raise.
void open_api(lua_State* lua, Script& script);
/// Functions that need nothing of the outside, into the table on top (library_api.cpp). May raise.
void add_library(lua_State* lua, Script& script);
/// wrong_hook(name): nil, or what is wrong with it, for the prelude of scripts and that of tests.
int wrong_hook(lua_State* lua);
/// api(name, function): the function as scripts call it (api_function.cpp).
int api_function(lua_State* lua);
extern const char* const prelude; // the part of it that is written in Lua
extern const char* const observe_prelude;

} // namespace shoal::script_lua
