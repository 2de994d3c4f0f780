// Tests of scripts, written in Lua: a file NAME_test.lua names cases, in which scripts are loaded and see what the case makes up: events,
// torrents, web pages, time. Everything is of the case's own; nothing reaches the outside. It goes on slice by slice, as scripts do, so that
// whoever runs it has others' turns in between. Used by one thread at a time.
#pragma once

#include "script.hpp"

#include <shoal/result.hpp>
#include <shoal/value.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace shoal::script_lua {

class Rehearsal {
public:
    struct Play {
        std::string name{}; // of the test
        std::string text{};
        std::map<std::string, std::string> files{}; // beside it, by their names
        std::vector<std::string> events{};          // that somebody tells; none: any may be told
        int slices = 2'000; // that its scripts may fill, over all cases: as much as twenty handlers without end
    };
    struct Outcome {
        std::string name;
        std::string why; // it failed; empty: it did not
        std::vector<std::string> lines; // that scripts logged in it
    };

    using Outcomes = std::vector<Outcome>;

    Rehearsal(Play play, Sandbox::Clock clock)
        : play_(std::move(play)), clock_(std::move(clock)), slices_left_(play_.slices)
    {
    }

    /// Goes on for a slice: with the text of the test, then with case after case. False: it is over.
    bool run();
    /// Every case; those that are left after a minute of slices have failed. Errors: what is wrong with the test itself, with a traceback.
    [[nodiscard]] const Result<Outcomes>& outcomes() const { return outcomes_; }

    // -- for the functions that the test calls (rehearsal_api.cpp); those with a lua_State may raise
    struct Actor {
        std::unique_ptr<Script> script;
        Turn turn; // the last
    };
    struct CaseStart {
        std::string name;
        int function; // a reference of the test's
    };

    [[nodiscard]] const std::string* file(const std::string& name) const;
    [[nodiscard]] const std::vector<std::string>& events() const { return play_.events; }
    void add_case(std::string name, int function) { cases_.push_back({std::move(name), function}); }
    /// Of the files beside it: a script, or the main.lua of one that is a folder. Errors: also not_found.
    Result<void> load(const std::string& file, std::map<std::string, std::string> options);
    /// As scripts are called: without main.lua and .lua.
    static std::string script_name(const std::string& file);
    [[nodiscard]] Actor* actor(const std::string& name);
    [[nodiscard]] const std::map<std::string, Actor>& actors() const { return actors_; }
    /// Lets every script run until it waits, or for a slice. True: the slice is over, and they are to go on. Errors: limit_exceeded.
    Result<bool> take_turns();
    /// Before the first of them: what the last ones brought is forgotten.
    void begin_turns();
    /// Others have waited long enough.
    [[nodiscard]] bool is_slice_over() const;
    void advance(std::chrono::nanoseconds time) { now_ += time; }
    [[nodiscard]] std::chrono::nanoseconds now() const { return now_; }
    [[nodiscard]] std::int64_t unix_time() const;
    std::uint64_t new_errand() { return ++last_errand_; }
    void keep(std::string line) { lines_.push_back(std::move(line)); }

private:
    [[nodiscard]] std::shared_ptr<Modules> modules_for(const std::string& file) const;
    bool begin();
    bool begin_next();
    void begin_thread(lua_State* lua);
    bool go_on();
    void end(std::string why);
    bool give_up(Error error);

    Play play_;
    Sandbox::Clock clock_;
    std::unique_ptr<Sandbox> sandbox_; // null: it has not begun
    std::vector<CaseStart> cases_;
    std::size_t next_case_ = 0;
    lua_State* thread_ = nullptr; // of what is under way: the text of the test, or a case
    int anchor_ = 0;
    bool is_reading_ = false; // it is the text
    int arguments_ = 0;       // that wait on the thread
    Result<Outcomes> outcomes_ = Outcomes{};
    std::chrono::nanoseconds slice_began_{};
    std::chrono::nanoseconds used_{}; // by the slices so far

    std::map<std::string, Actor> actors_;
    std::set<std::string> waiting_actors_; // for a turn
    std::chrono::nanoseconds now_{};
    std::uint64_t last_errand_ = 0;
    int slices_left_;
    std::vector<std::string> lines_;
};

/// Pushes the function that runs a case. May raise.
void open_rehearsal(lua_State* lua, Rehearsal& rehearsal);
extern const char* const rehearsal_filter;  // the filters of torrents.list, in Lua
extern const char* const rehearsal_prelude; // what a case is given to work with, in Lua

} // namespace shoal::script_lua
