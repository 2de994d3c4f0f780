#pragma once

#include <shoal/result.hpp>

#include <cstdint>
#include <string_view>
#include <vector>

namespace shoal::daemon {

// A time of the week, as in "08:30-17:00" (every day), "mon-fri 22:00-06:00" (into the next morning) or "sat,sun 00:00-24:00".
class WeeklySpan {
public:
    // Errors: invalid_argument, with how it is written.
    static Result<WeeklySpan> parse(std::string_view text);

    // `weekday` 0: Sunday, as in std::tm; `minute` of the day.
    bool contains(int weekday, int minute) const;

private:
    WeeklySpan(std::uint8_t days, int from, int to) : days_(days), from_(from), to_(to) {}

    std::uint8_t days_;  // a bit each, from Sunday: on which it begins
    int from_;
    int to_;  // not above from_: it ends on the next day
};

bool contains(const std::vector<WeeklySpan>& timetable, int weekday, int minute);

}  // namespace shoal::daemon
