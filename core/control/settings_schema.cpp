#include "control/settings_schema.hpp"

#include "control/json.hpp"
#include "control/quantity.hpp"

#include <shoal/utf8.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>

namespace shoal::control {

namespace {

using Type = Value::Type;

constexpr std::size_t longest_text = 65536;
constexpr std::size_t longest_list = 1000;

bool is_size(const SettingSchema& schema) { return schema.unit == "octets" || schema.unit == "bytes"; }
bool is_rate(const SettingSchema& schema) { return schema.unit == "octets a second" || schema.unit == "bytes/s"; }
bool is_duration(const SettingSchema& schema) { return schema.unit == "seconds" || schema.unit == "s"; }

std::string number_text(double number)
{
    return number == std::trunc(number) && std::fabs(number) < 1e15 ? fmt::format("{:.0f}", number)
                                                                    : fmt::format("{}", number);
}

std::string range_text(const SettingSchema& schema)
{
    if (schema.least && schema.most) {
        return fmt::format(" from {} to {}", number_text(*schema.least), number_text(*schema.most));
    }
    if (schema.least) return fmt::format(" of at least {}", number_text(*schema.least));
    return schema.most ? fmt::format(" of at most {}", number_text(*schema.most)) : std::string();
}

std::string number_expectation(const SettingSchema& schema)
{
    if (is_size(schema)) return fmt::format("a size like \"512k\" or \"10 MiB\", or a number of octets{}", range_text(schema));
    if (is_rate(schema)) return fmt::format("a rate like \"512k\" or \"10 MiB/s\", or a number of octets a second{}", range_text(schema));
    if (is_duration(schema)) return fmt::format("a duration like \"90s\" or \"1h30m\", or a number of seconds{}", range_text(schema));
    const auto* kind = schema.fallback.type() == Type::integer ? "a whole number" : "a number";
    return fmt::format("{}{}{}{}", kind, schema.unit.empty() ? "" : " of ", schema.unit, range_text(schema));
}

// What was given, short enough for a line.
std::string shown(const Value& value)
{
    if (const auto* text = value.as_text()) return fmt::format("'{}'", printable(*text, 60));
    return value.as_list() != nullptr || value.as_map() != nullptr ? fmt::format("a {}", type_name(value.type()))
                                                                   : to_json(value);
}

Error unfit(const SettingSchema& schema, const Value& value)
{
    return make_error(Errc::invalid_argument,
                      fmt::format("{} must be {}, not {}", schema.name, expectation(schema), shown(value)));
}

bool is_within(const SettingSchema& schema, double number)
{
    return std::isfinite(number) && !(schema.least && number < *schema.least) && !(schema.most && number > *schema.most);
}

std::optional<Value> boolean_of(const Value& value)
{
    if (value.as_bool() != nullptr) return value;
    const auto* text = value.as_text();
    if (text == nullptr) return std::nullopt;
    constexpr std::array<std::string_view, 4> yes = {"true", "yes", "on", "1"};
    constexpr std::array<std::string_view, 4> no = {"false", "no", "off", "0"};
    if (std::ranges::find(yes, *text) != yes.end()) return Value(true);
    if (std::ranges::find(no, *text) != no.end()) return Value(false);
    return std::nullopt;
}

template <class Number>
std::optional<Number> plain_number(std::string_view text)
{
    Number number{};
    const auto* end = text.data() + text.size();
    const auto [rest, problem] = std::from_chars(text.data(), end, number);
    if (problem != std::errc{} || rest != end) return std::nullopt;
    return number;
}

std::optional<std::int64_t> quantity(const SettingSchema& schema, std::string_view text)
{
    if (is_duration(schema)) {
        const auto duration = parse_duration(text);
        return duration ? std::optional(duration->count()) : std::nullopt;
    }
    if (is_rate(schema) && text.ends_with("/s")) text.remove_suffix(2);
    if (is_rate(schema) || is_size(schema)) {
        const auto size = parse_size(text);
        return size ? std::optional(static_cast<std::int64_t>(*size)) : std::nullopt;
    }
    return std::nullopt;
}

std::optional<Value> integer_of(const SettingSchema& schema, const Value& value)
{
    std::optional<std::int64_t> number;
    if (const auto* given = value.as_integer()) number = *given;
    if (const auto* text = value.as_text()) {
        number = plain_number<std::int64_t>(*text);
        if (!number) number = quantity(schema, *text);
    }
    if (!number || !is_within(schema, static_cast<double>(*number))) return std::nullopt;
    return Value(*number);
}

std::optional<Value> real_of(const SettingSchema& schema, const Value& value)
{
    std::optional<double> number;
    if (const auto* given = value.as_real()) number = *given;
    if (const auto* given = value.as_integer()) number = static_cast<double>(*given);
    if (const auto* text = value.as_text()) {
        number = plain_number<double>(*text);
        if (!number) number = quantity(schema, *text);
    }
    if (!number || !is_within(schema, *number)) return std::nullopt;
    return Value(*number);
}

bool is_fit(const SettingSchema& schema, const std::string& text)
{
    const bool is_plain = text.size() <= longest_text && is_valid_utf8(text)
                          && std::ranges::none_of(text, [](unsigned char c) { return c < ' ' || c == 0x7f; });
    return is_plain && (schema.choices.empty() || std::ranges::find(schema.choices, text) != schema.choices.end());
}

std::string_view trimmed(std::string_view text)
{
    const auto begin = std::min(text.find_first_not_of(' '), text.size());
    const auto end = text.find_last_not_of(' ') + 1;
    return begin < end ? text.substr(begin, end - begin) : std::string_view();
}

// At the commas that are in no quotation marks, which go.
std::vector<std::string> parts_of(std::string_view text)
{
    std::vector<std::string> parts(1);
    bool is_quoted = false;
    for (const char c : text) {
        if (c == '"') is_quoted = !is_quoted;
        else if (c == ',' && !is_quoted) parts.emplace_back();
        else parts.back() += c;
    }
    return parts;
}

// A text is a list that was typed: "a, b", with quotation marks around what has a comma of its own, or in JSON. "none" and an empty one
// are the empty list.
std::optional<Value::List> items_of(const Value& value)
{
    if (const auto* list = value.as_list()) return *list;
    const auto* text = value.as_text();
    if (text == nullptr) return std::nullopt;
    Value::List items;
    if (*text == "none") return items;
    if (trimmed(*text).starts_with('[')) { // or an IPv6 address
        if (const auto json = from_json(*text, longest_text); json && json->as_list() != nullptr) return *json->as_list();
    }
    for (const auto& part : parts_of(*text)) {
        if (!trimmed(part).empty()) items.emplace_back(trimmed(part));
    }
    return items;
}

std::optional<Value> list_of(const SettingSchema& schema, const Value& value)
{
    auto items = items_of(value);
    if (!items || items->size() > longest_list) return std::nullopt;
    const auto fits = [&](const Value& item) { return item.as_text() != nullptr && is_fit(schema, *item.as_text()); };
    if (!std::ranges::all_of(*items, fits)) return std::nullopt;
    return Value(std::move(*items));
}

std::optional<Value> typed(const SettingSchema& schema, const Value& value)
{
    switch (schema.fallback.type()) {
    case Type::boolean: return boolean_of(value);
    case Type::integer: return integer_of(schema, value);
    case Type::real: return real_of(schema, value);
    case Type::text:
        if (value.as_text() != nullptr && is_fit(schema, *value.as_text())) return value;
        return std::nullopt;
    case Type::list: return list_of(schema, value);
    default: return std::nullopt;
    }
}

Result<void> check_texts(const SettingSchema& schema, const Value& value)
{
    if (schema.check == nullptr) return {};
    const auto check = [&](const std::string& text) -> Result<void> {
        auto fine = schema.check(text);
        if (fine) return {};
        return make_error(Errc::invalid_argument, fmt::format("{}: {}", schema.name, fine.error().text));
    };
    if (const auto* text = value.as_text()) return check(*text);
    const auto* items = value.as_list();
    if (items == nullptr) return {};
    for (const auto& item : *items) {
        if (auto fine = check(*item.as_text()); !fine) return fine;
    }
    return {};
}

}  // namespace

Result<Value> checked(const SettingSchema& schema, const Value& value)
{
    auto fit = typed(schema, value);
    if (!fit) return unfit(schema, value);
    if (const auto fine = check_texts(schema, *fit); !fine) return fine.error();
    return std::move(*fit);
}

std::string expectation(const SettingSchema& schema)
{
    switch (schema.fallback.type()) {
    case Type::boolean: return "true or false";
    case Type::integer:
    case Type::real: return number_expectation(schema);
    case Type::list:
        if (schema.choices.empty()) return "a list of texts";
        return fmt::format("a list of some of {}", fmt::join(schema.choices, ", "));
    default: return schema.choices.empty() ? "a text of one line" : fmt::format("one of {}", fmt::join(schema.choices, ", "));
    }
}

std::string environment_name(std::string_view setting)
{
    std::string name = "SHOAL_";
    for (const unsigned char c : setting) name += std::isalnum(c) != 0 ? static_cast<char>(std::toupper(c)) : '_';
    return name;
}

}  // namespace shoal::control
