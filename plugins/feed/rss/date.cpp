#include "date.hpp"

#include "ascii.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <string>
#include <vector>

namespace shoal::rss {
namespace {

constexpr std::int64_t seconds_of_day = 86'400;
constexpr std::int64_t last_moment = 7'258'118'400; // 2200
constexpr std::size_t longest_date = 100;

struct Moment {
    std::optional<std::int64_t> year{};
    std::optional<std::int64_t> month{};
    std::optional<std::int64_t> day{};
    std::int64_t second_of_day = 0;
    std::int64_t offset = 0; // of its zone, east of Greenwich
};

std::optional<std::int64_t> number(std::string_view digits)
{
    std::int64_t value = 0;
    const auto* end = digits.data() + digits.size();
    const auto [stop, problem] = std::from_chars(digits.data(), end, value);
    if (digits.empty() || !is_digit(digits.front()) || problem != std::errc{} || stop != end) return std::nullopt;
    return value;
}

std::optional<std::int64_t> month_named(std::string_view word)
{
    constexpr std::string_view months = "janfebmaraprmayjunjulaugsepoctnovdec";
    if (word.size() < 3) return std::nullopt;
    const auto at = months.find(lower(word.substr(0, 3)));
    if (at == months.npos || at % 3 != 0) return std::nullopt;
    return static_cast<std::int64_t>(at / 3 + 1);
}

// Of RFC 822 and its neighbours, in hours.
std::optional<std::int64_t> zone_named(std::string_view word)
{
    struct Zone {
        std::string_view name;
        int hours;
    };
    constexpr Zone zones[] = {{"z", 0},    {"ut", 0},   {"utc", 0},  {"gmt", 0},  {"wet", 0},  {"bst", 1},   {"cet", 1},   {"west", 1}, {"cest", 2},
                              {"eet", 2},  {"eest", 3}, {"msk", 3},  {"est", -5}, {"edt", -4}, {"cst", -6},  {"cdt", -5},  {"mst", -7}, {"mdt", -6},
                              {"pst", -8}, {"pdt", -7}, {"jst", 9},  {"kst", 9},  {"hst", -10}, {"akst", -9}, {"akdt", -8}};
    const auto name = lower(word);
    for (const auto& zone : zones) {
        if (zone.name == name) return zone.hours * 3600;
    }
    return std::nullopt;
}

// "10:20", "10:20:30", "10:20:30.123"
bool read_time(Moment& moment, std::string_view text)
{
    std::array<std::int64_t, 3> parts{};
    for (std::size_t i = 0; i < 3 && !text.empty(); ++i) {
        const auto part = number(text.substr(0, text.find_first_of(":.,")));
        if (!part) return false;
        parts[i] = *part;
        const auto colon = text.find(':');
        text = colon == text.npos ? std::string_view{} : text.substr(colon + 1);
    }
    if (parts[0] > 24 || parts[1] > 59 || parts[2] > 60) return false;
    moment.second_of_day = parts[0] * 3600 + parts[1] * 60 + parts[2];
    return true;
}

// "+0200", "+02:00", "-5"
bool read_offset(Moment& moment, std::string_view text)
{
    const auto sign = text.front() == '-' ? -1 : 1;
    const auto colon = text.find(':');
    auto digits = std::string(text.substr(1, colon == text.npos ? text.npos : colon - 1));
    if (colon != text.npos) digits += text.substr(colon + 1);
    const auto value = number(digits);
    if (!value || digits.size() > 4) return false;
    const auto minutes = digits.size() <= 2 ? *value * 60 : *value / 100 * 60 + *value % 100;
    if (minutes > 18 * 60) return false;
    moment.offset = sign * minutes * 60;
    return true;
}

// "2026-03-05", "2026/3/5", "20260305"
bool read_iso_day(Moment& moment, std::string_view text)
{
    std::array<std::string_view, 3> parts;
    if (text.size() == 8 && text.find_first_of("-/.") == text.npos) {
        parts = {text.substr(0, 4), text.substr(4, 2), text.substr(6)};
    } else {
        const auto first = text.find_first_of("-/.");
        const auto second = first == text.npos ? text.npos : text.find_first_of("-/.", first + 1);
        if (first != 4 || second == text.npos) return false;
        parts = {text.substr(0, first), text.substr(first + 1, second - first - 1), text.substr(second + 1)};
    }
    moment.year = number(parts[0]);
    moment.month = number(parts[1]);
    moment.day = number(parts[2]);
    return moment.year && moment.month && moment.day;
}

// "2026-03-05T10:20:30.5+02:00", its parts with any separator.
std::optional<Moment> read_iso(std::string_view text)
{
    Moment moment;
    const auto end_of_day = text.find_first_of("Tt ");
    if (!read_iso_day(moment, text.substr(0, end_of_day))) return std::nullopt;
    if (end_of_day == text.npos) return moment;
    auto time = trimmed(text.substr(end_of_day + 1));
    const auto zone = time.find_first_not_of("0123456789:.,");
    if (!read_time(moment, time.substr(0, zone))) return std::nullopt;
    const auto rest = zone == time.npos ? std::string_view{} : trimmed(time.substr(zone));
    if (rest.empty()) return moment;
    if (rest.front() == '+' || rest.front() == '-') static_cast<void>(read_offset(moment, rest));
    else moment.offset = zone_named(rest).value_or(0);
    return moment;
}

std::vector<std::string_view> words_of(std::string_view text)
{
    std::vector<std::string_view> words;
    while (!text.empty()) {
        const auto first = text.find_first_not_of(" ,\t\r\n");
        if (first == text.npos) break;
        text.remove_prefix(first);
        const auto end = std::min(text.find_first_of(" ,\t\r\n"), text.size());
        words.push_back(text.substr(0, end));
        text.remove_prefix(end);
    }
    return words;
}

void take_number(Moment& moment, std::string_view word)
{
    const auto value = number(word);
    if (!value) return;
    if (!moment.day && word.size() <= 2) moment.day = value;
    else if (!moment.year) moment.year = word.size() <= 2 ? *value + (*value < 70 ? 2000 : 1900) : *value;
}

// "Thu, 05 Mar 2026 10:20:30 GMT", and words of it in any order; "05-Mar-26" is three of them.
std::optional<Moment> read_words(std::string text)
{
    for (std::size_t i = 1; i + 1 < text.size(); ++i) {
        if (text[i] == '-' && (is_letter(text[i - 1]) || is_letter(text[i + 1]))) text[i] = ' ';
    }
    Moment moment;
    bool has_time = false;
    for (const auto word : words_of(text)) {
        if (is_digit(word.front()) && word.find(':') != word.npos) has_time = read_time(moment, word) || has_time;
        else if (is_digit(word.front())) take_number(moment, word);
        else if ((word.front() == '+' || word.front() == '-') && has_time) static_cast<void>(read_offset(moment, word));
        else if (const auto month = month_named(word); month && !moment.month) moment.month = month;
        else if (const auto zone = zone_named(word); zone && has_time) moment.offset = *zone;
    }
    return moment;
}

std::optional<std::int64_t> moment_in_seconds(const Moment& moment)
{
    if (!moment.year || !moment.month || !moment.day) return std::nullopt;
    const auto [year, month, day] = std::array{*moment.year, *moment.month, *moment.day};
    if (year < 1970 || year > 2200 || month < 1 || month > 12 || day < 1 || day > 31) return std::nullopt;
    const std::chrono::year_month_day date(std::chrono::year(static_cast<int>(year)), std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day)));
    if (!date.ok()) return std::nullopt;
    const auto days = std::chrono::sys_days(date).time_since_epoch().count();
    return std::int64_t{days} * seconds_of_day + moment.second_of_day - moment.offset;
}

} // namespace

std::optional<std::int64_t> parse_date(std::string_view text)
{
    text = trimmed(text);
    if (text.empty() || text.size() > longest_date) return std::nullopt;
    auto seconds = text.size() >= 9 && text.size() <= 10 ? number(text) : std::nullopt;
    if (!seconds) {
        auto moment = is_digit(text.front()) ? read_iso(text) : std::nullopt;
        if (!moment) moment = read_words(std::string(text));
        seconds = moment ? moment_in_seconds(*moment) : std::nullopt;
    }
    return seconds && *seconds >= 0 && *seconds < last_moment ? seconds : std::nullopt;
}

} // namespace shoal::rss
