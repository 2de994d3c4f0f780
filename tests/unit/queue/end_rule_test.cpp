#include "queue/end_rule.hpp"

#include <catch2/catch.hpp>

using namespace shoal::queue;
using namespace std::chrono_literals;

namespace {

Given seeding(std::uint64_t uploaded, std::uint64_t downloaded = 1000)
{
    return {.is_complete = true, .size = 1000, .downloaded = downloaded, .uploaded = uploaded, .seeding = 2h, .idle = 10min};
}

}  // namespace

TEST_CASE("without a limit a torrent seeds for ever", "[queue][end]")
{
    CHECK_FALSE(ending_of({}, {}, seeding(1'000'000)));
}

TEST_CASE("a torrent ends when its ratio is reached, and says so", "[queue][end]")
{
    const EndDefaults defaults{.ratio = 2};
    CHECK_FALSE(ending_of({}, defaults, seeding(1999)));
    const auto ending = ending_of({}, defaults, seeding(2010));
    REQUIRE(ending);
    CHECK(ending->reason == EndReason::ratio);
    CHECK(ending->text == "its ratio is 2.01, the limit 2.00");
}

TEST_CASE("the ratio is against what was had: what lay there already and what was fetched twice, too", "[queue][end]")
{
    CHECK(ratio_of(seeding(500, 0)) == 0.5);
    CHECK(ratio_of(seeding(500, 2000)) == 0.25);
    CHECK(ratio_of({.is_complete = true, .uploaded = 5}) == 0);
}

TEST_CASE("a torrent ends after its seeding time, and when nobody took anything for long", "[queue][end]")
{
    CHECK_FALSE(ending_of({}, {.seeding_time = 2h + 1s}, seeding(0)));
    const auto over = ending_of({}, {.seeding_time = 90min}, seeding(0));
    REQUIRE(over);
    CHECK(over->reason == EndReason::seeding_time);
    CHECK(over->text == "it has been seeding for 2 h, the limit is 1 h 30 min");

    CHECK_FALSE(ending_of({}, {.idle_time = 11min}, seeding(0)));
    const auto idle = ending_of({}, {.idle_time = 30s}, seeding(0));
    REQUIRE(idle);
    CHECK(idle->reason == EndReason::idle_time);
    CHECK(idle->text == "nobody took anything for 10 min, the limit is 30 s");
}

TEST_CASE("a torrent's own limit, or that it has none, goes before the default", "[queue][end]")
{
    const EndDefaults defaults{.ratio = 1, .seeding_time = 1h};
    EndRule rule;
    rule.ratio = EndLimit<double>::at(3);
    rule.seeding_time = EndLimit<shoal::environment::Duration>::none();
    CHECK_FALSE(ending_of(rule, defaults, seeding(2999)));
    CHECK(ending_of(rule, defaults, seeding(3000))->reason == EndReason::ratio);
    rule.ratio = EndLimit<double>::as_default();
    CHECK(ending_of(rule, defaults, seeding(1000))->reason == EndReason::ratio);
    rule.ratio = EndLimit<double>::at(0);
    CHECK(ending_of(rule, {}, seeding(0)));
}

TEST_CASE("what is not complete does not end, whatever it gave", "[queue][end]")
{
    auto given = seeding(1'000'000);
    given.is_complete = false;
    CHECK_FALSE(ending_of({}, {.ratio = 1, .seeding_time = 1s, .idle_time = 1s}, given));
}

TEST_CASE("how long until time alone ends a torrent is the least that is left, and nothing where time does not", "[queue][end]")
{
    CHECK_FALSE(time_until_end({}, {}, seeding(0)));
    CHECK_FALSE(time_until_end({}, {.ratio = 1}, seeding(0)));
    CHECK(time_until_end({}, {.seeding_time = 3h, .idle_time = 15min}, seeding(0)) == 5min);
    CHECK(time_until_end({}, {.seeding_time = 121min, .idle_time = 15min}, seeding(0)) == 1min);
    CHECK(time_until_end({}, {.seeding_time = 1h}, seeding(0)) == 0s);
    CHECK(time_until_end({}, {.ratio = 1}, seeding(5'000)) == 0s);
}
