#include "cli/ctl_text.hpp"

#include "cli/ctl_table.hpp"
#include "cli/quantity.hpp"
#include "control/json.hpp"

#include <shoal/hex.hpp>
#include <shoal/utf8.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <sstream>
#include <utility>

namespace shoal::cli {

using control::Value;

namespace {

constexpr std::size_t short_hash = 10;  // digits: enough to name a torrent by

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names)
{
    return std::ranges::find(names, name) != names.end();
}

bool is_size(std::string_view name)
{
    return name.ends_with("_size") || name.ends_with("_octets")
           || is_one_of(name, {"size", "done", "wanted", "left", "length", "downloaded", "uploaded", "wasted"});
}

std::string time_text(std::int64_t seconds)
{
    if (seconds <= 0) return "never";
    const std::time_t time = seconds;
    std::tm local{};
    std::array<char, 32> text{};
    if (::localtime_r(&time, &local) == nullptr) return std::to_string(seconds);
    return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M", &local)};
}

std::string integer_text(std::string_view name, std::int64_t number)
{
    if (name.ends_with("_at")) return time_text(number);
    if (number < 0) return std::to_string(number);
    const auto octets = static_cast<std::uint64_t>(number);
    if (name.ends_with("_rate")) return rate_text(octets);
    if (is_size(name)) return size_text(octets);
    if (name.ends_with("_s") || name == "eta") return duration_text(std::chrono::seconds(number));
    return std::to_string(number);
}

// Rounded down: 100.0 is said only when it is true.
std::string real_text(std::string_view name, double number)
{
    if (name == "progress" || name == "moved") return fmt::format("{:.1f} %", static_cast<double>(static_cast<std::int64_t>(number * 1000)) / 10);
    return fmt::format("{:.2f}", number);
}

bool is_scalar(const Value& value)
{
    return value.as_list() == nullptr && value.as_map() == nullptr;
}

std::string list_text(std::string_view name, const Value::List& list)
{
    std::vector<std::string> parts;
    for (const auto& item : list) parts.push_back(field_text(name, item));
    return fmt::format("{}", fmt::join(parts, ", "));
}

std::string indented(const std::string& text)
{
    std::string out;
    for (const auto& line : split(text, '\n')) out += "  " + line + '\n';
    return out;
}

std::string map_text(const Value::Map& map, std::optional<unsigned> width)
{
    std::string text;
    for (std::size_t i = 0; i < map.size(); ++i) {
        const auto& value = map.values()[i];
        const auto name = printable(map.keys()[i]);
        const auto* list = value.as_list();
        if (is_scalar(value) || (list != nullptr && std::ranges::all_of(*list, is_scalar))) {
            text += fmt::format("{:<16} {}\n", name, field_text(map.keys()[i], value));
        } else {
            const auto inner = width ? std::optional(*width > 2 ? *width - 2 : 1) : width;
            text += name + '\n' + indented(plain_text(value, inner));
        }
    }
    return text;
}

std::string text_at(const Value::Map& map, std::string_view key)
{
    const auto* value = map.find(key);
    const auto* text = value != nullptr ? value->as_text() : nullptr;
    return text != nullptr ? printable(*text) : std::string();
}

// "(torrent: text, data: bool = false)"
std::string signature(const Value::Map& method)
{
    const auto* arguments = method.find("arguments");
    const auto* list = arguments != nullptr ? arguments->as_list() : nullptr;
    if (list == nullptr || list->empty()) return {};
    std::vector<std::string> parts;
    for (const auto& argument : *list) {
        const auto* map = argument.as_map();
        if (map == nullptr) continue;
        const auto* required = map->find("required");
        const bool is_required = required != nullptr && required->as_bool() != nullptr && *required->as_bool();
        parts.push_back(fmt::format("{}{}: {}", text_at(*map, "name"), is_required ? "" : "?", text_at(*map, "type")));
    }
    return fmt::format(" {}", fmt::join(parts, ", "));
}

std::string catalogue(const Value::Map& all, std::string_view key)
{
    const auto* value = all.find(key);
    const auto* list = value != nullptr ? value->as_list() : nullptr;
    std::string text;
    for (const auto& entry : list != nullptr ? *list : Value::List{}) {
        const auto* map = entry.as_map();
        if (map == nullptr) continue;
        text += fmt::format("{}{}\n    {}\n", text_at(*map, "name"), signature(*map), text_at(*map, "help"));
    }
    return text;
}

}  // namespace

