// Questions to an indexer that speaks Torznab: feeds of what it finds.
#pragma once

#include "item.hpp"

#include <shoal/value.hpp>
#include <shoal/web_url.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::rss {

struct Question {
    std::string query{};
    std::string category{}; // "5000,5040"
    std::optional<std::int64_t> season{};
    std::optional<std::int64_t> episode{};
    std::size_t limit = 100;

    [[nodiscard]] bool is_about_series() const { return season.has_value(); }
};

/// Errors: bad_input.
[[nodiscard]] Result<Question> read_question(const Value::Map& arguments);
/// The same in words alone, for an indexer that knows nothing of series.
[[nodiscard]] Question in_words(const Question& question);

/// What is in a query beside the question: the key above all. Without the '?'.
[[nodiscard]] std::string rest_of_query(std::string_view query);

/// The feed's address with the question in the place of its own; the key in it stays.
[[nodiscard]] std::string search_url(const WebUrl& feed, const Question& question);

/// The address to ask for what is new: that of an indexer may leave the question out.
[[nodiscard]] std::string latest_url(const std::string& feed);

struct Finding {
    Item item;
    std::string feed;
};
/// Most seeders first, then the newest; the same torrent of several indexers stays.
void rank(std::vector<Finding>& findings);

} // namespace shoal::rss
