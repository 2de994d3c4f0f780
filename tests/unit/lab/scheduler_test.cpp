#include "lab/scheduler.hpp"

#include <catch2/catch.hpp>

#include <shoal/random.hpp>

#include <algorithm>
#include <string>
#include <tuple>

using namespace shoal;
using namespace shoal::lab;
using namespace std::chrono_literals;

namespace {

Time at(Duration since_start)
{
    return Time{since_start};
}

}  // namespace

TEST_CASE("events run in the order of time, node and sequence", "[lab]")
{
    Scheduler scheduler;
    std::vector<std::tuple<Duration, std::uint32_t, int>> ran;
    const auto add = [&](Duration when, std::uint32_t node, int number) {
        scheduler.schedule(at(when), {.node = NodeIndex{node}},
                           [&ran, when, node, number] { ran.emplace_back(when, node, number); });
    };
    add(2ms, 1, 0);
    add(1ms, 2, 1);
    add(1ms, 1, 2);
    add(1ms, 2, 3);
    add(0ms, 9, 4);
    while (scheduler.run_next()) {
    }
    const decltype(ran) expected{{0ms, 9, 4}, {1ms, 1, 2}, {1ms, 2, 1}, {1ms, 2, 3}, {2ms, 1, 0}};
    CHECK(ran == expected);
    CHECK(scheduler.now() == at(2ms));
    CHECK(scheduler.events_run() == 5);
}

TEST_CASE("ten thousand events at random times run sorted, whatever is cancelled in between", "[lab]")
{
    Scheduler scheduler;
    RandomStream random(1, 1);
    std::vector<std::pair<Time, std::uint64_t>> expected;
    std::vector<std::pair<Time, std::uint64_t>> ran;
    std::vector<EventId> doomed;
    for (std::uint64_t i = 0; i < 10'000; ++i) {
        const auto when = at(Duration{static_cast<Duration::rep>(random.below(500))});
        const auto id =
            scheduler.schedule(when, {.node = NodeIndex{1}}, [&ran, when, i] { ran.emplace_back(when, i); });
        if (random.chance(2, 3)) {
            doomed.push_back(id);
        } else {
            expected.emplace_back(when, i);
        }
    }
    for (const auto id : doomed) REQUIRE(scheduler.cancel(id));
    for (const auto id : doomed) REQUIRE_FALSE(scheduler.cancel(id));
    CHECK(scheduler.size() == expected.size());
    std::ranges::sort(expected);
    while (scheduler.run_next()) {
    }
    CHECK(ran == expected);
}

TEST_CASE("a cancelled event's task is destroyed and its id names no later event", "[lab]")
{
    Scheduler scheduler;
    auto witness = std::make_shared<int>(1);
    const auto first =
        scheduler.schedule(at(1ms), {.node = NodeIndex{1}}, [witness] { FAIL("it was cancelled"); });
    CHECK(witness.use_count() == 2);
    CHECK(scheduler.cancel(first));
    CHECK(witness.use_count() == 1);
    CHECK_FALSE(scheduler.run_next());
    bool has_run = false;
    const auto second = scheduler.schedule(at(1ms), {.node = NodeIndex{1}}, [&] { has_run = true; });
    CHECK(second != first);
    CHECK_FALSE(scheduler.cancel(first));
    CHECK(scheduler.run_next());
    CHECK(has_run);
    CHECK_FALSE(scheduler.cancel(second));
}

TEST_CASE("discarding a node's events leaves the others", "[lab]")
{
    Scheduler scheduler;
    std::string ran;
    for (const std::uint32_t node : {1, 2, 1, 3, 1}) {
        scheduler.schedule(at(1ms), {.node = NodeIndex{node}},
                           [&ran, node] { ran += static_cast<char>('0' + node); });
    }
    scheduler.discard(NodeIndex{1});
    while (scheduler.run_next()) {
    }
    CHECK(ran == "23");
}

TEST_CASE("the fingerprint tells apart time, node, kind, size and order", "[lab]")
{
    const auto run = [](std::initializer_list<std::pair<Duration, EventTag>> events) {
        Scheduler scheduler;
        for (const auto& [when, tag] : events) scheduler.schedule(at(when), tag, [] {});
        while (scheduler.run_next()) {
        }
        return scheduler.fingerprint().value();
    };
    const EventTag tag{.node = NodeIndex{1}, .kind = EventKind::message, .size = 17};
    const auto original = run({{1ms, tag}, {2ms, tag}});
    CHECK(run({{1ms, tag}, {2ms, tag}}) == original);
    CHECK(run({{1ms, tag}, {3ms, tag}}) != original);
    CHECK(run({{2ms, tag}, {1ms, tag}}) != original);
    CHECK(run({{1ms, tag}, {2ms, {.node = NodeIndex{2}, .kind = EventKind::message, .size = 17}}})
          != original);
    CHECK(run({{1ms, tag}, {2ms, {.node = NodeIndex{1}, .kind = EventKind::block, .size = 17}}}) != original);
    CHECK(run({{1ms, tag}, {2ms, {.node = NodeIndex{1}, .kind = EventKind::message, .size = 18}}})
          != original);
}
