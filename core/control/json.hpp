#pragma once

#include "control/value.hpp"

#include <shoal/result.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace shoal::control {

// One line of JSON. Bytes become lower-case hex, a number that JSON cannot say (infinity) becomes null.
std::string to_json(const Value& value);

// One JSON value and nothing after it. A number with neither point nor exponent is an int, others are real; none is rounded to
// fit. There are no bytes. What comes out may cross the ABI.
// Errors name the octet: limit_exceeded for more than `most_octets`, or values nested more than 64 deep; bad_input for all else, among it
// invalid UTF-8, half a surrogate pair, a number out of range and a key twice in one object.
Result<Value> from_json(std::string_view text, std::size_t most_octets);

}  // namespace shoal::control
