// A release in words, for whoever asks what a title is taken for.
#pragma once

#include "item.hpp"

#include <shoal/value.hpp>

namespace shoal::feed_rules {

/// What is not known is left out.
[[nodiscard]] Value::Map release_value(const Item& item);

} // namespace shoal::feed_rules
