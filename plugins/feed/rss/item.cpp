#include "item.hpp"

#include <string_view>

namespace shoal::rss {
namespace {

Value or_null(const std::optional<std::int64_t>& number) { return number ? Value(*number) : Value(); }

} // namespace

// A link may carry a key that changes, and a magnet link its trackers in another order: neither is the item's name if it has one.
std::string identity_of(const Item& item)
{
    if (!item.guid.empty()) return "guid " + item.guid;
    if (!item.info_hash.empty()) return "hash " + item.info_hash;
    if (!item.url.empty()) return "url " + item.url;
    return "title " + item.title + " " + (item.published ? std::to_string(*item.published) : std::string());
}

Value to_value(const Item& item, const std::string& feed)
{
    Value::Map attributes;
    for (const auto& [name, value] : item.attributes) attributes.append(name, value);
    Value::Map map;
    map.append("title", item.title);
    map.append("guid", item.guid);
    map.append("link", item.link);
    map.append("url", item.url);
    map.append("published", or_null(item.published));
    map.append("size", or_null(item.size));
    map.append("seeders", or_null(item.seeders));
    map.append("peers", or_null(item.peers));
    map.append("info_hash", item.info_hash.empty() ? Value() : Value(item.info_hash));
    map.append("categories", Value::List(item.categories.begin(), item.categories.end()));
    map.append("description", item.description);
    map.append("attributes", std::move(attributes));
    map.append("feed", feed);
    if (item.is_backlog) map.append("backlog", true);
    return Value(std::move(map));
}

} // namespace shoal::rss
