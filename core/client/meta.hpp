#pragma once

#include "control/value.hpp"

#include <shoal/result.hpp>

namespace shoal::client {

// What people and scripts keep with a torrent, by keys of their own: texts, numbers and booleans.

// Whether that may be asked for: a map whose nulls take a key back, or null for all of them. At most 128 at once: to set
// one looks through the others. Errors: invalid_argument.
Result<control::Value> checked_meta(const control::Value& change);

// What is kept afterwards. Errors: limit_exceeded, a torrent keeps 64 of them and 4 KiB.
Result<control::Value::Map> changed_meta(control::Value::Map kept, const control::Value& change);

}  // namespace shoal::client
