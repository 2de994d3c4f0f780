#include "cli/quantity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

namespace shoal::cli {

namespace {
constexpr std::array<std::string_view, 6> units = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
}

Result<std::uint64_t> parse_size(std::string_view text)
{
    const auto bad = [&] {
        return make_error(Errc::invalid_argument, fmt::format("'{}' is no size; write 4096, 512k, 1.5M or 2GiB", text));
    };
    double number = 0;
    const auto [rest, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (problem != std::errc{} || !(number >= 0)) return bad();  // nor "nan", which std::from_chars knows
    std::string unit(rest, text.data() + text.size());
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
    if (number * factor >= 9.2e18) return bad();
    return static_cast<std::uint64_t>(number * factor);
}

std::string size_text(std::uint64_t octets)
{
    auto value = static_cast<double>(octets);
    std::size_t unit = 0;
    while (value >= 1023.95 && unit + 1 < units.size()) {  // which would be written as 1024.0
        value /= 1024;
        ++unit;
    }
    return unit == 0 ? fmt::format("{} B", octets) : fmt::format("{:.1f} {}", value, units[unit]);
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
                      fmt::format("'{}' is no address to listen on: {}", text, endpoint.error().text));
}

Result<Endpoint> parse_peer(std::string_view text)
{
    const auto endpoint = Endpoint::parse(text);
    if (endpoint && endpoint->port != 0) return endpoint;
    return make_error(Errc::invalid_argument,
                      fmt::format("'{}' is no peer's address: {}", text,
                                  endpoint ? "a port is missing" : endpoint.error().text));
}

std::string count_text(std::uint64_t count, std::string_view noun)
{
    return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
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

std::string shell_quoted(std::string_view argument)
{
    constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:,=+@%";
    if (!argument.empty() && argument.find_first_not_of(plain) == std::string_view::npos) return std::string(argument);
    std::string quoted = "'";
    for (const char c : argument) {
        if (c == '\'') quoted += "'\\''";
        else quoted += c;
    }
    return quoted + "'";
}

}  // namespace shoal::cli
