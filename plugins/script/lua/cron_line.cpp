#include "dates.hpp"

#include <charconv>

namespace shoal::script_lua {
namespace {

constexpr std::int64_t minute_seconds = 60;
constexpr std::int64_t whole_day = 86'400;
constexpr int longest_search = 5 * 366 + 1; // days: the 29th of February comes every four years

bool has_bit(std::uint64_t bits, int number) { return (bits >> number & 1) != 0; }

std::optional<int> whole_number(std::string_view text)
{
    int value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || read.ec != std::errc{} || read.ptr != text.data() + text.size()) return std::nullopt;
    return value;
}

// "*", "5", "1-5", each with "/2".
std::optional<std::uint64_t> read_range(std::string_view text, int least, int most)
{
    int step = 1;
    const auto slash = text.find('/');
    if (slash != text.npos) {
        const auto number = whole_number(text.substr(slash + 1));
        if (!number || *number < 1) return std::nullopt;
        step = *number;
    }
    const auto range = text.substr(0, slash);
    int first = least;
    int last = most;
    if (range != "*") {
        const auto dash = range.find('-');
        const auto begin = whole_number(range.substr(0, dash));
        const auto end = dash == range.npos ? begin : whole_number(range.substr(dash + 1));
        if (!begin || !end) return std::nullopt;
        first = *begin;
        last = dash == range.npos && slash != text.npos ? most : *end;
    }
    if (first < least || last > most || first > last) return std::nullopt;
    std::uint64_t bits = 0;
    for (int i = first; i <= last; i += step) bits |= std::uint64_t{1} << i;
    return bits;
}

std::optional<std::uint64_t> read_field(std::string_view text, int least, int most)
{
    std::uint64_t bits = 0;
    for (;;) {
        const auto comma = text.find(',');
        const auto part = read_range(text.substr(0, comma), least, most);
        if (!part) return std::nullopt;
        bits |= *part;
        if (comma == text.npos) return bits;
        text.remove_prefix(comma + 1);
    }
}

std::string_view take_field(std::string_view& text)
{
    const auto first = text.find_first_not_of(" \t");
    text.remove_prefix(first == text.npos ? text.size() : first);
    const auto field = text.substr(0, text.find_first_of(" \t"));
    text.remove_prefix(field.size());
    return field;
}

} // namespace

Result<CronLine> CronLine::parse(std::string_view text)
{
    CronLine line;
    struct Wanted {
        std::uint64_t* bits;
        int least;
        int most;
        const char* name;
    };
    for (const auto& wanted : {Wanted{&line.minutes_, 0, 59, "minute"}, Wanted{&line.hours_, 0, 23, "hour"}, Wanted{&line.days_, 1, 31, "day of the month"},
                               Wanted{&line.months_, 1, 12, "month"}, Wanted{&line.weekdays_, 0, 7, "day of the week"}}) {
        const auto field = take_field(text);
        const auto bits = read_field(field, wanted.least, wanted.most);
        if (!bits) {
            return make_error(Errc::invalid_argument, std::string("the ") + wanted.name + " is wrong: five fields are wanted, as in \"30 2 * * 1-5\"");
        }
        *wanted.bits = *bits;
        if (wanted.bits == &line.days_) line.has_any_day_ = field == "*";
        if (wanted.bits == &line.weekdays_) line.has_any_weekday_ = field == "*";
    }
    if (!take_field(text).empty()) return make_error(Errc::invalid_argument, "a line of cron has five fields");
    if (has_bit(line.weekdays_, 7)) line.weekdays_ |= 1; // Sunday has two numbers
    return line;
}

// As cron does it: when both days are restricted, either may fit.
bool CronLine::has_day(const Date& date) const
{
    if (!has_bit(months_, date.month)) return false;
    const bool fits_day = has_bit(days_, date.day);
    const bool fits_weekday = has_bit(weekdays_, date.weekday);
    if (has_any_day_ || has_any_weekday_) return fits_day && fits_weekday;
    return fits_day || fits_weekday;
}

std::optional<std::int64_t> CronLine::next(std::int64_t unix_time, std::int64_t offset) const
{
    auto local = unix_time + offset;
    local += minute_seconds - local % minute_seconds;
    for (int day = 0; day < longest_search; ++day) {
        const auto begin = date_of(local);
        const auto midnight = local - begin.hour * 3600 - begin.minute * minute_seconds;
        if (has_day(begin)) {
            for (int minute = begin.hour * 60 + begin.minute; minute < 24 * 60; ++minute) {
                if (has_bit(hours_, minute / 60) && has_bit(minutes_, minute % 60)) return midnight + minute * minute_seconds - offset;
            }
        }
        local = midnight + whole_day;
    }
    return std::nullopt;
}

} // namespace shoal::script_lua
