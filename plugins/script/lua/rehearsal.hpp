// Tests of scripts, written in Lua: a file NAME_test.lua names cases, in which scripts are loaded and see what the case makes up: events,
// torrents, web pages, time. Everything is of the case's own; nothing reaches the outside. Used by one thread at a time.
#pragma once

#include "script.hpp"

#include <shoal/result.hpp>
#include <shoal/value.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace shoal::script_lua {

class Rehearsal {
public:
    struct Play {
        std::string name{}; // of the test
        std::string text{};
        std::map<std::string, std::string> files{}; // beside it, by their names
        int slices = 2'000; // that its scripts may fill, over all cases: as much as twenty handlers without end
    };
    struct Outcome {
        std::string name;
        std::string why; // it failed; empty: it did not
        std::vector<std::string> lines; // that scripts logged in it
    };

    /// Runs every case; those that are left after a minute fail. Errors: what is wrong with the test itself, with a traceback.
    static Result<std::vector<Outcome>> run(const Play& play, Sandbox::Clock clock);

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
    void add_case(std::string name, int function) { cases_.push_back({std::move(name), function}); }
    Result<void> load(const std::string& name, const std::string& text, std::map<std::string, std::string> options);
    [[nodiscard]] Actor* actor(const std::string& name);
    [[nodiscard]] const std::map<std::string, Actor>& actors() const { return actors_; }
    /// Lets every script run until it waits. Errors: limit_exceeded.
    Result<void> take_turns();
    void advance(std::chrono::nanoseconds time) { now_ += time; }
    [[nodiscard]] std::chrono::nanoseconds now() const { return now_; }
    [[nodiscard]] std::int64_t unix_time() const;
    std::uint64_t new_errand() { return ++last_errand_; }
    void keep(std::string line) { lines_.push_back(std::move(line)); }

private:
    explicit Rehearsal(const Play& play) : play_(play), slices_left_(play.slices) {}

    void begin_case();
    Outcome run_case(Sandbox& sandbox, const CaseStart& start);

    const Play& play_;
    std::vector<CaseStart> cases_;
    std::map<std::string, Actor> actors_;
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
