#include "host/settings.hpp"

#include <shoal/utf8.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>

namespace shoal::host {

namespace {

constexpr std::size_t longest_string = 256u << 10;  // a script

std::string range(const SettingSchema& schema)
{
    const auto unit = schema.unit.empty() ? "" : " " + schema.unit;
    if (schema.min && schema.max) return fmt::format(" from {} to {}{}", *schema.min, *schema.max, unit);
    if (schema.min) return fmt::format(" of at least {}{}", *schema.min, unit);
    if (schema.max) return fmt::format(" of at most {}{}", *schema.max, unit);
    return "";
}

Error unfit(const SettingSchema& schema)
{
    std::string wanted;
    switch (schema.type) {
    case SettingType::boolean: wanted = "true or false"; break;
    case SettingType::integer: wanted = "a whole number" + range(schema); break;
    case SettingType::real: wanted = "a number" + range(schema); break;
    case SettingType::text:
        wanted =
            schema.choices.empty() ? "a text" : fmt::format("one of {}", fmt::join(schema.choices, ", "));
        break;
    }
    return make_error(Errc::invalid_argument,
                      fmt::format("setting '{}' must be {}", schema.name, printable(wanted)));
}

bool is_within(const SettingSchema& schema, double number)
{
    return std::isfinite(number) && !(schema.min && number < *schema.min)
           && !(schema.max && number > *schema.max);
}

template <class Number>
std::optional<Number> parse_number(std::string_view text)
{
    Number number{};
    const auto* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, number);
    if (parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
    return number;
}

std::optional<bool> parse_bool(std::string_view text)
{
    for (const auto yes : {"true", "yes", "on", "1"}) {
        if (text == yes) return true;
    }
    for (const auto no : {"false", "no", "off", "0"}) {
        if (text == no) return false;
    }
    return std::nullopt;
}

}  // namespace

Result<control::Value> checked_setting(const SettingSchema& schema, const control::Value& value)
{
    switch (schema.type) {
    case SettingType::boolean:
        if (value.as_bool() != nullptr) return value;
        break;
    case SettingType::integer:
        if (const auto* number = value.as_integer();
            number && is_within(schema, static_cast<double>(*number))) {
            return value;
        }
        break;
    case SettingType::real:
        if (const auto* number = value.as_real(); number && is_within(schema, *number)) return value;
        if (const auto* number = value.as_integer();
            number && is_within(schema, static_cast<double>(*number))) {
            return control::Value(static_cast<double>(*number));
        }
        break;
    case SettingType::text: {
        const auto* text = value.as_text();
        if (text == nullptr || text->size() > longest_string || !is_valid_utf8(*text)) break;
        if (schema.choices.empty() || std::ranges::find(schema.choices, *text) != schema.choices.end())
            return value;
        break;
    }
    }
    return unfit(schema);
}

Result<control::Value> parse_setting(const SettingSchema& schema, std::string_view text)
{
    switch (schema.type) {
    case SettingType::boolean:
        if (const auto flag = parse_bool(text)) return control::Value(*flag);
        return unfit(schema);
    case SettingType::integer:
        if (const auto number = parse_number<std::int64_t>(text)) return checked_setting(schema, *number);
        return unfit(schema);
    case SettingType::real:
        if (const auto number = parse_number<double>(text)) return checked_setting(schema, *number);
        return unfit(schema);
    case SettingType::text: return checked_setting(schema, control::Value(text));
    }
    return unfit(schema);
}

Result<SettingValues> complete_settings(const Manifest& manifest, const SettingValues& given)
{
    SettingValues out;
    for (const auto& schema : manifest.settings) out.emplace(schema.name, schema.fallback);
    for (const auto& [name, value] : given) {
        const auto* schema = manifest.setting(name);
        if (schema == nullptr) {
            std::string there;
            for (const auto& [known, fallback] : out) there += (there.empty() ? "" : ", ") + known;
            return make_error(Errc::invalid_argument,
                              fmt::format("{} has no setting '{}'; {}", manifest.id, printable(name),
                                          there.empty() ? "it has none" : "there are: " + there));
        }
        auto checked = checked_setting(*schema, value);
        if (!checked) {
            return make_error(checked.error().code, fmt::format("{}: {}", manifest.id, checked.error().text));
        }
        out[name] = std::move(*checked);
    }
    return out;
}

}  // namespace shoal::host
