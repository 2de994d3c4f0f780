// The arguments of a method by name. The host has checked them against the schema; what a script put into a map of its own nobody has.
#pragma once

#include <shoal/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace shoal::rss {

/// Empty: there is none.
[[nodiscard]] inline std::string text_in(const Value::Map& map, std::string_view name)
{
    const auto* value = map.find(name);
    return value != nullptr && value->as_text() != nullptr ? *value->as_text() : std::string();
}

[[nodiscard]] inline std::optional<std::int64_t> integer_in(const Value::Map& map, std::string_view name)
{
    const auto* value = map.find(name);
    return value != nullptr && value->as_integer() != nullptr ? std::optional(*value->as_integer()) : std::nullopt;
}

/// Of one that counts something: none and what is below zero is 0.
[[nodiscard]] inline std::size_t count_in(const Value::Map& map, std::string_view name)
{
    const auto value = integer_in(map, name).value_or(0);
    return value < 0 ? 0 : static_cast<std::size_t>(value);
}

} // namespace shoal::rss
