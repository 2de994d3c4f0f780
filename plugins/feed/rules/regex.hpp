// Regular expressions of rules, by PCRE2: without case, on UTF-8, and with limits, so that a bad pair of expression and title is a miss,
// not a halt. The one place that knows the library.
#pragma once

#include <shoal/result.hpp>

#include <memory>
#include <string_view>
#include <vector>
#include <string>

namespace shoal::feed_rules {

enum class Found { yes, no, gave_up };

/// May be shared, but searches one text at a time. [strand]
class Regex {
public:
    /// Errors: invalid_argument, with the place. `is_case_sensitive` as the flag says.
    static Result<Regex> compile(std::string_view pattern, bool is_case_sensitive = false);

    /// Anywhere in the text.
    [[nodiscard]] Found search(std::string_view text) const;
    /// And what its groups held, from the first on; empty: nothing found.
    [[nodiscard]] std::vector<std::string> groups(std::string_view text) const;

private:
    struct Parts;
    explicit Regex(std::shared_ptr<Parts> parts) : parts_(std::move(parts)) {}

    std::shared_ptr<Parts> parts_;
};

} // namespace shoal::feed_rules
