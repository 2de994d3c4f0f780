#include "torrent/rate_budget.hpp"

#include <catch2/catch.hpp>

using namespace shoal;
using torrent::RateBudget;
using namespace std::chrono_literals;

using environment::Duration;
using environment::Time;

namespace {

// Spends whole blocks as they become available, asking every `step`, and says what was spent.
std::uint64_t spent(RateBudget& budget, Time from, Duration duration, Duration step,
                    std::uint64_t block = 16384)
{
    std::uint64_t octets = 0;
    for (Time now = from; now < from + duration; now += step) {
        while (budget.available(now) >= 16384) {
            budget.spend(block);
            octets += block;
        }
    }
    return octets;
}

}  // namespace

TEST_CASE("no limit is no limit", "[torrent]")
{
    RateBudget budget(RateBudget::unlimited);
    CHECK_FALSE(budget.is_limited());
    budget.spend(UINT64_MAX);
    CHECK(budget.available(Time{1s}) == UINT64_MAX);
}

TEST_CASE("a limit is kept over time, however often it is asked", "[torrent]")
{
    const auto rate = GENERATE(std::uint64_t{20'000}, std::uint64_t{100'000}, std::uint64_t{1'000'000},
                               std::uint64_t{100'000'000});
    const auto step = GENERATE(Duration{1ms}, Duration{50ms}, Duration{170ms});
    CAPTURE(rate, step.count());
    RateBudget budget(rate);
    const auto octets = spent(budget, Time{1000s}, 100s, step);
    CHECK(octets <= rate * 100 + rate / 4 + 2 * 16384);
    CHECK(octets >= rate * 98);
}

TEST_CASE("who asks for much at once pays for it later", "[torrent]")
{
    RateBudget budget(100'000);
    const auto octets = spent(budget, Time{1000s}, 100s, 50ms, 128 * 1024);
    CHECK(octets <= 100'000 * 100 + 25'000 + 2 * 128 * 1024);
    CHECK(octets >= 100'000 * 95);
}

TEST_CASE("a long pause saves a quarter of a second, and two blocks at least", "[torrent]")
{
    RateBudget fast(1'000'000);
    fast.spend(250'000);
    CHECK(fast.available(Time{5000s}) == 250'000);
    RateBudget slow(1'000);
    slow.spend(32'768);
    CHECK(slow.available(Time{5000s}) <= 32'768);
    CHECK(spent(slow, Time{5000s}, 100s, 1s) >= 98'000);
}

TEST_CASE("a limit beyond every network is one that can be reckoned with", "[torrent]")
{
    RateBudget budget(UINT64_MAX);
    CHECK(budget.is_limited());
    CHECK(budget.available(Time{1s}) > 1'000'000'000);
    budget.spend(budget.available(Time{1s}));
    CHECK(budget.available(Time{2s}) > 1'000'000'000);
}
