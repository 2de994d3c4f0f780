// What a map holds under a key, and nothing when it holds something else: for what was made by somebody who keeps to no schema. [any]
#pragma once

#include <shoal/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shoal {

/// Empty: no text.
[[nodiscard]] inline std::string text_in(const Value::Map& map, std::string_view key)
{
    const auto* value = map.find(key);
    return value != nullptr && value->as_text() != nullptr ? *value->as_text() : std::string();
}

[[nodiscard]] inline std::optional<std::int64_t> integer_in(const Value::Map& map, std::string_view key)
{
    const auto* value = map.find(key);
    return value != nullptr && value->as_integer() != nullptr ? std::optional(*value->as_integer()) : std::nullopt;
}

[[nodiscard]] inline bool flag_in(const Value::Map& map, std::string_view key, bool fallback = false)
{
    const auto* value = map.find(key);
    return value != nullptr && value->as_bool() != nullptr ? *value->as_bool() : fallback;
}

/// Empty: no list.
[[nodiscard]] inline const Value::List& list_in(const Value::Map& map, std::string_view key)
{
    static const Value::List none;
    const auto* value = map.find(key);
    return value != nullptr && value->as_list() != nullptr ? *value->as_list() : none;
}

/// One text, or the texts of a list.
[[nodiscard]] inline std::vector<std::string> texts_of(const Value& value)
{
    if (const auto* text = value.as_text()) return {*text};
    std::vector<std::string> out;
    if (const auto* list = value.as_list()) {
        for (const auto& one : *list) {
            if (one.as_text() != nullptr) out.push_back(*one.as_text());
        }
    }
    return out;
}

} // namespace shoal
