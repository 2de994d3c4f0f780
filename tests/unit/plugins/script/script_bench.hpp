// One script in a test's hands: time stands still unless the test moves it, and what the script wants is answered by the test.
#pragma once

#include "script.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace shoal::script_lua::test {

struct ScriptBench {
    ScriptBench();

    /// What is wrong with it; empty: it runs.
    std::string load(const std::string& text);
    /// Turn after turn until it has nothing more to do.
    void run();
    void hear(const std::string& event, Value::Map payload = {});
    /// Answers the oldest wish.
    void answer(Result<Value> with);
    void wait(std::chrono::nanoseconds time);

    ScriptSettings settings; // with limits that are reached soon
    std::chrono::nanoseconds now{std::chrono::seconds{100}};
    std::chrono::nanoseconds per_look{}; // the clock goes on by so much each time that somebody looks at it
    std::unique_ptr<Script> script;
    std::vector<std::string> lines; // that were logged
    std::vector<Trouble> troubles;
    std::vector<Wish> wishes; // unanswered
    Turn last;
    int turns = 0;
};

} // namespace shoal::script_lua::test
