// UTF-8 (Unicode 15 §3.9): is it well formed, make it so, and make foreign text safe to show on a terminal.
// Torrents, trackers and peers send any bytes they like; nothing of theirs is printed without printable().
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace shoal {

namespace detail {

struct Utf8Step {
    char32_t code_point; // meaningless unless valid
    std::size_t length;  // of the sequence; of the maximal subpart of one where not valid
    bool valid;
};

// The lead byte alone decides the length and the range of the second byte (table 3-7): this is what keeps out
// overlong forms (E0, F0), surrogates (ED) and what lies above U+10FFFF (F4).
constexpr Utf8Step next_utf8(std::string_view text) noexcept
{
    const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
    const auto lead = byte(0);
    if (lead < 0x80) return {lead, 1, true};
    if (lead < 0xc2 || lead > 0xf4) return {0, 1, false};

    const std::size_t length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    std::uint8_t low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    std::uint8_t high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    char32_t code_point = lead & (0x7fU >> length);
    for (std::size_t i = 1; i < length; ++i) {
        if (i >= text.size() || byte(i) < low || byte(i) > high) return {0, i, false};
        code_point = (code_point << 6) | (byte(i) & 0x3fU);
        low = 0x80;
        high = 0xbf;
    }
    return {code_point, length, true};
}

/// Moves the cursor, rings the bell, ends the line, or turns the direction of what follows.
constexpr bool disturbs_terminal(char32_t c) noexcept
{
    const bool control = c < 0x20 || (c >= 0x7f && c < 0xa0);
    const bool separator = c == 0x2028 || c == 0x2029;
    const bool bidi = c == 0x61c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e)
                      || (c >= 0x2066 && c <= 0x2069);
    return control || separator || bidi;
}

inline void append_escape(std::string& out, char32_t c)
{
    constexpr std::string_view digits = "0123456789abcdef";
    switch (c) {
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: break;
    }
    out += c < 0x80 ? "\\x" : "\\u";
    for (int shift = c < 0x80 ? 4 : 12; shift >= 0; shift -= 4) out += digits[(c >> shift) & 15];
}

inline constexpr std::string_view replacement_character = "\xef\xbf\xbd";

} // namespace detail

[[nodiscard]] constexpr bool is_valid_utf8(std::string_view text) noexcept
{
    while (!text.empty()) {
        const auto step = detail::next_utf8(text);
        if (!step.valid) return false;
        text.remove_prefix(step.length);
    }
    return true;
}

/// Every maximal subpart of an ill-formed sequence becomes one U+FFFD; what is well formed stays as it is.
[[nodiscard]] inline std::string to_valid_utf8(std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const auto step = detail::next_utf8(text);
        out += step.valid ? text.substr(0, step.length) : detail::replacement_character;
        text.remove_prefix(step.length);
    }
    return out;
}

/// Valid UTF-8 on one line, for people to read: control characters (ESC among them), line and paragraph
/// separators and bidi controls are spelled out as \n, \x1b or \u202e. A backslash stays as it is.
[[nodiscard]] inline std::string printable(std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const auto step = detail::next_utf8(text);
        if (!step.valid) {
            out += detail::replacement_character;
        } else if (detail::disturbs_terminal(step.code_point)) {
            detail::append_escape(out, step.code_point);
        } else {
            out += text.substr(0, step.length);
        }
        text.remove_prefix(step.length);
    }
    return out;
}

/// The same of a stranger's text that may be of any length: cut, with a '…', after so many characters.
[[nodiscard]] inline std::string printable(std::string_view text, std::size_t most_characters)
{
    // A character has four octets at most, so what is left out here is beyond the cut anyway.
    auto out = printable(text.substr(0, 4 * most_characters + 1));
    std::size_t characters = 0;
    for (std::size_t i = 0; i < out.size(); ++i) {
        const bool begins_character = (static_cast<unsigned char>(out[i]) & 0xc0) != 0x80;
        if (!begins_character || ++characters <= most_characters) continue;
        out.resize(i);
        return out += "…";
    }
    return out;
}

} // namespace shoal
