// The feeds that the fuzzer begins with, which look like those of real sites, and short ones.
#pragma once

#include "feed_parser.hpp"

#include <catch2/catch.hpp>

#include <fstream>
#include <iterator>
#include <string>

namespace shoal::rss::test {

inline std::string fixture(const std::string& name)
{
    std::ifstream file(SHOAL_SOURCE_DIR "/tests/fuzz/corpus/feed/" + name, std::ios::binary);
    REQUIRE(file);
    return {std::istreambuf_iterator<char>(file), {}};
}

inline ParsedFeed parsed(std::string_view text, const FeedSource& source = {.url = "https://feeds.example.org/a/rss"})
{
    auto feed = parse_feed(as_bytes(text), source);
    if (!feed) FAIL(feed.error().text);
    return std::move(*feed);
}

/// The error's text, or "taken".
inline std::string refused(std::string_view text)
{
    const auto feed = parse_feed(as_bytes(text));
    return feed ? "taken" : feed.error().text;
}

inline std::string rss_of(const std::string& items) { return "<rss version='2.0'><channel><title>T</title>" + items + "</channel></rss>"; }

inline std::string item_called(const std::string& title) { return "<item><title>" + title + "</title></item>"; }

} // namespace shoal::rss::test
