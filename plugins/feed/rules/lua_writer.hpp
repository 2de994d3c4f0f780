// Values as Lua writes them, for rule files that a program makes.
#pragma once

#include <shoal/value.hpp>

#include <string>

namespace shoal::feed_rules {

/// "\"text\"", with whatever Lua would take for something else escaped.
[[nodiscard]] std::string lua_text(std::string_view text);
/// A table with a key a line, indented by one step more than `depth`.
[[nodiscard]] std::string lua_table(const Value::Map& map, int depth = 0);

} // namespace shoal::feed_rules
