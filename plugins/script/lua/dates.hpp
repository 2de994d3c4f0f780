// Dates: seconds since 1970 and what people write for them. And the five fields of cron.
#pragma once

#include <shoal/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace shoal::script_lua {

struct Date {
    std::int64_t year = 1970;
    int month = 1;   // 1 to 12
    int day = 1;     // 1 to 31
    int hour = 0;
    int minute = 0;
    int second = 0;
    int weekday = 0; // 0: Sunday
};

Date date_of(std::int64_t unix_time);
std::int64_t unix_time_of(const Date& date);
/// How far the local time is ahead of UTC at that time, in seconds.
std::int64_t local_offset(std::int64_t unix_time);

/// "2026-01-05T12:00:00Z"
std::string iso_text(std::int64_t unix_time);
/// ISO 8601 ("2026-01-05", "2026-01-05T12:00:00+01:00") and the dates of feeds and mail ("Mon, 05 Jan 2026 12:00:00 +0100"). What names no
/// zone is UTC.
std::optional<std::int64_t> parse_date(std::string_view text);

/// When a line of cron comes next: minute, hour, day of the month, month, day of the week; each *, numbers, ranges, lists, steps.
class CronLine {
public:
    /// Errors: invalid_argument.
    static Result<CronLine> parse(std::string_view text);
    /// The first minute after that time that fits, in a clock that is `offset` seconds ahead; nothing within five years: none.
    [[nodiscard]] std::optional<std::int64_t> next(std::int64_t unix_time, std::int64_t offset) const;

private:
    [[nodiscard]] bool has_day(const Date& date) const;

    std::uint64_t minutes_ = 0; // a bit each
    std::uint64_t hours_ = 0;
    std::uint64_t days_ = 0;
    std::uint64_t months_ = 0;
    std::uint64_t weekdays_ = 0;
    bool has_any_day_ = true;     // *
    bool has_any_weekday_ = true; // *
};

} // namespace shoal::script_lua
