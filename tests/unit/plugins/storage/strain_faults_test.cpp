#include "faults.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <vector>

using namespace shoal;
using namespace shoal::strain_storage;
using namespace std::chrono_literals;

namespace {

std::vector<bool> failures(FaultSettings settings, std::uint64_t seed, int count)
{
    Faults faults(std::move(settings), seed);
    std::vector<bool> failed;
    for (int i = 0; i < count; ++i) failed.push_back(faults.decide(Verb::write, 1000, 0ns).fails);
    return failed;
}

}  // namespace

TEST_CASE("verbs are read from a text, and one that is none is named", "[strain]")
{
    CHECK(*parse_verbs("") == std::set<Verb>{});
    CHECK(*parse_verbs("  read  write remove ") == std::set<Verb>{Verb::read, Verb::write, Verb::remove});
    const auto wrong = parse_verbs("read delete");
    REQUIRE_FALSE(wrong);
    CHECK_THAT(wrong.error().text, Catch::Contains("'delete'"));
}

TEST_CASE("a disk without faults is none", "[strain]")
{
    Faults faults({}, 1);
    for (int i = 0; i < 100; ++i) {
        const auto fate = faults.decide(Verb::read, 4096, 1s);
        CHECK((fate.pause == 0ns && !fate.fails && fate.at_once == 4096));
    }
}

TEST_CASE("from the n-th call on so many fail, of those that may", "[strain]")
{
    const FaultSettings settings{.failing = {Verb::write}, .fail_from = 3, .fail_count = 2};
    CHECK(failures(settings, 1, 6) == std::vector<bool>{false, false, true, true, false, false});
    Faults faults(settings, 1);
    for (int i = 0; i < 10; ++i) CHECK_FALSE(faults.decide(Verb::read, 1, 0ns).fails);
    CHECK_FALSE(faults.decide(Verb::write, 1, 0ns).fails);
}

TEST_CASE("so many of a thousand fail, the same ones for the same seed whatever else is wrong", "[strain]")
{
    const FaultSettings settings{.failing = {Verb::write}, .fail_permille = 100};
    const auto failed = failures(settings, 7, 2000);
    const auto count = std::ranges::count(failed, true);
    CHECK(count > 150);
    CHECK(count < 250);
    auto worse = settings;
    worse.jitter = 1ms;
    worse.short_permille = 500;
    CHECK(failures(worse, 7, 2000) == failed);
    CHECK(failures(settings, 8, 2000) != failed);
}

TEST_CASE("jitter is drawn for each call, beyond the latency", "[strain]")
{
    Faults faults({.latency = 10ms, .jitter = 5ms}, 1);
    auto least = 1h + 0ns;
    auto most = 0ns;
    for (int i = 0; i < 200; ++i) {
        const auto pause = faults.decide(Verb::flush, 0, 0ns).pause;
        least = std::min(least, pause);
        most = std::max(most, pause);
    }
    CHECK((least >= 10ms && least < 11ms));
    CHECK((most <= 15ms && most > 14ms));
}

TEST_CASE("a device does one thing after the other at its rate", "[strain]")
{
    Faults faults({.rate = 1'000'000}, 1);
    CHECK(faults.decide(Verb::write, 500'000, 10s).pause == 500ms);
    CHECK(faults.decide(Verb::read, 500'000, 10s).pause == 1s);
    CHECK(faults.decide(Verb::write, 100'000, 10s + 600ms).pause == 500ms);
    CHECK(faults.decide(Verb::write, 100'000, 20s).pause == 100ms);
    CHECK(faults.decide(Verb::size, 0, 20s).pause == 100ms);
}

TEST_CASE("what is done in part is some of it, and never nothing", "[strain]")
{
    Faults faults({.short_permille = 1000}, 1);
    bool is_ever_less = false;
    for (int i = 0; i < 500; ++i) {
        const auto at_once = faults.decide(Verb::read, 10, 0ns).at_once;
        CHECK((at_once >= 1 && at_once <= 10));
        is_ever_less = is_ever_less || at_once < 10;
    }
    CHECK(is_ever_less);
    CHECK(faults.decide(Verb::read, 0, 0ns).at_once == 0);
}
