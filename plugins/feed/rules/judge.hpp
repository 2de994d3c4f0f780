// What a rule says of an item: by what the feed says of the item alone. What was taken before comes later (decisions.hpp).
#pragma once

#include "item.hpp"
#include "rule.hpp"
#include "trace.hpp"

#include <cstdint>
#include <string>

namespace shoal::feed_rules {

/// The tests in their order, cheap ones first. `now`: seconds since 1970.
void judge(const Rule& rule, const Item& item, std::int64_t now, Sheet& sheet);

/// All of them are passed.
[[nodiscard]] bool accepts(const Rule& rule, const Item& item, std::int64_t now);

/// What the item is of, for the memory of what was taken: items with the same key are the same thing. With the rule's name before it when
/// it remembers by itself.
[[nodiscard]] std::string key_of(const Rule& rule, const Item& item);

/// The place among the rule's preferences, from 0 for the best; one more than the last: none of them.
[[nodiscard]] std::size_t preference_of(const Rule& rule, const Item& item);

/// Of a rule that is not passed by a little: which change to it would let the item through. `trace`: all of its tests; `key`: key_of().
[[nodiscard]] std::string cheapest_change(const Rule& rule, const std::vector<Finding>& trace, const std::string& key);

} // namespace shoal::feed_rules
