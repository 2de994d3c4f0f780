#include "dates.hpp"
#include "script_bench.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace shoal::script_lua::test {

TEST_CASE("a time becomes a date and the date the time, before 1970 and on leap days, too", "[script][dates]")
{
    const auto known = GENERATE(table<std::int64_t, std::string>({{0, "1970-01-01T00:00:00Z"},
                                                                  {-1, "1969-12-31T23:59:59Z"},
                                                                  {951'782'400, "2000-02-29T00:00:00Z"},
                                                                  {1'767'614'400, "2026-01-05T12:00:00Z"},
                                                                  {4'107'542'400, "2100-03-01T00:00:00Z"}}));
    CHECK(iso_text(std::get<0>(known)) == std::get<1>(known));
    CHECK(unix_time_of(date_of(std::get<0>(known))) == std::get<0>(known));
    CHECK(parse_date(std::get<1>(known)) == std::get<0>(known));
}

TEST_CASE("dates are read as ISO 8601 and feeds write them", "[script][dates]")
{
    const auto* text = GENERATE("2026-01-05T12:00:00Z", "2026-01-05 12:00:00", "2026-01-05T13:00:00+01:00", "2026-01-05T12:00:00.250Z", "2026-01-05T07:00-0500",
                                "Mon, 05 Jan 2026 12:00:00 GMT", "Mon, 5 Jan 2026 13:00:00 +0100", "05 Jan 26 12:00 UT", "5 January 2026 12:00:00");
    CAPTURE(text);
    CHECK(parse_date(text) == 1'767'614'400);
    const auto* bad = GENERATE("", "tomorrow", "2026-13-05", "2026-02-29", "2026-01-05T25:00:00Z", "2026-01-05T12:00:00Zulu", "Mon, 05 Foo 2026 12:00:00 GMT",
                               "2026-01-05T12:00:00+1");
    CAPTURE(bad);
    CHECK_FALSE(parse_date(bad));
}

TEST_CASE("a line of cron says which minute comes next", "[script][dates]")
{
    const auto next = [](const char* line, const char* after) {
        const auto parsed = CronLine::parse(line);
        REQUIRE(parsed);
        const auto time = parsed->next(*parse_date(after), 0);
        return time ? iso_text(*time) : "never";
    };
    CHECK(next("* * * * *", "2026-01-05T12:00:00Z") == "2026-01-05T12:01:00Z");
    CHECK(next("30 2 * * *", "2026-01-05T02:30:00Z") == "2026-01-06T02:30:00Z");
    CHECK(next("0 9-17/4 * * 1-5", "2026-01-09T17:00:00Z") == "2026-01-12T09:00:00Z");
    CHECK(next("*/20 * * * *", "2026-01-05T12:21:59Z") == "2026-01-05T12:40:00Z");
    CHECK(next("0 0 29 2 *", "2026-01-05T12:00:00Z") == "2028-02-29T00:00:00Z");
    CHECK(next("0 0 13 * 5", "2026-01-05T12:00:00Z") == "2026-01-09T00:00:00Z");
    CHECK(next("0 0 * * 7", "2026-01-05T12:00:00Z") == "2026-01-11T00:00:00Z");
    CHECK(next("0 0 30 2 *", "2026-01-05T12:00:00Z") == "never");
    const auto* bad = GENERATE("", "* * * *", "* * * * * *", "60 * * * *", "5-1 * * * *", "*/0 * * * *", "a * * * *", "1, * * * *", "* * 0 * *");
    CAPTURE(bad);
    CHECK_FALSE(CronLine::parse(bad));
}

TEST_CASE("scripts have dates, and timers by a line of cron", "[script][dates]")
{
    ScriptBench bench;
    bench.settings.unix_time = 1'767'614'400;
    REQUIRE(bench.load(R"(
        local date = shoal.time.date()
        shoal.log.info(shoal.time.iso(), date.year, date.month, date.day, date.hour, date.min, date.sec, date.wday)
        shoal.log.info(shoal.time.parse("2026-01-05T13:00:00+01:00") == shoal.time.unix(), shoal.time.parse("soon"))
        shoal.time.cron("hourly", "*/30 * * * *", function() shoal.log.info(shoal.time.iso()) end))").empty());
    CHECK(bench.lines.at(0) == "2026-01-05T12:00:00Z 2026 1 5 12 0 0 2");
    CHECK(bench.lines.at(1) == "true nil no date that is known: soon");
    bench.lines.clear();
    for (int i = 0; i < 65; ++i) bench.wait(std::chrono::seconds{60});
    CHECK(bench.lines == std::vector<std::string>{"2026-01-05T12:30:00Z", "2026-01-05T13:00:00Z"});
    CHECK_THAT(bench.load("shoal.time.cron('x', '99 * * * *', print)"), Catch::Contains("the minute is wrong"));
}

} // namespace shoal::script_lua::test
