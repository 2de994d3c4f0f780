// What is allowed in rules and hardly meant: one that can never match, one that another takes everything from, one that is there twice. Only
// what is sure is said.
#pragma once

#include "rule.hpp"

#include <string>
#include <vector>

namespace shoal::feed_rules {

/// Of the rules of a source, each problem a sentence that begins with the rule's name. `rules`: all there are, in the order they are tried.
[[nodiscard]] std::vector<std::string> lint(const std::vector<Rule>& rules, const std::string& source);

/// Of the rules of a source that name a feed, or a glob, that none of those there are is called by.
[[nodiscard]] std::vector<std::string> unknown_feeds(const std::vector<Rule>& rules, const std::vector<std::string>& feeds);

/// Whatever `later` takes `earlier` takes as well, which is asked before it. False: that is not sure.
[[nodiscard]] bool takes_all_of(const Rule& earlier, const Rule& later);

} // namespace shoal::feed_rules
