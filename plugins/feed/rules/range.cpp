#include "range.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <utility>

namespace shoal::feed_rules {
namespace {

std::string_view trimmed(std::string_view text)
{
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
    return text;
}

Error no_quantity(std::string_view text, Unit unit)
{
    constexpr std::array examples{"a size like 700MB or 3GB", "a time like 30m, 2h or 3d", "a number like 5"};
    return make_error(Errc::invalid_argument, "'" + std::string(text) + "' is not " + examples[static_cast<std::size_t>(unit)]);
}

// What one of the unit is; 0: no such unit.
double size_of_unit(std::string_view name, Unit unit)
{
    if (unit == Unit::count) return name.empty() ? 1 : 0;
    if (name.empty()) return 1;
    const char first = static_cast<char>(name.front() | 0x20);
    const auto rest = name.substr(1);
    if (unit == Unit::seconds) {
        constexpr std::string_view names = "smhdw";
        constexpr std::array<double, 5> sizes{1, 60, 3600, 86400, 604800};
        const auto at = names.find(first);
        return rest.empty() && at != names.npos ? sizes[at] : 0;
    }
    constexpr std::string_view names = "bkmgt";
    const auto at = names.find(first);
    const bool is_unit = rest.empty() || rest == "B" || rest == "b" || rest == "iB" || rest == "ib";
    return at != names.npos && is_unit ? std::pow(1024, static_cast<double>(at)) : 0;
}

bool is_number_sign(char c) { return (c >= '0' && c <= '9') || c == '.'; }

} // namespace

Result<std::int64_t> parse_quantity(std::string_view whole, Unit unit)
{
    auto text = trimmed(whole);
    if (text.empty()) return no_quantity(whole, unit);
    double sum = 0;
    while (!text.empty()) {
        double number = 0;
        const auto read = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
        if (read.ec != std::errc{} || !is_number_sign(text.front())) return no_quantity(whole, unit);
        text = trimmed(text.substr(static_cast<std::size_t>(read.ptr - text.data())));
        std::size_t end = 0;
        while (end < text.size() && !is_number_sign(text[end])) ++end;
        const auto size = size_of_unit(trimmed(text.substr(0, end)), unit);
        if (size == 0) return no_quantity(whole, unit);
        sum += number * size;
        text.remove_prefix(end);
        if (unit != Unit::seconds && !text.empty()) return no_quantity(whole, unit);
    }
    if (unit == Unit::seconds && sum > static_cast<double>(longest_time)) {
        return make_error(Errc::invalid_argument, "'" + std::string(whole) + "' is longer than ten years: write 3650d or less");
    }
    if (sum > 9e18) return no_quantity(whole, unit);
    return static_cast<std::int64_t>(std::llround(sum));
}

std::string quantity_text(std::int64_t value, Unit unit)
{
    if (unit == Unit::count) return std::to_string(value);
    constexpr std::array<std::pair<double, const char*>, 5> sizes{{{1099511627776.0, "TB"}, {1073741824.0, "GB"}, {1048576.0, "MB"}, {1024.0, "kB"}, {1.0, "B"}}};
    constexpr std::array<std::pair<double, const char*>, 4> times{{{86400.0, "d"}, {3600.0, "h"}, {60.0, "min"}, {1.0, "s"}}};
    const auto write = [value](const auto& units) {
        for (const auto& [size, name] : units) {
            const double number = static_cast<double>(value) / size;
            if (std::abs(number) < 1 && size > 1) continue;
            char text[40];
            const bool is_whole = std::abs(number - std::round(number)) < 0.05;
            std::snprintf(text, sizeof text, is_whole ? "%.0f %s" : "%.1f %s", number, name);
            return std::string(text);
        }
        return std::to_string(value);
    };
    return unit == Unit::octets ? write(sizes) : write(times);
}

Range Range::at_least(std::int64_t least, Unit unit)
{
    Range range;
    range.least_ = least;
    range.unit_ = unit;
    range.text_ = "at least " + quantity_text(least, unit);
    return range;
}

Result<Range> Range::parse(std::string_view whole, Unit unit)
{
    auto text = trimmed(whole);
    Range range;
    range.text_ = text;
    range.unit_ = unit;
    const bool is_below = text.starts_with('<');
    const bool is_above = text.starts_with('>');
    if (is_below || is_above) text.remove_prefix(1);
    const bool is_strict = (is_below || is_above) && !text.starts_with('=');
    if ((is_below || is_above) && !is_strict) text.remove_prefix(1);
    const bool is_open = text.ends_with('+');
    if (is_open) text.remove_suffix(1);
    const auto dash = is_below || is_above || is_open ? text.npos : text.find('-');
    auto first = parse_quantity(text.substr(0, dash), unit);
    if (!first) return first.error();
    if (dash != text.npos) {
        auto last = parse_quantity(text.substr(dash + 1), unit);
        if (!last) return last.error();
        if (*last < *first) return make_error(Errc::invalid_argument, "'" + std::string(whole) + "' ends before it begins");
        range.least_ = *first;
        range.most_ = *last;
        return range;
    }
    if (is_below) range.most_ = is_strict ? *first - 1 : *first;
    else if (is_above) range.least_ = is_strict ? *first + 1 : *first;
    else if (is_open || unit == Unit::count) range.least_ = *first;
    else return make_error(Errc::invalid_argument, "'" + std::string(whole) + "' is one value: write <" + std::string(text) + ", >" + std::string(text) + " or a range");
    return range;
}

} // namespace shoal::feed_rules
