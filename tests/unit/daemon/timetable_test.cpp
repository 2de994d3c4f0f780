#include "daemon/timetable.hpp"

#include <catch2/catch.hpp>

using namespace shoal;
using namespace shoal::daemon;

namespace {

constexpr int sunday = 0;
constexpr int monday = 1;
constexpr int friday = 5;
constexpr int saturday = 6;

bool holds(std::string_view text, int weekday, int hour, int minute = 0)
{
    const auto span = WeeklySpan::parse(text);
    REQUIRE(span);
    return span->contains(weekday, hour * 60 + minute);
}

}  // namespace

TEST_CASE("a time of the week holds from its first minute to before its last", "[daemon]")
{
    CHECK_FALSE(holds("08:30-17:00", monday, 8, 29));
    CHECK(holds("08:30-17:00", monday, 8, 30));
    CHECK(holds("08:30-17:00", sunday, 16, 59));
    CHECK_FALSE(holds("08:30-17:00", monday, 17));
    CHECK(holds("00:00-24:00", saturday, 23, 59));
}

TEST_CASE("a time of the week may be of some days", "[daemon]")
{
    CHECK(holds("mon-fri 08:00-17:00", friday, 9));
    CHECK_FALSE(holds("mon-fri 08:00-17:00", saturday, 9));
    CHECK(holds("sat,sun 08:00-17:00", sunday, 9));
    CHECK_FALSE(holds("sat,sun 08:00-17:00", monday, 9));
    CHECK(holds("fri-mon 08:00-17:00", sunday, 9));
    CHECK_FALSE(holds("fri-mon 08:00-17:00", 3, 9));
    CHECK(holds("mon 08:00-17:00", monday, 9));
}

TEST_CASE("a time of the week that goes into the next morning belongs to the day before", "[daemon]")
{
    CHECK(holds("fri 22:00-06:00", friday, 23));
    CHECK(holds("fri 22:00-06:00", saturday, 5, 59));
    CHECK_FALSE(holds("fri 22:00-06:00", saturday, 6));
    CHECK_FALSE(holds("fri 22:00-06:00", friday, 5));
    CHECK(holds("sat 22:00-06:00", sunday, 1));
    CHECK_FALSE(holds("sat 22:00-06:00", saturday, 1));
}

TEST_CASE("a timetable holds while one of its times does", "[daemon]")
{
    const std::vector<WeeklySpan> timetable = {*WeeklySpan::parse("mon 08:00-09:00"), *WeeklySpan::parse("fri 10:00-11:00")};
    CHECK(contains(timetable, monday, 8 * 60));
    CHECK(contains(timetable, friday, 10 * 60));
    CHECK_FALSE(contains(timetable, friday, 8 * 60));
    CHECK_FALSE(contains({}, monday, 8 * 60));
}

TEST_CASE("what is no time of the week is refused with examples", "[daemon]")
{
    for (const auto* text : {"", " ", "8:30-17:00", "08:30", "08:30-17:60", "08:30-24:01", "25:00-26:00", "08:30-08:30", "24:00-08:00",
                             "mon", "mon 08:30", "monday 08:30-17:00", "mon- 08:30-17:00", "mon--fri 08:30-17:00", ", 08:30-17:00",
                             "mon  08:30-17:00", "08:30-17:00 ", "08:30 17:00", "+8:30-17:00", "mon-fri", "MON 08:30-17:00"}) {
        CAPTURE(text);
        const auto span = WeeklySpan::parse(text);
        REQUIRE_FALSE(span);
        CHECK(span.error().code == Errc::invalid_argument);
        CHECK_THAT(span.error().text, Catch::Contains("mon-fri 22:00-06:00"));
    }
}
