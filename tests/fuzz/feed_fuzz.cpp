// Any octets as a feed: no crash, no item without bounds, and valid text in all that comes out.
#include "feed_parser.hpp"
#include "secrets.hpp"

#include <shoal/assert.hpp>
#include <shoal/bytes.hpp>
#include <shoal/utf8.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

using namespace shoal;

namespace {

void check(const std::string& text, std::size_t longest)
{
    SHOAL_ASSERT(is_valid_utf8(text));
    SHOAL_ASSERT(text.size() <= longest);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto octets = std::as_bytes(std::span(data, size));
    const auto feed = rss::parse_feed(octets, {.url = "https://feeds.example.org/a/rss?key=1"});
    check(rss::shown_url(as_text(octets)), 4 * size + 64);
    if (!feed) {
        check(feed.error().text, 1'000);
        return 0;
    }
    check(feed->title, 300);
    SHOAL_ASSERT(feed->items.size() <= 20'000);
    for (const auto& item : feed->items) {
        check(item.title, 1'000);
        check(item.guid, 2'000);
        check(item.url, 64 << 10);
        check(item.link, 64 << 10);
        check(item.description, 4'000);
        SHOAL_ASSERT(!item.title.empty() || !item.url.empty());
        SHOAL_ASSERT(item.info_hash.empty() || item.info_hash.size() == 40);
        SHOAL_ASSERT(item.size.value_or(0) >= 0 && item.seeders.value_or(0) >= 0);
        SHOAL_ASSERT(item.categories.size() <= 32 && item.attributes.size() <= 64);
        for (const auto& category : item.categories) check(category, 100);
        for (const auto& [name, value] : item.attributes) check(value, 1'100);
    }
    return 0;
}
