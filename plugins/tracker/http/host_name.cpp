#include "host_name.hpp"

#include <algorithm>

namespace shoal::http_tracker {
namespace {

constexpr std::size_t longest_name = 253; // RFC 1035 §2.3.4, without the root's dot
constexpr std::size_t longest_label = 63;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_hex_digit(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool is_label(std::string_view label)
{
    return !label.empty() && label.size() <= longest_label && std::ranges::all_of(label, [](char c) {
        return is_letter(c) || is_digit(c) || c == '-' || c == '_';
    });
}

bool looks_like_number(std::string_view label)
{
    if (std::ranges::all_of(label, is_digit)) return true;
    const bool is_hex = label.starts_with("0x") || label.starts_with("0X");
    return is_hex && std::ranges::all_of(label.substr(2), is_hex_digit);
}

} // namespace

bool is_host_name(std::string_view text)
{
    if (text.ends_with('.')) text.remove_suffix(1);
    if (text.size() > longest_name) return false;
    for (;;) {
        const auto dot = text.find('.');
        const auto label = text.substr(0, dot);
        if (!is_label(label)) return false;
        if (dot == text.npos) return !looks_like_number(label);
        text.remove_prefix(dot + 1);
    }
}

bool is_own_name(std::string_view name) { return name == "localhost" || name.ends_with(".localhost"); }

bool is_local_name(std::string_view name)
{
    return is_own_name(name) || name.find('.') == name.npos || name.ends_with(".local")
           || name.ends_with(".internal") || name.ends_with(".home.arpa");
}

} // namespace shoal::http_tracker
