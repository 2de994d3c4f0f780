// A feed, from the octets that came to its items. Pure: no network, no clock. Whatever the octets are, it ends soon, with items or with
// a text that says what came instead.
#pragma once

#include "item.hpp"

#include <shoal/bytes.hpp>
#include <shoal/result.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::rss {

inline constexpr std::size_t largest_feed = 16 << 20;

struct FeedSource {
    std::string_view url{};          // what its links are relative to
    std::string_view content_type{}; // the header's value
};

struct ParsedFeed {
    std::string title{};
    std::string encoding{};
    std::optional<std::chrono::seconds> time_to_live{}; // how long it asks to be left alone
    std::vector<Item> items{};                          // in its own order
    std::vector<std::string> warnings{};                // what was wrong with it and was survived
    bool is_cut_off = false;                            // there is more of it where it came from
};

/// Errors: bad_input (not a feed, or nothing of it is whole), refused (Torznab says no, and why), limit_exceeded.
[[nodiscard]] Result<ParsedFeed> parse_feed(ByteView octets, const FeedSource& source = {});

} // namespace shoal::rss
