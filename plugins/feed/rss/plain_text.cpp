#include "plain_text.hpp"

#include "ascii.hpp"

#include <shoal/utf8.hpp>

#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <utility>

namespace shoal::rss {
namespace {

constexpr std::size_t longest_entity = 10;

struct Entity {
    std::string_view name;
    char32_t character;
};

constexpr Entity entities[] = {
    {"amp", '&'},        {"lt", '<'},         {"gt", '>'},         {"quot", '"'},       {"apos", '\''},      {"nbsp", ' '},
    {"iexcl", 0xa1},     {"cent", 0xa2},      {"pound", 0xa3},     {"yen", 0xa5},       {"sect", 0xa7},      {"uml", 0xa8},
    {"copy", 0xa9},      {"laquo", 0xab},     {"reg", 0xae},       {"deg", 0xb0},       {"plusmn", 0xb1},    {"sup2", 0xb2},
    {"acute", 0xb4},     {"micro", 0xb5},     {"para", 0xb6},      {"middot", 0xb7},    {"raquo", 0xbb},     {"frac12", 0xbd},
    {"iquest", 0xbf},    {"Agrave", 0xc0},    {"Aacute", 0xc1},    {"Acirc", 0xc2},     {"Atilde", 0xc3},    {"Auml", 0xc4},
    {"Aring", 0xc5},     {"AElig", 0xc6},     {"Ccedil", 0xc7},    {"Egrave", 0xc8},    {"Eacute", 0xc9},    {"Ecirc", 0xca},
    {"Euml", 0xcb},      {"Igrave", 0xcc},    {"Iacute", 0xcd},    {"Icirc", 0xce},     {"Iuml", 0xcf},      {"Ntilde", 0xd1},
    {"Ograve", 0xd2},    {"Oacute", 0xd3},    {"Ocirc", 0xd4},     {"Otilde", 0xd5},    {"Ouml", 0xd6},      {"times", 0xd7},
    {"Oslash", 0xd8},    {"Ugrave", 0xd9},    {"Uacute", 0xda},    {"Ucirc", 0xdb},     {"Uuml", 0xdc},      {"szlig", 0xdf},
    {"agrave", 0xe0},    {"aacute", 0xe1},    {"acirc", 0xe2},     {"atilde", 0xe3},    {"auml", 0xe4},      {"aring", 0xe5},
    {"aelig", 0xe6},     {"ccedil", 0xe7},    {"egrave", 0xe8},    {"eacute", 0xe9},    {"ecirc", 0xea},     {"euml", 0xeb},
    {"igrave", 0xec},    {"iacute", 0xed},    {"icirc", 0xee},     {"iuml", 0xef},      {"ntilde", 0xf1},    {"ograve", 0xf2},
    {"oacute", 0xf3},    {"ocirc", 0xf4},     {"otilde", 0xf5},    {"ouml", 0xf6},      {"oslash", 0xf8},    {"ugrave", 0xf9},
    {"uacute", 0xfa},    {"ucirc", 0xfb},     {"uuml", 0xfc},      {"ndash", 0x2013},   {"mdash", 0x2014},   {"lsquo", 0x2018},
    {"rsquo", 0x2019},   {"ldquo", 0x201c},   {"rdquo", 0x201d},   {"bdquo", 0x201e},   {"bull", 0x2022},    {"hellip", 0x2026},
    {"lsaquo", 0x2039},  {"rsaquo", 0x203a},  {"euro", 0x20ac},    {"trade", 0x2122},   {"rarr", 0x2192},    {"hearts", 0x2665},
};

void append_character(std::string& out, char32_t c)
{
    if (c < 0x80) {
        out += static_cast<char>(c);
        return;
    }
    const int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    constexpr std::array<unsigned char, 4> lead = {0, 0xc0, 0xe0, 0xf0};
    out += static_cast<char>(lead[static_cast<std::size_t>(more)] | (c >> (6 * more)));
    for (int i = more - 1; i >= 0; --i) out += static_cast<char>(0x80 | ((c >> (6 * i)) & 0x3f));
}

// "#228", "#xe4"
std::optional<char32_t> numbered(std::string_view text)
{
    const bool is_hex = text.size() > 1 && lower(text[1]) == 'x';
    const auto digits = text.substr(is_hex ? 2 : 1);
    std::uint32_t number = 0;
    const auto* end = digits.data() + digits.size();
    const auto [stop, problem] = std::from_chars(digits.data(), end, number, is_hex ? 16 : 10);
    const bool is_character = number != 0 && number <= 0x10ffff && (number < 0xd800 || number > 0xdfff);
    if (problem != std::errc{} || stop != end || !is_character) return std::nullopt;
    return number;
}

std::optional<char32_t> meant_by(std::string_view name)
{
    if (name.empty()) return std::nullopt;
    if (name.front() == '#') return numbered(name);
    for (const auto& entity : entities) {
        if (entity.name == name) return entity.character;
    }
    return std::nullopt;
}

// "<b>", "</p>", "<!--": not "a < b" or "<3".
bool begins_tag(std::string_view rest)
{
    if (rest.size() < 2) return false;
    return is_letter(rest[1]) || rest[1] == '/' || rest[1] == '!';
}

std::string without_tags(std::string_view text)
{
    std::string out;
    const auto last = text.rfind('>');
    for (std::size_t at = 0; at < text.size();) {
        const bool is_tag = text[at] == '<' && last != text.npos && at < last && begins_tag(text.substr(at));
        out += is_tag ? ' ' : text[at];
        at = is_tag ? text.find('>', at) + 1 : at + 1;
    }
    return out;
}

bool is_blank(char32_t c) { return c <= 0x20 || (c >= 0x7f && c <= 0xa0) || c == 0x2028 || c == 0x2029 || c == 0xfeff; }

// They turn what follows around, or are seen by nobody: a title with them is not what it looks like.
bool is_invisible(char32_t c) { return (c >= 0x200b && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069); }

} // namespace

std::string decode_entities(std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const auto at = text.find('&');
        out += text.substr(0, at);
        if (at == text.npos) break;
        text.remove_prefix(at);
        const auto end = text.substr(0, longest_entity + 2).find(';');
        const auto meant = end == text.npos ? std::nullopt : meant_by(text.substr(1, end - 1));
        if (meant) append_character(out, *meant);
        else out += '&';
        text.remove_prefix(meant ? end + 1 : 1);
    }
    return out;
}

std::string plain_line(std::string_view text, std::size_t longest)
{
    // Beyond this nothing can be wanted: an entity is at most so many octets for one.
    const auto bounded = text.substr(0, longest * (longest_entity + 2));
    const auto decoded = to_valid_utf8(decode_entities(without_tags(decode_entities(bounded))));
    std::string out;
    bool is_after_blank = true;
    for (std::string_view rest = decoded; !rest.empty();) {
        const auto step = detail::next_utf8(rest);
        const auto character = rest.substr(0, step.length);
        rest.remove_prefix(step.length);
        if (is_invisible(step.code_point)) continue;
        const bool is_blank_here = is_blank(step.code_point);
        const auto piece = is_blank_here ? std::string_view(" ") : character;
        if (!is_blank_here || !is_after_blank) {
            if (out.size() + piece.size() > longest) break;
            out += piece;
        }
        is_after_blank = is_blank_here;
    }
    while (out.ends_with(' ')) out.pop_back();
    return out;
}

} // namespace shoal::rss
