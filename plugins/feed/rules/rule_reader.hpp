// From the map that an author wrote to a rule, with everything that is wrong with it in words.
#pragma once

#include "rule.hpp"

#include <shoal/value.hpp>

#include <optional>
#include <string>
#include <vector>

namespace shoal::feed_rules {

struct RuleReading {
    std::optional<Rule> rule;          // none: something is so wrong that it had better not run
    std::vector<std::string> problems; // errors and warnings, each a sentence that begins with the rule's name
};

/// `source`: the script or file it stands in.
[[nodiscard]] RuleReading read_rule(const Value& value, const std::string& source);

struct RulesReading {
    std::vector<Rule> rules; // in the order they are tried
    std::vector<std::string> problems;
    std::size_t refused = 0;
};

/// Of two rules of one name the second is refused.
[[nodiscard]] RulesReading read_rules(const Value::List& values, const std::string& source);

/// By priority, then as they were written.
void sort_rules(std::vector<Rule>& rules);

} // namespace shoal::feed_rules
