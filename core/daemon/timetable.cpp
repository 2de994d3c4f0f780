#include "daemon/timetable.hpp"

#include "control/quantity.hpp"

#include <shoal/utf8.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

namespace shoal::daemon {

namespace {

constexpr std::array<std::string_view, 7> day_names = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
constexpr int minutes_a_day = 24 * 60;

std::optional<int> two_digits(std::string_view text)
{
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (text.size() != 2 || !std::ranges::all_of(text, is_digit)) return std::nullopt;
    return (text[0] - '0') * 10 + (text[1] - '0');
}

// "HH:MM"; "24:00" is the end of the day.
std::optional<int> minute_of(std::string_view text)
{
    if (text.size() != 5 || text[2] != ':') return std::nullopt;
    const auto hour = two_digits(text.substr(0, 2));
    const auto minute = two_digits(text.substr(3));
    if (!hour || !minute || *minute > 59) return std::nullopt;
    const int all = *hour * 60 + *minute;
    return all <= minutes_a_day ? std::optional(all) : std::nullopt;
}

std::optional<std::size_t> day_of(std::string_view text)
{
    const auto at = std::ranges::find(day_names, text);
    if (at == day_names.end()) return std::nullopt;
    return static_cast<std::size_t>(at - day_names.begin());
}

// "mon", "mon-fri", "fri-mon"; none: 0.
std::uint8_t days_of(std::string_view part)
{
    const auto dash = part.find('-');
    const auto first = day_of(part.substr(0, dash));
    const auto last = dash == part.npos ? first : day_of(part.substr(dash + 1));
    if (!first || !last) return 0;
    std::uint8_t days = 0;
    for (std::size_t day = *first;; day = (day + 1) % day_names.size()) {
        days |= static_cast<std::uint8_t>(1u << day);
        if (day == *last) return days;
    }
}

std::optional<std::uint8_t> all_days(std::string_view text)
{
    std::uint8_t days = 0;
    for (const auto& part : control::split(text, ',')) {
        const auto more = days_of(part);
        if (more == 0) return std::nullopt;
        days |= more;
    }
    return days == 0 ? std::nullopt : std::optional(days);
}

}  // namespace

Result<WeeklySpan> WeeklySpan::parse(std::string_view text)
{
    const auto bad = [&] {
        return make_error(Errc::invalid_argument,
                          fmt::format("'{}' is no time of the week; write \"08:30-17:00\", \"mon-fri 22:00-06:00\" or \"sat,sun 00:00-24:00\"",
                                      printable(text, 60)));
    };
    const auto space = text.find(' ');
    const auto days = space == text.npos ? std::optional<std::uint8_t>{0x7f} : all_days(text.substr(0, space));
    const auto hours = space == text.npos ? text : text.substr(space + 1);
    if (!days || hours.size() != 11 || hours[5] != '-') return bad();
    const auto from = minute_of(hours.substr(0, 5));
    const auto to = minute_of(hours.substr(6));
    if (!from || !to || *from == *to || *from == minutes_a_day) return bad();
    return WeeklySpan(*days, *from, *to);
}

bool WeeklySpan::contains(int weekday, int minute) const
{
    const auto begins_on = [this](int day) { return (days_ >> (day % 7) & 1) != 0; };
    if (from_ < to_) return begins_on(weekday) && minute >= from_ && minute < to_;
    return (begins_on(weekday) && minute >= from_) || (begins_on(weekday + 6) && minute < to_);
}

bool contains(const std::vector<WeeklySpan>& timetable, int weekday, int minute)
{
    return std::ranges::any_of(timetable, [&](const auto& span) { return span.contains(weekday, minute); });
}

}  // namespace shoal::daemon
