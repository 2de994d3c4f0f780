#include "control/quantity.hpp"

#include <shoal/utf8.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <optional>

namespace shoal::control {

namespace {

constexpr std::array<std::string_view, 6> size_units = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};

// A number of at least 0 taken from the front of the text; none, and nothing is taken: there is none.
std::optional<double> take_amount(std::string_view& text)
{
    double number = 0;
    const auto [rest, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (problem != std::errc{} || !(number >= 0)) return std::nullopt;  // nor "nan", which std::from_chars knows
    text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
    return number;
}

void skip_spaces(std::string_view& text)
{
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
}

// Takes a letter: seconds, minutes, hours, days, weeks.
std::optional<double> take_time_unit(std::string_view& text)
{
    constexpr std::string_view letters = "smhdw";
    constexpr std::array<double, letters.size()> seconds = {1, 60, 3600, 86400, 604800};
    skip_spaces(text);
    if (text.empty()) return std::nullopt;
    const auto at = letters.find(text.front());
    if (at == letters.npos) return std::nullopt;
    text.remove_prefix(1);
    return seconds[at];
}

}  // namespace

Result<std::uint64_t> parse_size(std::string_view text)
{
    const auto bad = [&] {
        return make_error(Errc::invalid_argument,
                          fmt::format("'{}' is no size; write 4096, 512k, 1.5M or 2GiB", printable(text)));
    };
    auto rest = text;
    const auto number = take_amount(rest);
    if (!number) return bad();
    skip_spaces(rest);
    std::string unit(rest);
    std::ranges::transform(unit, unit.begin(), [](unsigned char c) { return std::tolower(c); });
    if (unit.ends_with("ib")) unit.resize(unit.size() - 2);
    else if (unit.ends_with("b")) unit.resize(unit.size() - 1);
    constexpr std::string_view letters = "kmgt";
    double factor = 1;
    if (unit.size() == 1 && letters.find(unit[0]) != std::string_view::npos) {
        for (std::size_t i = 0; i <= letters.find(unit[0]); ++i) factor *= 1024;
    } else if (!unit.empty()) {
        return bad();
    }
    if (*number * factor >= 9.2e18) return bad();
    return static_cast<std::uint64_t>(*number * factor);
}

Result<std::chrono::seconds> parse_duration(std::string_view text)
{
    constexpr double century = 100 * 365.25 * 86400;
    const auto bad = [&] {
        return make_error(Errc::invalid_argument,
                          fmt::format("'{}' is no duration; write 90, 90s, 1h30m or 2d", printable(text)));
    };
    auto rest = text;
    double total = 0;
    bool is_plain = true;
    do {
        const auto number = take_amount(rest);
        if (!number) return bad();
        const auto unit = take_time_unit(rest);
        if (!unit && !(is_plain && rest.empty())) return bad();
        total += *number * unit.value_or(1);
        is_plain = false;
        skip_spaces(rest);
    } while (!rest.empty());
    if (!(total <= century)) return bad();
    return std::chrono::seconds{static_cast<std::int64_t>(total)};
}

std::string size_text(std::uint64_t octets)
{
    auto value = static_cast<double>(octets);
    std::size_t unit = 0;
    while (value >= 1023.95 && unit + 1 < size_units.size()) {  // which would be written as 1024.0
        value /= 1024;
        ++unit;
    }
    return unit == 0 ? fmt::format("{} B", octets) : fmt::format("{:.1f} {}", value, size_units[unit]);
}

std::string rate_text(std::uint64_t octets_per_second)
{
    return size_text(octets_per_second) + "/s";
}

std::string duration_text(std::chrono::seconds duration)
{
    const auto s = duration.count();
    if (s < 60) return fmt::format("{}s", s);
    if (s < 3600) return fmt::format("{}m{:02}s", s / 60, s % 60);
    if (s < 86400) return fmt::format("{}h{:02}m", s / 3600, s % 3600 / 60);
    return fmt::format("{}d{}h", s / 86400, s % 86400 / 3600);
}

Result<Endpoint> parse_listen(std::string_view text)
{
    const bool is_port_only = text.find(':') == std::string_view::npos;
    std::string full(text);
    if (is_port_only) full = "0.0.0.0:" + full;
    else if (text.starts_with(':')) full = "0.0.0.0" + full;
    auto endpoint = Endpoint::parse(full);
    if (endpoint) return endpoint;
    return make_error(Errc::invalid_argument,
                      fmt::format("'{}' is no address to listen on: {}", printable(text), endpoint.error().text));
}

std::vector<std::string> split(std::string_view text, char separator)
{
    std::vector<std::string> parts;
    while (!text.empty()) {
        const auto end = std::min(text.find(separator), text.size());
        if (end > 0) parts.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return parts;
}

}  // namespace shoal::control
