#include "script_bench.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace shoal::script_lua::test {

ScriptBench::ScriptBench()
{
    settings.limits.memory = 8u << 20;
    settings.limits.slice = 100'000;
    settings.limits.handler = 2'000'000;
    settings.limits.text = 1u << 20;
}

std::string ScriptBench::load(const std::string& text)
{
    auto loaded = Script::load("tested", text, settings, [this] { return now += per_look; });
    if (!loaded) return loaded.error().text;
    script = std::move(*loaded);
    run();
    return {};
}

void ScriptBench::run()
{
    REQUIRE(script);
    do {
        last = script->run();
        ++turns;
        for (auto& line : last.lines) lines.push_back(std::move(line.text));
        std::ranges::move(last.troubles, std::back_inserter(troubles));
        std::ranges::move(last.wishes, std::back_inserter(wishes));
    } while (last.has_more);
}

void ScriptBench::hear(const std::string& event, Value::Map payload)
{
    script->hear(event, std::make_shared<const Value::Map>(std::move(payload)));
    run();
}

void ScriptBench::answer(Result<Value> with)
{
    REQUIRE_FALSE(wishes.empty());
    const auto ticket = wishes.front().ticket;
    wishes.erase(wishes.begin());
    script->answer(ticket, std::move(with));
    run();
}

void ScriptBench::wait(std::chrono::nanoseconds time)
{
    now += time;
    run();
}

} // namespace shoal::script_lua::test
