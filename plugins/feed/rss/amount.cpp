#include "amount.hpp"

#include "ascii.hpp"

#include <algorithm>
#include <charconv>
#include <string>

namespace shoal::rss {
namespace {

constexpr double most_octets = 1e18;
constexpr std::int64_t largest_number = 1'000'000'000'000'000'000; // two of them can be added

// The octets of a unit: "GiB", "GB", "G", "bytes". 0: it is none.
double unit_of(std::string_view word)
{
    const auto unit = lower(word);
    if (unit.empty() || unit == "b" || unit == "byte" || unit == "bytes" || unit == "octets") return 1;
    constexpr std::string_view letters = "kmgtp";
    const auto rank = letters.find(unit.front());
    if (rank == letters.npos) return 0;
    const auto rest = unit.substr(1);
    const bool is_binary = rest == "ib";
    if (!rest.empty() && rest != "b" && !is_binary && rest != "bytes" && rest != "o" && rest != "io") return 0;
    double octets = 1;
    for (std::size_t i = 0; i <= rank; ++i) octets *= is_binary || rest == "io" ? 1024 : 1000;
    return octets;
}

// "1,234.5" and "1.234,5" and "1,37": a comma is one between thousands when three digits follow and nothing says otherwise.
std::string without_separators(std::string_view digits)
{
    const auto dot = digits.rfind('.');
    const auto comma = digits.rfind(',');
    const bool has_both = dot != digits.npos && comma != digits.npos;
    const bool is_decimal_comma = comma != digits.npos && (has_both ? comma > dot : digits.size() - comma != 4);
    std::string out;
    for (const char c : digits) {
        if (c == (is_decimal_comma ? ',' : '.')) out += '.';
        else if (is_digit(c)) out += c;
    }
    return out;
}

} // namespace

std::optional<std::int64_t> parse_count(std::string_view text)
{
    std::string digits;
    for (const char c : trimmed(text)) {
        if (is_digit(c)) digits += c;
        else if (c != ',' && c != ' ' && c != '.') return std::nullopt;
    }
    std::int64_t value = 0;
    const auto* end = digits.data() + digits.size();
    const auto [stop, problem] = std::from_chars(digits.data(), end, value);
    if (digits.empty() || problem != std::errc{} || stop != end || value > largest_number) return std::nullopt;
    return value;
}

std::optional<std::int64_t> parse_octets(std::string_view text)
{
    text = trimmed(text);
    if (text.empty() || !is_digit(text.front())) return std::nullopt;
    if (text.find_first_not_of("0123456789") == text.npos) return parse_count(text);
    const auto end = text.find_first_not_of("0123456789.,");
    const auto unit = unit_of(trimmed(end == text.npos ? std::string_view{} : text.substr(end)));
    const auto digits = without_separators(text.substr(0, end));
    double value = 0;
    const auto [stop, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (unit == 0 || problem != std::errc{} || stop != digits.data() + digits.size() || value * unit > most_octets) return std::nullopt;
    return static_cast<std::int64_t>(value * unit);
}

std::optional<std::int64_t> find_octets(std::string_view text)
{
    constexpr std::string_view label = "size:";
    const auto at = find_ignoring_case(text, label);
    if (at == text.npos) return std::nullopt;
    auto rest = trimmed(text.substr(at + label.size()));
    const auto end_of_number = std::min(rest.find_first_not_of("0123456789.,"), rest.size());
    const auto unit = trimmed(rest.substr(end_of_number));
    std::size_t letters = 0;
    while (letters < unit.size() && is_letter(unit[letters])) ++letters;
    if (letters == 0) return std::nullopt; // "Size: 3" may be anything
    return parse_octets(std::string(rest.substr(0, end_of_number)) + " " + std::string(unit.substr(0, letters)));
}

} // namespace shoal::rss
