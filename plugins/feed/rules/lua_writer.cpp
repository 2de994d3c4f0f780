#include "lua_writer.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace shoal::feed_rules {
namespace {

bool is_name(std::string_view key)
{
    constexpr std::array<std::string_view, 22> reserved{"and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if",
                                                         "in", "local", "nil", "not", "or", "repeat", "return", "then", "true", "until", "while"};
    const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
    if (key.empty() || !is_letter(key.front()) || std::ranges::find(reserved, key) != reserved.end()) return false;
    return std::ranges::all_of(key, [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

std::string lua_value(const Value& value, int depth)
{
    if (const auto* text = value.as_text()) return lua_text(*text);
    if (const auto* flag = value.as_bool()) return *flag ? "true" : "false";
    if (const auto* integer = value.as_integer()) return std::to_string(*integer);
    if (const auto* real = value.as_real()) {
        char text[40];
        std::snprintf(text, sizeof text, "%.10g", *real);
        return text;
    }
    if (const auto* map = value.as_map()) return lua_table(*map, depth);
    const auto* list = value.as_list();
    if (list == nullptr) return "nil";
    if (list->empty()) return "{}";
    std::string out = "{";
    for (const auto& one : *list) out += (out.size() == 1 ? " " : ", ") + lua_value(one, depth);
    return out + " }";
}

} // namespace

std::string lua_text(std::string_view text)
{
    std::string out = "\"";
    for (const char c : text) {
        const auto octet = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') out += std::string("\\") + c;
        else if (c == '\n') out += "\\n";
        else if (octet < 0x20 || octet == 0x7f) {
            char escape[8];
            std::snprintf(escape, sizeof escape, "\\%03u", octet);
            out += escape;
        } else out += c;
    }
    return out + '"';
}

std::string lua_table(const Value::Map& map, int depth)
{
    const std::string indent(static_cast<std::size_t>(depth + 1) * 4, ' ');
    std::string out = "{\n";
    for (std::size_t i = 0; i < map.size(); ++i) {
        const auto& key = map.keys()[i];
        out += indent + (is_name(key) ? key : "[" + lua_text(key) + "]") + " = " + lua_value(map.values()[i], depth + 1) + ",\n";
    }
    return out + std::string(static_cast<std::size_t>(depth) * 4, ' ') + "}";
}

} // namespace shoal::feed_rules
