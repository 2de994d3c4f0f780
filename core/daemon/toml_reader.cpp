#include "daemon/toml_reader.hpp"

#include <shoal/utf8.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <sstream>

// The one source that knows the TOML library; compiled into it, as a library of the distribution's it would throw.
#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

namespace shoal::daemon {

namespace {

using control::Value;

constexpr std::size_t most_tables = 8;  // in one another

// The parser limits how deep values are nested, but not how many dots a key has, each of which makes a table in a table: 64 in one
// statement are enough for anybody, and few enough to be destroyed by recursion. Errors: limit_exceeded.
class DotCount {
public:
    Result<void> check(std::string_view text)
    {
        while (!text.empty()) {
            if (const auto problem = step(text); !problem) return problem;
        }
        return {};
    }

private:
    static constexpr std::size_t most_dots = 64;

    Result<void> step(std::string_view& text)
    {
        if (skip_quoted(text)) return {};
        const char c = text.front();
        if (c == '#') {
            text.remove_prefix(std::min(text.find('\n'), text.size()));
            return {};
        }
        text.remove_prefix(1);
        if (c == '[' || c == '{') ++depth_;
        if ((c == ']' || c == '}') && depth_ > 0) --depth_;
        if (c == '\n') ++line_;
        if (c == '\n' && depth_ == 0) dots_ = 0;
        if (c == '.' && ++dots_ > most_dots) {
            return make_error(Errc::limit_exceeded,
                              fmt::format("line {}: more than {} dots; a setting has two or three: rates.down = \"1 MiB\"", line_, most_dots));
        }
        return {};
    }

    // A quoted text or key, from one quote to the other.
    bool skip_quoted(std::string_view& text)
    {
        const char quote = text.front();
        if (quote != '"' && quote != '\'') return false;
        const bool is_long = text.size() >= 3 && text[1] == quote && text[2] == quote;
        const std::string_view end = text.substr(0, is_long ? 3 : 1);
        std::size_t at = end.size();
        while (at < text.size() && text.substr(at, end.size()) != end) {
            if (text[at] == '\n') {
                if (!is_long) break;  // the parser will complain
                ++line_;
            }
            at += quote == '"' && text[at] == '\\' ? 2 : 1;
        }
        const bool is_closed = at < text.size() && text[at] != '\n';
        text.remove_prefix(std::min(is_closed || is_long ? at + end.size() : at, text.size()));
        return true;
    }

    std::uint32_t line_ = 1;
    std::size_t depth_ = 0;
    std::size_t dots_ = 0;
};

// Dates and times.
Value spelled(const toml::node& node)
{
    std::ostringstream out;
    if (const auto* date = node.as_date()) out << date->get();
    if (const auto* time = node.as_time()) out << time->get();
    if (const auto* both = node.as_date_time()) out << both->get();
    return Value(out.str());
}

Value value_of(const toml::node& node)
{
    if (const auto* flag = node.as_boolean()) return Value(flag->get());
    if (const auto* number = node.as_integer()) return Value(number->get());
    if (const auto* number = node.as_floating_point()) return Value(number->get());
    if (const auto* text = node.as_string()) return Value(text->get());
    if (node.is_table()) return Value(Value::Map{});
    const auto* items = node.as_array();
    if (items == nullptr) return spelled(node);
    Value::List list;
    for (const auto& item : *items) list.push_back(item.is_array() ? Value(Value::List{}) : value_of(item));
    return Value(std::move(list));
}

class Walk {
public:
    Result<void> into(const toml::table& table, const std::string& prefix, std::size_t depth)
    {
        if (depth > most_tables) {
            return make_error(Errc::limit_exceeded,
                              fmt::format("line {}: tables nested more than {} deep", table.source().begin.line, most_tables));
        }
        for (const auto& [key, node] : table) {
            const auto name = prefix + std::string(key.str());
            const auto* inner = node.as_table();
            if (inner == nullptr || inner->empty()) {
                entries.push_back({name, value_of(node), key.source().begin.line});
            } else if (const auto walked = into(*inner, name + ".", depth + 1); !walked) {
                return walked;
            }
        }
        return {};
    }

    std::vector<TomlEntry> entries;
};

}  // namespace

Result<std::vector<TomlEntry>> read_toml(std::string_view text)
{
    if (const auto counted = DotCount().check(text); !counted) return counted.error();
    const auto parsed = toml::parse(text);
    if (!parsed) {
        const auto& error = parsed.error();
        return make_error(Errc::bad_input, fmt::format("line {}: {}; a setting is written NAME = VALUE, texts in \"quotes\"",
                                                       error.source().begin.line, printable(error.description(), 300)));
    }
    Walk walk;
    if (const auto walked = walk.into(parsed.table(), {}, 0); !walked) return walked.error();
    std::ranges::stable_sort(walk.entries, {}, &TomlEntry::line);
    return std::move(walk.entries);
}

}  // namespace shoal::daemon
