// Text as machines write it: names of elements, of character sets and of units.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace shoal::rss {

inline constexpr std::string_view blanks = " \t\r\n\f\v";

[[nodiscard]] constexpr char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

[[nodiscard]] inline std::string lower(std::string_view text)
{
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](char c) { return lower(c); });
    return out;
}

[[nodiscard]] constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
[[nodiscard]] constexpr bool is_letter(char c) noexcept { return lower(c) >= 'a' && lower(c) <= 'z'; }

/// `prefix` is in lower case.
[[nodiscard]] inline bool begins(std::string_view text, std::string_view prefix)
{
    return std::ranges::equal(text.substr(0, prefix.size()), prefix, {}, [](char c) { return lower(c); });
}

/// `part` is in lower case; npos: nowhere.
[[nodiscard]] inline std::size_t find_ignoring_case(std::string_view text, std::string_view part)
{
    const auto* found = std::search(text.begin(), text.end(), part.begin(), part.end(), [](char a, char b) { return lower(a) == b; });
    return found == text.end() && !part.empty() ? text.npos : static_cast<std::size_t>(found - text.begin());
}

[[nodiscard]] constexpr std::string_view trimmed(std::string_view text) noexcept
{
    const auto first = text.find_first_not_of(blanks);
    if (first == text.npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

} // namespace shoal::rss
