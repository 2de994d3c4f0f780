#include "queue/timetable.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace shoal;
using namespace std::chrono_literals;
using queue::LocalTime;
using queue::Timetable;

namespace {

enum Day : unsigned { mon, tue, wed, thu, fri, sat, sun };

Timetable table(const std::string& text)
{
    auto parsed = Timetable::parse(text);
    INFO(text << (parsed ? "" : ": " + parsed.error().text));
    REQUIRE(parsed);
    return *parsed;
}

}  // namespace

TEST_CASE("a timetable is on in its spans, from the first minute up to the last", "[queue][timetable]")
{
    const auto week = table("mon-fri 08:00-18:00, sat,sun 00:00-24:00");
    CHECK_FALSE(week.is_on({mon, 7, 59, 59}));
    CHECK(week.is_on({mon, 8, 0, 0}));
    CHECK(week.is_on({fri, 17, 59, 59}));
    CHECK_FALSE(week.is_on({fri, 18, 0, 0}));
    CHECK(week.is_on({sat, 0, 0, 0}));
    CHECK(week.is_on({sun, 23, 59, 60}));
    CHECK_FALSE(week.is_on({mon, 0, 0, 0}));
    CHECK(week.text() == "mon-fri 08:00-18:00, sat,sun 00:00-24:00");
}

TEST_CASE("a span that ends before it begins goes on over midnight", "[queue][timetable]")
{
    const auto night = table("fri 22:00-06:00");
    CHECK_FALSE(night.is_on({fri, 21, 59, 0}));
    CHECK(night.is_on({fri, 22, 0, 0}));
    CHECK(night.is_on({sat, 5, 59, 0}));
    CHECK_FALSE(night.is_on({sat, 6, 0, 0}));
    CHECK_FALSE(night.is_on({fri, 5, 0, 0}));

    const auto week_end = table("sun 23:00-01:00");
    CHECK(week_end.is_on({mon, 0, 30, 0}));
    CHECK_FALSE(week_end.is_on({tue, 0, 30, 0}));
}

TEST_CASE("days may go over the week's end, and no days are all days", "[queue][timetable]")
{
    const auto long_weekend = table("Fri-MON 10:00-11:00");
    for (const auto day : {fri, sat, sun, mon}) CHECK(long_weekend.is_on({day, 10, 0, 0}));
    for (const auto day : {tue, wed, thu}) CHECK_FALSE(long_weekend.is_on({day, 10, 0, 0}));

    const auto daily = table("08:00-12:00,13:00-18:00");
    for (const auto day : {mon, tue, wed, thu, fri, sat, sun}) {
        CHECK(daily.is_on({day, 9, 0, 0}));
        CHECK_FALSE(daily.is_on({day, 12, 30, 0}));
        CHECK(daily.is_on({day, 13, 0, 0}));
    }
}

TEST_CASE("a timetable says how long it stays as it is", "[queue][timetable]")
{
    const auto week = table("mon-fri 08:00-18:00, sat,sun 00:00-24:00");
    CHECK(week.next_change({mon, 7, 59, 30}) == 30s);
    CHECK(week.next_change({mon, 8, 0, 0}) == 10h);
    CHECK(week.next_change({fri, 18, 0, 0}) == 6h);
    CHECK(week.next_change({sat, 0, 0, 0}) == 48h);
    CHECK(week.next_change({sun, 23, 59, 59}) == 1s);
    CHECK(week.next_change({sun, 23, 59, 60}) == 1s);
    CHECK(table("mon 00:00-00:01").next_change({mon, 0, 1, 0}) == 7 * 24h - 1min);
}

TEST_CASE("spans that touch or overlap are one", "[queue][timetable]")
{
    CHECK(table("mon 08:00-10:00, mon 09:00-12:00, mon 12:00-13:00").next_change({mon, 8, 0, 0}) == 5h);
}

TEST_CASE("a timetable that is always or never on never changes", "[queue][timetable]")
{
    CHECK_FALSE(table("00:00-24:00").next_change({wed, 12, 0, 0}));
    CHECK(table("00:00-24:00").is_on({wed, 12, 0, 0}));
    CHECK_FALSE(table("  ").next_change({wed, 12, 0, 0}));
    CHECK_FALSE(Timetable().is_on({wed, 12, 0, 0}));
}

TEST_CASE("following next_change through a week visits every change once", "[queue][timetable]")
{
    const auto week = table("mon-fri 08:00-12:00, tue,thu 13:30-18:00, sat 22:00-03:00");
    auto at = 0min;
    int changes = 0;
    const auto shown = [](std::chrono::minutes minute) {
        const auto count = static_cast<unsigned>(minute.count());
        return LocalTime{count / 1440 % 7, count / 60 % 24, count % 60, 0};
    };
    while (at < 7 * 24h) {
        const auto span = week.next_change(shown(at));
        REQUIRE(span);
        const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(*span);
        for (auto between = 0min; between < minutes; ++between) {
            REQUIRE(week.is_on(shown(at + between)) == week.is_on(shown(at)));
        }
        at += minutes;
        REQUIRE(week.is_on(shown(at)) != week.is_on(shown(at - 1min)));
        ++changes;
    }
    CHECK(changes == 2 * (5 + 2 + 1) + 1);  // and the first of the next week
}

TEST_CASE("a timetable that cannot be understood is refused with the place and what belongs there", "[queue][timetable]")
{
    struct Case {
        std::string text;
        std::string place;
        std::string why;
    };
    const auto c = GENERATE(values<Case>({
        {"mon-fri", "column 8", "expected a time such as 08:00, found the end"},
        {"mon-fry 08:00-09:00", "column 5", "expected a day"},
        {"mond 08:00-09:00", "column 1", "expected a day"},
        {"mon 8:00-09:00", "column 5", "expected a time such as 08:00, found '8:00-09:00'"},
        {"mon 08:00", "column 10", "expected '-'"},
        {"mon 08:00-25:00", "column 11", "no such time"},
        {"mon 08:60-09:00", "column 5", "no such time"},
        {"mon 08:00-24:01", "column 11", "no such time"},
        {"mon 24:00-08:00", "column 5", "empty"},
        {"mon 08:00-08:00", "column 5", "empty"},
        {"mon 08:00-09:00 tue 10:00-11:00", "column 17", "expected a comma or the end"},
        {"mon 08:00-09:00, ", "column 18", "expected a day or a time after the comma, found the end"},
        {"mon, 08:00-09:00", "column 6", "expected a day"},
        {", mon 08:00-09:00", "column 1", "expected a day"},
    }));
    const auto parsed = Timetable::parse(c.text);
    CAPTURE(c.text);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().code == Errc::bad_input);
    CAPTURE(parsed.error().text);
    CHECK(parsed.error().text.find(c.place + ":") != std::string::npos);
    CHECK(parsed.error().text.find(c.why) != std::string::npos);
}

TEST_CASE("a timetable as long as a book is refused unread", "[queue][timetable]")
{
    std::string text = "00:00-24:00";
    while (text.size() < 5000) text += ",00:00-24:00";
    CHECK_FALSE(Timetable::parse(text));
}
