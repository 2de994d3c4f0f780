// What somebody wants of a feed: by feeds.add, or in a script.
#pragma once

#include <shoal/result.hpp>
#include <shoal/value.hpp>
#include <shoal/web_url.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace shoal::rss {

struct FeedDefinition {
    static constexpr std::chrono::seconds least_every{60};
    static constexpr std::chrono::seconds most_every = std::chrono::days{30};
    static constexpr std::size_t longest_name = 100;

    std::string name{}; // empty: to be chosen
    std::string url{};
    std::optional<std::chrono::seconds> every{};
    std::string cookies{};
    std::vector<std::pair<std::string, std::string>> headers{};
    std::optional<std::chrono::seconds> first_run{}; // of what it lists at the first reading what is older is backlog; none: nothing is

    friend bool operator==(const FeedDefinition&, const FeedDefinition&) = default;
};

/// From a map as feeds.add takes it. Errors: bad_input, with a text for who wrote it.
[[nodiscard]] Result<FeedDefinition> read_definition(const Value::Map& map);

/// A name for one without: its host, and where that is another feed's, something of the address with it.
[[nodiscard]] std::string name_after(const WebUrl& url, bool is_taken);

/// It looks like an address of Torznab: it can be searched.
[[nodiscard]] bool is_torznab(const WebUrl& url);

} // namespace shoal::rss
