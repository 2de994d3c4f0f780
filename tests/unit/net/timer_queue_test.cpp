#include "net/timer_queue.hpp"

#include <shoal/random.hpp>

#include <catch2/catch.hpp>

#include <map>
#include <set>

namespace shoal::net {

using environment::Duration;
using environment::Task;
using environment::Time;
using environment::TimerId;

namespace {

Time at(std::int64_t nanoseconds)
{
    return Time{Duration{nanoseconds}};
}

std::vector<int> fire(TimerQueue& queue, Time now, std::vector<int>& fired)
{
    fired.clear();
    while (auto task = queue.take_due(now)) task();
    return fired;
}

}  // namespace

TEST_CASE("timers fire by deadline, and those of one instant as they were added", "[net]")
{
    TimerQueue queue;
    std::vector<int> fired;
    const auto add = [&](std::int64_t when, int name) {
        return queue.add(at(when), [&fired, name] { fired.push_back(name); });
    };
    add(30, 1);
    add(10, 2);
    add(20, 3);
    add(10, 4);
    add(10, 5);
    CHECK(queue.next_deadline() == at(10));
    CHECK(fire(queue, at(9), fired).empty());
    CHECK(fire(queue, at(20), fired) == std::vector{2, 4, 5, 3});
    CHECK(fire(queue, at(1000), fired) == std::vector{1});
    CHECK(queue.next_deadline() == environment::time_never);
}

TEST_CASE("a timer is cancelled once, and its id never names another one", "[net]")
{
    TimerQueue queue;
    const auto first = queue.add(at(1), [] {});
    CHECK(queue.cancel(first));
    CHECK_FALSE(queue.cancel(first));
    const auto second = queue.add(at(1), [] {});
    CHECK(second != first);
    CHECK_FALSE(queue.cancel(first));
    CHECK(queue.size() == 1);
    CHECK(queue.take_due(at(1)));
    CHECK_FALSE(queue.cancel(second));
    CHECK_FALSE(queue.cancel(TimerId{0}));
    CHECK_FALSE(queue.cancel(TimerId{~std::uint64_t{0}}));
}

TEST_CASE("ten thousand timers added and cancelled at random fire like a sorted list", "[net]")
{
    TimerQueue queue;
    RandomStream random(7, 7);
    std::multimap<Time, int> expected;  // keeps the order in which equal keys came
    std::map<int, std::pair<TimerId, std::multimap<Time, int>::iterator>> pending;
    std::vector<int> fired;
    for (int i = 0; i < 10'000; ++i) {
        const auto when = at(static_cast<std::int64_t>(random.below(500)));
        const auto id = queue.add(when, [&fired, i] { fired.push_back(i); });
        pending[i] = {id, expected.emplace(when, i)};
        if (!random.chance(2, 3)) continue;
        const auto victim =
            pending.lower_bound(static_cast<int>(random.below(static_cast<std::uint64_t>(i) + 1)));
        if (victim == pending.end()) continue;
        REQUIRE(queue.cancel(victim->second.first));
        expected.erase(victim->second.second);
        pending.erase(victim);
    }
    REQUIRE(queue.size() == expected.size());
    fire(queue, at(500), fired);
    std::vector<int> in_order;
    for (const auto& [when, name] : expected) in_order.push_back(name);
    CHECK(fired == in_order);
}

}  // namespace shoal::net
