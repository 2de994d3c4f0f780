// What a feed lists, read once for all rules.
#pragma once

#include "release.hpp"
#include "words.hpp"

#include <shoal/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::feed_rules {

inline constexpr std::int64_t last_moment = 253'402'300'799; // of the year 9999, in seconds since 1970: whatever lasts can be added

/// None: it is no time from 1970 to the year 9999.
[[nodiscard]] std::optional<std::int64_t> moment_in(const Value::Map& map, std::string_view key);

struct Item {
    std::string title;
    std::string guid;
    std::string url;  // of the .torrent, or a magnet link; may be empty
    std::string link;
    std::string feed; // its name
    std::string info_hash;
    std::string description;
    std::vector<std::string> categories;
    bool is_backlog = false; // its feed listed it at its first reading, and it is not wanted
    std::optional<std::int64_t> published; // seconds since 1970
    std::optional<std::int64_t> size;
    std::optional<std::int64_t> seeders;
    std::optional<bool> is_freeleech; // downloading it costs no ratio, as its indexer says
    Value::Map as_it_came;

    Words words;
    Release release;

    /// Never fails: what is missing or of another type is unknown.
    static Item read(const Value::Map& map);
    /// The one thing that a feed repeats: guid, else url, else title.
    [[nodiscard]] const std::string& name() const;
    /// What `torrents.add` is told.
    [[nodiscard]] std::string source() const;
};

} // namespace shoal::feed_rules
