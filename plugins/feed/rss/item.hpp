// What a feed lists, whatever language the feed speaks.
#pragma once

#include <shoal/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace shoal::rss {

struct Item {
    std::string title{};
    std::string guid{};
    std::string link{}; // the page about it; may be empty
    std::string url{};  // of the .torrent, or a magnet link; may be empty
    std::optional<std::int64_t> published{}; // unix time
    std::optional<std::int64_t> size{};
    std::optional<std::int64_t> seeders{};
    std::optional<std::int64_t> peers{}; // seeders among them
    std::string info_hash{}; // 40 hexadecimal digits in lower case, or empty
    std::vector<std::string> categories{};
    std::string description{};
    std::vector<std::pair<std::string, std::string>> attributes{}; // of Torznab, and of namespaces that nobody else knows

    bool is_backlog = false; // its feed listed it when it was read for the first time, and asks for no more of it

    friend bool operator==(const Item&, const Item&) = default;
};

/// What it is known by: it stays the same when the feed is read again.
[[nodiscard]] std::string identity_of(const Item& item);

/// `feed` is the name of the feed that lists it.
[[nodiscard]] Value to_value(const Item& item, const std::string& feed);

} // namespace shoal::rss
