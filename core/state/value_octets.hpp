#pragma once

#include "control/value.hpp"

#include <shoal/bytes.hpp>
#include <shoal/result.hpp>

namespace shoal::state {

// A value as it is kept: bencode, which has neither texts beside octets, nor reals, nor the order of a map. So a string begins with a
// letter for what it is, and a list with a string for what it is: a list, or a map of keys and values in turn.
Bytes value_octets(const control::Value& value);

// Errors: bad_input, limit_exceeded.
Result<control::Value> value_from_octets(ByteView octets);

}  // namespace shoal::state
