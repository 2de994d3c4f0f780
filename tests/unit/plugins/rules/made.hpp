// Rules and items for tests, made up in a line.
#pragma once

#include "desk.hpp"
#include "rule_reader.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <utility>
#include <vector>

namespace shoal::feed_rules::test {

inline constexpr std::int64_t noon = 1'800'000'000;

inline Value::Map item_map(const std::string& title, Value::Map more = {})
{
    Value::Map map;
    map.set("title", title).set("guid", "guid of " + title).set("url", "https://feeds.example/" + title + ".torrent").set("feed", "daily").set("published", noon - 3600);
    for (std::size_t i = 0; i < more.size(); ++i) map.set(more.keys()[i], more.values()[i]);
    return map;
}

inline Item item(const std::string& title, Value::Map more = {}) { return Item::read(item_map(title, std::move(more))); }

/// With a name and a feed, unless it has others.
inline Value::Map rule_map(Value::Map map)
{
    if (map.find("name") == nullptr) map.set("name", "r");
    if (map.find("feeds") == nullptr) map.set("feeds", "*");
    return map;
}

inline Rule rule(Value::Map map)
{
    auto reading = read_rule(rule_map(std::move(map)), "notes");
    for (const auto& problem : reading.problems) UNSCOPED_INFO(problem);
    REQUIRE(reading.rule);
    return std::move(*reading.rule);
}

} // namespace shoal::feed_rules::test
