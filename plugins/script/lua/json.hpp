// JSON (RFC 8259) for scripts, both ways.
#pragma once

#include <shoal/result.hpp>
#include <shoal/value.hpp>

#include <string>
#include <string_view>

namespace shoal::script_lua {

/// Errors: bad_input with the place of what is wrong; nested deeper than 60; a key twice.
Result<Value> parse_json(std::string_view text);

/// Octets that are no text become a text of hexadecimal digits; numbers that JSON does not know become null.
std::string to_json(const Value& value);

} // namespace shoal::script_lua