std::string field_text(std::string_view name, const Value& value)
{
    if (value.is_null()) return "-";
    if (const auto* flag = value.as_bool()) return *flag ? "yes" : "no";
    if (const auto* integer = value.as_integer()) return integer_text(name, *integer);
    if (const auto* real = value.as_real()) return real_text(name, *real);
    if (const auto* text = value.as_text()) return printable(*text);
    if (const auto* bytes = value.as_bytes()) return to_hex(*bytes);
    const auto* list = value.as_list();
    if (list != nullptr && std::ranges::all_of(*list, is_scalar)) return list_text(name, *list);
    return printable(control::to_json(value));
}

std::string plain_text(const Value& value, std::optional<unsigned> width)
{
    if (value.is_null()) return {};
    if (const auto* list = value.as_list()) return table_text(*list, {}, width);
    if (const auto* map = value.as_map()) return map_text(*map, width);
    return field_text({}, value) + '\n';
}

std::string page_text(const std::string& text)
{
    std::string page;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) page += printable(line) + '\n';
    return page;
}

std::string table_text(const Value::List& rows, const std::vector<std::string>& columns, std::optional<unsigned> width)
{
    std::string lines;
    std::vector<std::string> names = columns;
    for (const auto& row : rows) {
        const auto* map = row.as_map();
        if (map == nullptr) lines += field_text({}, row) + '\n';
        for (const auto& key : map != nullptr && columns.empty() ? map->keys() : std::vector<std::string>{}) {
            if (std::ranges::find(names, key) == names.end()) names.push_back(key);
        }
    }
    if (names.empty()) return lines;
    Table table;
    for (const auto& name : names) table.add_column(printable(name));
    for (const auto& row : rows) {
        const auto* map = row.as_map();
        if (map == nullptr) continue;
        std::vector<Table::Cell> cells;
        for (const auto& name : names) {
            const auto* value = map->find(name);
            auto text = value != nullptr ? field_text(name, *value) : std::string();
            if (name == "torrent") text = text.substr(0, short_hash);
            const bool is_number = value != nullptr && (value->as_integer() != nullptr || value->as_real() != nullptr);
            cells.push_back({.text = std::move(text), .is_number = is_number});
        }
        table.add_row(std::move(cells));
    }
    return lines + table.text(width);
}

std::vector<std::string> torrent_columns(const Value::List& torrents)
{
    constexpr std::array wanted = {"torrent",   "name",      "state",   "progress", "size",
                                   "down_rate", "up_rate",   "ratio",   "peers",    "eta",   "label",
                                   "moved",     "stall",     "error"};
    std::vector<std::string> columns;
    for (const char* name : wanted) {
        const bool is_there = std::ranges::any_of(torrents, [&](const Value& torrent) {
            return torrent.as_map() != nullptr && torrent.as_map()->find(name) != nullptr;
        });
        if (is_there) columns.emplace_back(name);
    }
    return columns;
}

std::string methods_text(const Value& methods)
{
    const auto* all = methods.as_map();
    if (all == nullptr) return {};
    const auto events = catalogue(*all, "events");
    return catalogue(*all, "methods") + (events.empty() ? "" : "\nevents:\n" + events);
}

std::string event_text(std::string_view event, const Value::Map& payload)
{
    std::string text = printable(event);
    const auto* gap = "  ";
    for (std::size_t i = 0; i < payload.size(); ++i) {
        const auto& name = payload.keys()[i];
        if (name == "seq" || name == "time") continue;  // people read it as it comes
        text += fmt::format("{}{}={}", std::exchange(gap, " "), printable(name), shell_quoted(field_text(name, payload.values()[i])));
    }
    return text;
}

}  // namespace shoal::cli
