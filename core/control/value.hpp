#pragma once

#include <shoal/value.hpp>

#include <string>

namespace shoal::control {

using shoal::Value;

// One line of JSON. Bytes become lower-case hex, a number that JSON cannot say (infinity) becomes null.
std::string to_json(const Value& value);

}  // namespace shoal::control
