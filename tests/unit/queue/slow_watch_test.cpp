#include "queue/slow_watch.hpp"

#include <catch2/catch.hpp>

using namespace shoal;
using namespace std::chrono_literals;
using environment::Time;
using queue::SlowWatch;

namespace {

constexpr std::uint64_t much = 100'000;
constexpr std::uint64_t little = 100;

struct Bench {
    // As long as that, asked every five seconds; says how often the verdict changed.
    int pass(environment::Duration duration, std::uint64_t rate)
    {
        int changes = 0;
        for (const auto end = now + duration; now < end; now += 5s) {
            const bool before = watch.is_slow();
            changes += watch.update(settings, now, rate) != before ? 1 : 0;
        }
        return changes;
    }

    SlowWatch::Settings settings{.rate = 2048, .slow_after = 5min, .fast_after = 1min};
    SlowWatch watch;
    Time now{1000s};
};

}  // namespace

TEST_CASE("a torrent is slow after minutes below the rate, and not before", "[queue][slow]")
{
    Bench bench;
    CHECK_FALSE(bench.watch.is_slow());
    bench.pass(5min, little);
    CHECK_FALSE(bench.watch.is_slow());
    bench.pass(5s, little);
    CHECK(bench.watch.is_slow());
}

TEST_CASE("a slow torrent is that no more after a minute above the rate", "[queue][slow]")
{
    Bench bench;
    bench.pass(6min, little);
    bench.pass(55s, much);
    CHECK(bench.watch.is_slow());
    bench.pass(10s, much);
    CHECK_FALSE(bench.watch.is_slow());
}

TEST_CASE("a rate that goes up and down changes nothing", "[queue][slow]")
{
    Bench bench;
    bench.pass(6min, GENERATE(little, much));
    int changes = 0;
    for (int i = 0; i < 60; ++i) changes += bench.pass(50s, i % 2 == 0 ? much : little);
    CHECK(changes == 0);
}

TEST_CASE("however the rate goes, the verdict changes at most twice in the two times together", "[queue][slow]")
{
    Bench bench;
    int changes = 0;
    for (int i = 0; i < 10; ++i) {
        changes += bench.pass(5min + 5s, little);
        changes += bench.pass(1min + 5s, much);
    }
    CHECK(changes == 20);  // an hour: the worst there is
}

TEST_CASE("a torrent that starts again has all its time", "[queue][slow]")
{
    Bench bench;
    bench.pass(4min, little);
    bench.watch.on_stopped();
    bench.pass(4min, little);
    CHECK_FALSE(bench.watch.is_slow());
    bench.pass(2min, little);
    bench.watch.on_stopped();
    CHECK_FALSE(bench.watch.is_slow());
}
