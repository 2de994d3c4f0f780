#include "control/schema.hpp"

#include "control/alike.hpp"

#include <shoal/hex.hpp>
#include <shoal/utf8.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>
#include <vector>

namespace shoal::control {

namespace {

using Type = Value::Type;

Error wrong_argument(const MethodSchema& schema, std::string_view argument, std::string_view what)
{
    return make_error(Errc::invalid_argument,
                      fmt::format("{}: {} {}", schema.name, quoted_name(argument), what));
}

std::string_view wanted_as(Type type)
{
    switch (type) {
    case Type::null: return "a value";
    case Type::boolean: return "true or false";
    case Type::integer: return "a whole number";
    case Type::real: return "a number";
    case Type::text: return "a text";
    case Type::bytes: return "bytes, or a text of hexadecimal digits";
    case Type::list: return "a list";
    case Type::map: return "a map";
    }
    return "a value";
}

// As what it is wanted to be, or null.
Value fitted(Type type, Value value)
{
    if (const auto* text = value.as_text(); text != nullptr && !is_valid_utf8(*text)) return {};
    if (const auto* real = value.as_real(); real != nullptr && !std::isfinite(*real)) return {};
    if (type == Type::null || value.type() == type) return value;
    if (const auto* integer = value.as_integer(); integer != nullptr && type == Type::real) {
        return static_cast<double>(*integer);
    }
    if (const auto* digits = value.as_text(); digits != nullptr && type == Type::bytes) {
        if (auto bytes = from_hex(*digits)) return std::move(*bytes);
    }
    return {};
}

Result<Value> checked_value(const MethodSchema& schema, const Field& field, Value given)
{
    auto value = fitted(field.type, std::move(given));
    if (value.is_null()) return wrong_argument(schema, field.name, fmt::format("has to be {}", wanted_as(field.type)));
    const auto* text = value.as_text();
    if (text == nullptr || field.choices.empty()) return value;
    if (std::ranges::find(field.choices, *text) != field.choices.end()) return value;
    return wrong_argument(schema, field.name, fmt::format("has to be one of {}", fmt::join(field.choices, ", ")));
}

Error unknown_argument(const MethodSchema& schema, std::string_view name)
{
    std::vector<std::string_view> names;
    for (const auto& field : schema.arguments) names.push_back(field.name);
    if (names.empty()) return wrong_argument(schema, name, "is no argument: it takes none");
    return wrong_argument(schema, name, fmt::format("is no argument{}; there are: {}", suggestion(name, names), fmt::join(names, ", ")));
}

}  // namespace

std::string_view field_type_name(Type type)
{
    return type == Type::null ? "any" : type_name(type);
}

Result<Value::Map> checked(const MethodSchema& schema, Value::Map arguments)
{
    for (const auto& name : arguments.keys()) {
        if (std::ranges::find(schema.arguments, name, &Field::name) == schema.arguments.end()) return unknown_argument(schema, name);
    }
    Value::Map complete;
    for (const auto& field : schema.arguments) {
        auto* given = arguments.find(field.name);
        if (given != nullptr && !given->is_null()) {
            auto value = checked_value(schema, field, std::move(*given));
            if (!value) return value.error();
            complete.append(field.name, std::move(*value));
        } else if (field.is_required) {
            return wrong_argument(schema, field.name, fmt::format("is missing: {}", field.help));
        } else if (!field.fallback.is_null()) {
            complete.append(field.name, field.fallback);
        }
    }
    return complete;
}

}  // namespace shoal::control
