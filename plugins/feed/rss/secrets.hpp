// Feeds of private sites carry a key in their address, a cookie or a header: nobody shall read it in a log or an error, or send it
// along with a screenshot.
#pragma once

#include "definition.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace shoal::rss {

/// An address as it may be shown: '…' in the place of a user, of what looks like a key in the path, and of all in the query that is not
/// known to be harmless.
[[nodiscard]] std::string shown_url(std::string_view url);

class Secrets {
public:
    Secrets() = default;
    explicit Secrets(const FeedDefinition& feed);

    /// The text with '…' in the place of each of them.
    [[nodiscard]] std::string without(std::string text) const;

private:
    void add(std::string_view secret);

    std::vector<std::string> all_;
};

} // namespace shoal::rss
