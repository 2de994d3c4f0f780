// What the host part of a URL, or the "ip" of a peer, is: an address, a name, or neither; and what a name says
// about where it leads. Resolving is somebody else's work.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace shoal {
namespace detail {

inline constexpr std::size_t longest_host_name = 253; // RFC 1035 §2.3.4, without the root's dot
inline constexpr std::size_t longest_label = 63;

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

constexpr bool is_hex_digit(char c) noexcept
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

constexpr bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

inline bool is_label(std::string_view label)
{
    return !label.empty() && label.size() <= longest_label && std::ranges::all_of(label, [](char c) {
        return is_letter(c) || is_digit(c) || c == '-' || c == '_';
    });
}

inline bool looks_like_number(std::string_view label)
{
    if (std::ranges::all_of(label, is_digit)) return true;
    const bool is_hex = label.starts_with("0x") || label.starts_with("0X");
    return is_hex && std::ranges::all_of(label.substr(2), is_hex_digit);
}

} // namespace detail

/// A host name as DNS carries it, in ASCII, at most 253 characters. A name whose last label looks like a
/// number is none: resolvers and URL parsers read 2130706433, 0x7f.1 and 127.1 as addresses, each its own
/// way.
[[nodiscard]] inline bool is_host_name(std::string_view text)
{
    if (text.ends_with('.')) text.remove_suffix(1);
    if (text.size() > detail::longest_host_name) return false;
    for (;;) {
        const auto dot = text.find('.');
        const auto label = text.substr(0, dot);
        if (!detail::is_label(label)) return false;
        if (dot == text.npos) return !detail::looks_like_number(label);
        text.remove_prefix(dot + 1);
    }
}

// Both take a host name in lower case, without a dot at its end.

/// localhost and what is below it (RFC 6761).
[[nodiscard]] inline bool is_own_name(std::string_view name)
{
    return name == "localhost" || name.ends_with(".localhost");
}

/// All of is_own_name(), and what does not leave the local network: .local (RFC 6762), .home.arpa (RFC 8375),
/// .internal, and names without a dot.
[[nodiscard]] inline bool is_local_name(std::string_view name)
{
    return is_own_name(name) || name.find('.') == name.npos || name.ends_with(".local")
           || name.ends_with(".internal") || name.ends_with(".home.arpa");
}

} // namespace shoal
