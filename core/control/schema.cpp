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

constexpr std::size_t longest_schema_name = 128;
constexpr std::size_t longest_field_name = 64;
constexpr std::size_t longest_help = 1024;

bool is_name(std::string_view name, std::size_t longest)
{
    return !name.empty() && name.size() <= longest && name.front() >= 'a' && name.front() <= 'z' && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    });
}

// Names with dots between them, at least so many.
bool is_dotted(std::string_view name, std::size_t fewest)
{
    if (name.size() > longest_schema_name) return false;
    std::size_t parts = 0;
    for (std::size_t dot = 0; dot != name.npos; ++parts) {
        dot = name.find('.');
        if (!is_name(name.substr(0, dot), longest_schema_name)) return false;
        if (dot != name.npos) name.remove_prefix(dot + 1);
    }
    return parts >= fewest;
}

bool is_line(std::string_view text)
{
    return text.size() <= longest_help && printable(text) == text;
}

// All but its name.
Result<void> check_body(const MethodSchema& schema, const Field& field)
{
    if (!is_line(field.help)) return wrong_argument(schema, field.name, "has a help that is no line, or too long");
    if (!field.choices.empty() && field.type != Type::text) return wrong_argument(schema, field.name, "has choices, and is no text");
    for (const auto& choice : field.choices) {
        if (choice.empty() || !is_line(choice)) return wrong_argument(schema, field.name, "has a choice that is no word");
    }
    if (field.fallback.is_null()) return {};
    if (field.is_required) return wrong_argument(schema, field.name, "is required, and has a fallback");
    const auto taken = checked_value(schema, field, field.fallback);
    if (!taken) return make_error(Errc::invalid_argument, taken.error().text + ", and its fallback is not");
    return {};
}

Result<void> check_field(const MethodSchema& schema, const Field& field)
{
    if (!is_name(field.name, longest_field_name)) return wrong_argument(schema, field.name, "is no name of a field");
    return check_body(schema, field);
}

// The fields of an event are checked as arguments are.
Result<void> check_parts(const MethodSchema& schema, std::size_t fewest_names)
{
    if (!is_dotted(schema.name, fewest_names)) {
        return make_error(Errc::invalid_argument, quoted_name(schema.name) + " is no name of a method or event");
    }
    if (!is_line(schema.help) || !is_line(schema.answer)) {
        return make_error(Errc::invalid_argument, schema.name + ": the help or the answer is no line, or too long");
    }
    for (auto field = schema.arguments.begin(); field != schema.arguments.end(); ++field) {
        if (auto fine = check_field(schema, *field); !fine) return fine;
        if (std::ranges::find(schema.arguments.begin(), field, field->name, &Field::name) != field) {
            return wrong_argument(schema, field->name, "is there twice");
        }
    }
    return {};
}

Error unknown_argument(const MethodSchema& schema, std::string_view name)
{
    std::vector<std::string_view> names;
    for (const auto& field : schema.arguments) names.push_back(field.name);
    if (names.empty()) return wrong_argument(schema, name, "is no argument: it takes none");
    return wrong_argument(schema, name, fmt::format("is no argument{}; there are: {}", suggestion(name, names), fmt::join(names, ", ")));
}

}  // namespace

Result<void> check_schema(const MethodSchema& schema)
{
    return check_parts(schema, 2);
}

Result<void> check_schema(const EventSchema& schema)
{
    for (const auto& field : schema.fields) {
        if (!field.fallback.is_null()) return make_error(Errc::invalid_argument, schema.name + ": a field of an event has a fallback");
    }
    return check_parts({.name = schema.name, .help = schema.help, .arguments = schema.fields}, 1);
}

Result<void> check_rows(const MethodSchema& schema, const std::vector<Field>& rows)
{
    for (auto field = rows.begin(); field != rows.end(); ++field) {
        if (!is_dotted(field->name, 1)) return wrong_argument(schema, field->name, "is no name of a field");
        if (!field->fallback.is_null()) return wrong_argument(schema, field->name, "is in the answer, and has a fallback");
        if (auto fine = check_body(schema, *field); !fine) return fine;
        if (std::ranges::find(rows.begin(), field, field->name, &Field::name) != field) {
            return wrong_argument(schema, field->name, "is in the answer twice");
        }
    }
    return {};
}

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
            complete.append(field.name, fitted(field.type, field.fallback));
        }
    }
    return complete;
}

}  // namespace shoal::control
