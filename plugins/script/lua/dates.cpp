#include "dates.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <vector>

#include <time.h>

namespace shoal::script_lua {
namespace {

constexpr std::int64_t day_seconds = 86'400;
constexpr std::array<std::string_view, 12> month_names = {"jan", "feb", "mar", "apr", "may", "jun",
                                                          "jul", "aug", "sep", "oct", "nov", "dec"};

std::int64_t floor_div(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

// Days since 1970 of a day in the Gregorian calendar, whose years begin in March here: the leap day is the last.
std::int64_t days_before(std::int64_t year, int month, int day)
{
    if (month <= 2) --year;
    const auto era = floor_div(year, 400);
    const auto year_of_era = year - era * 400;
    const auto day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146'097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719'468;
}

int days_of_month(std::int64_t year, int month)
{
    constexpr std::array<int, 12> days = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && is_leap ? 29 : days[static_cast<std::size_t>(month - 1)];
}

// Takes what comes next from a text, or fails for good.
class DateReader {
public:
    explicit DateReader(std::string_view text) : rest_(text) {}

    int number(std::size_t least, std::size_t most)
    {
        std::size_t count = 0;
        while (count < rest_.size() && count < most && rest_[count] >= '0' && rest_[count] <= '9') ++count;
        int value = 0;
        std::from_chars(rest_.data(), rest_.data() + count, value);
        if (count < least) is_wrong_ = true;
        rest_.remove_prefix(count);
        return value;
    }
    bool skip(std::string_view any_of)
    {
        if (rest_.empty() || any_of.find(rest_.front()) == any_of.npos) return false;
        rest_.remove_prefix(1);
        return true;
    }
    void need(std::string_view any_of) { is_wrong_ = !skip(any_of) || is_wrong_; }
    void skip_blanks()
    {
        while (skip(" \t")) {}
    }
    std::string word()
    {
        std::string out;
        while (!rest_.empty() && ((rest_.front() | 0x20) >= 'a' && (rest_.front() | 0x20) <= 'z')) {
            out += static_cast<char>(rest_.front() | 0x20);
            rest_.remove_prefix(1);
        }
        return out;
    }
    // Z, GMT, +01:00, +0100, or nothing.
    std::int64_t zone()
    {
        skip_blanks();
        if (rest_.empty()) return 0;
        const bool is_behind = rest_.front() == '-';
        if (!skip("+-")) {
            const auto name = word();
            is_wrong_ = is_wrong_ || (name != "z" && name != "gmt" && name != "ut" && name != "utc");
            return 0;
        }
        const int hours = number(2, 2);
        skip(":");
        const int minutes = rest_.empty() ? 0 : number(2, 2);
        const std::int64_t seconds = hours * 3600 + minutes * 60;
        return is_behind ? -seconds : seconds;
    }
    void fail() { is_wrong_ = true; }
    [[nodiscard]] bool is_good() const { return !is_wrong_ && rest_.empty(); }
    [[nodiscard]] std::string_view rest() const { return rest_; }

private:
    std::string_view rest_;
    bool is_wrong_ = false;
};

std::optional<std::int64_t> checked_time(const Date& date, std::int64_t offset)
{
    const bool is_day = date.month >= 1 && date.month <= 12 && date.day >= 1 && date.day <= days_of_month(date.year, date.month);
    if (!is_day || date.hour > 23 || date.minute > 59 || date.second > 60) return std::nullopt;
    return unix_time_of(date) - offset;
}

void read_clock(DateReader& reader, Date& date)
{
    date.hour = reader.number(1, 2);
    reader.need(":");
    date.minute = reader.number(2, 2);
    if (reader.skip(":")) date.second = reader.number(2, 2);
    if (reader.skip(".,")) reader.number(1, 9);
}

std::optional<std::int64_t> parse_iso(std::string_view text)
{
    DateReader reader(text);
    Date date;
    date.year = reader.number(4, 4);
    reader.need("-");
    date.month = reader.number(2, 2);
    reader.need("-");
    date.day = reader.number(2, 2);
    if (reader.skip("Tt ")) read_clock(reader, date);
    const auto offset = reader.zone();
    return reader.is_good() ? checked_time(date, offset) : std::nullopt;
}

// RFC 5322 §3.3, with the years of two digits that old feeds have.
std::optional<std::int64_t> parse_mail_date(std::string_view text)
{
    DateReader reader(text);
    if (!reader.word().empty()) reader.skip(",");
    reader.skip_blanks();
    Date date;
    date.day = reader.number(1, 2);
    reader.skip(" -");
    const auto month = reader.word().substr(0, 3);
    const auto at = std::ranges::find(month_names, month);
    if (at == month_names.end()) return std::nullopt;
    date.month = static_cast<int>(at - month_names.begin()) + 1;
    reader.skip(" -");
    const auto before = reader.rest().size();
    date.year = reader.number(2, 4);
    if (before - reader.rest().size() == 2) date.year += date.year < 70 ? 2000 : 1900;
    reader.skip_blanks();
    if (!reader.rest().empty()) read_clock(reader, date);
    const auto offset = reader.zone();
    return reader.is_good() ? checked_time(date, offset) : std::nullopt;
}

} // namespace

Date date_of(std::int64_t unix_time)
{
    const auto days = floor_div(unix_time, day_seconds);
    const auto in_day = static_cast<int>(unix_time - days * day_seconds);
    const auto shifted = days + 719'468;
    const auto era = floor_div(shifted, 146'097);
    const auto day_of_era = shifted - era * 146'097;
    const auto year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
    const auto day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const auto part = static_cast<int>((5 * day_of_year + 2) / 153);
    Date date;
    date.day = static_cast<int>(day_of_year - (153 * part + 2) / 5 + 1);
    date.month = part < 10 ? part + 3 : part - 9;
    date.year = year_of_era + era * 400 + (date.month <= 2 ? 1 : 0);
    date.hour = in_day / 3600;
    date.minute = in_day / 60 % 60;
    date.second = in_day % 60;
    date.weekday = static_cast<int>(days + 4 - floor_div(days + 4, 7) * 7);
    return date;
}

std::int64_t unix_time_of(const Date& date)
{
    return days_before(date.year, date.month, date.day) * day_seconds + date.hour * 3600 + date.minute * 60 + date.second;
}

std::int64_t local_offset(std::int64_t unix_time)
{
    const auto time = static_cast<time_t>(unix_time);
    struct tm local {};
    return localtime_r(&time, &local) == nullptr ? 0 : local.tm_gmtoff;
}

std::string iso_text(std::int64_t unix_time)
{
    const auto date = date_of(unix_time);
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%04lld-%02d-%02dT%02d:%02d:%02dZ", static_cast<long long>(date.year), date.month, date.day, date.hour,
                  date.minute, date.second);
    return text.data();
}

std::optional<std::int64_t> parse_date(std::string_view text)
{
    const auto iso = parse_iso(text);
    return iso ? iso : parse_mail_date(text);
}

} // namespace shoal::script_lua
