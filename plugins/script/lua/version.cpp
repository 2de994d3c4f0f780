#include "version.hpp"

#include <shoal/utf8.hpp>

#include <algorithm>

namespace shoal::script_lua {
namespace {

constexpr std::size_t longest_version = 64;

std::string_view without_blanks(std::string_view text)
{
    const auto first = text.find_first_not_of(" \t\r");
    return first == text.npos ? std::string_view() : text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

} // namespace

std::string version_of(std::string_view script)
{
    constexpr std::string_view word = "version:";
    while (!script.empty()) {
        auto line = without_blanks(script.substr(0, script.find('\n')));
        script.remove_prefix(std::min(script.find('\n'), script.size() - 1) + 1);
        if (line.empty()) continue;
        if (!line.starts_with("--") || line.starts_with("--[")) return {};
        line = without_blanks(line.substr(std::min(line.find_first_not_of('-'), line.size())));
        const bool says = std::ranges::equal(line.substr(0, word.size()), word, [](char c, char wanted) { return c == wanted || c + 32 == wanted; });
        if (says) return to_valid_utf8(without_blanks(line.substr(word.size())).substr(0, longest_version));
    }
    return {};
}

} // namespace shoal::script_lua
