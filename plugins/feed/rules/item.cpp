#include "item.hpp"

#include <shoal/value_fields.hpp>

#include <charconv>

namespace shoal::feed_rules {
namespace {

constexpr std::size_t longest_title = 1000;
constexpr std::int64_t most = 1'000'000'000'000'000'000; // more is beyond reason, and nothing can be added to it

std::optional<std::int64_t> count_in(const Value::Map& map, std::string_view key)
{
    const auto count = integer_in(map, key);
    return count && *count >= 0 && *count <= most ? count : std::nullopt;
}

// Of several with commas between the first counts.
std::optional<double> factor_in(const std::string& text)
{
    double factor = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), factor);
    const bool is_one = read.ec == std::errc{} && (read.ptr == text.data() + text.size() || *read.ptr == ',');
    return is_one && factor >= 0 ? std::optional(factor) : std::nullopt;
}

// As Torznab says it, or as sites do: an element of its own, a tag.
std::optional<bool> freeleech_in(const Value::Map& attributes)
{
    if (const auto factor = factor_in(text_in(attributes, "downloadvolumefactor"))) return *factor == 0;
    const auto said = lower_case(text_in(attributes, "freeleech"));
    if (said == "1" || said == "true" || said == "yes" || said == "100%") return true;
    if (said == "0" || said == "false" || said == "no" || said == "0%") return false;
    for (const auto* key : {"tag", "tags"}) {
        const auto words = words_of(text_in(attributes, key));
        if (words.text.find(" freeleech ") != std::string::npos) return true;
    }
    return std::nullopt;
}

} // namespace

std::optional<std::int64_t> moment_in(const Value::Map& map, std::string_view key)
{
    const auto moment = count_in(map, key);
    return moment && *moment <= last_moment ? moment : std::nullopt;
}

Item Item::read(const Value::Map& map)
{
    Item item;
    item.title = cut(text_in(map, "title"), longest_title);
    item.guid = text_in(map, "guid");
    item.url = text_in(map, "url");
    item.link = text_in(map, "link");
    item.feed = text_in(map, "feed");
    item.info_hash = text_in(map, "info_hash");
    item.description = text_in(map, "description");
    if (const auto* categories = map.find("categories")) item.categories = texts_of(*categories);
    item.is_backlog = flag_in(map, "backlog");
    item.published = moment_in(map, "published");
    item.size = count_in(map, "size");
    item.seeders = count_in(map, "seeders");
    const auto* attributes = map.find("attributes");
    if (attributes != nullptr && attributes->as_map() != nullptr) item.is_freeleech = freeleech_in(*attributes->as_map());
    item.as_it_came = map;
    item.words = words_of(item.title);
    item.release = parse_release(item.title, item.words);
    return item;
}

const std::string& Item::name() const
{
    if (!guid.empty()) return guid;
    return url.empty() ? title : url;
}

std::string Item::source() const
{
    if (!url.empty() || info_hash.empty()) return url;
    return "magnet:?xt=urn:btih:" + info_hash;
}

} // namespace shoal::feed_rules
