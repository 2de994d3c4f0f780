#pragma once

#include <shoal/result.hpp>

#include <bitset>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace shoal::queue {

// What a clock on the wall shows. Which zone it is in, and when it is put forward, is the caller's business.
struct LocalTime {
    unsigned weekday = 0;  // Monday is 0
    unsigned hour = 0;
    unsigned minute = 0;
    unsigned second = 0;
};

// When in a week something is on: "mon-fri 08:00-18:00, sat,sun 00:00-24:00". Each entry is days and a span of the day; without days it
// holds every day. "fri-mon" goes over the weekend, "fri 22:00-06:00" on into Saturday morning. Entries may overlap; no entry: never on.
class Timetable {
public:
    Timetable() = default;

    // Errors: bad_input, with the column and what was expected there.
    static Result<Timetable> parse(std::string_view text);

    // `at` must be a time that a clock shows; its second may be 60.
    bool is_on(const LocalTime& at) const { return minutes_.test(minute_of_week(at)); }
    // How long from then until is_on() says the other thing; nothing if it never does. After an hour in which the clock was put
    // forward or back, ask again.
    std::optional<std::chrono::seconds> next_change(const LocalTime& at) const;

    const std::string& text() const { return text_; }

private:
    static constexpr unsigned day_minutes = 24 * 60;
    static constexpr unsigned week_minutes = 7 * day_minutes;
    class Parser;

    static std::size_t minute_of_week(const LocalTime& at)
    {
        return at.weekday * day_minutes + at.hour * 60 + at.minute;
    }

    std::string text_;
    std::bitset<week_minutes> minutes_;
};

}  // namespace shoal::queue
