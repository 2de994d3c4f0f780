// The arguments of a method by name. The host has checked them against the schema; what a script put into a map of its own nobody has.
#pragma once

#include <shoal/value_fields.hpp>

#include <cstddef>
#include <string_view>

namespace shoal::rss {

/// Of one that counts something: none and what is below zero is 0.
[[nodiscard]] inline std::size_t count_in(const Value::Map& map, std::string_view name)
{
    const auto value = integer_in(map, name).value_or(0);
    return value < 0 ? 0 : static_cast<std::size_t>(value);
}

} // namespace shoal::rss
