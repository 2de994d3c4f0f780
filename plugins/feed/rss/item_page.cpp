#include "item_page.hpp"

namespace shoal::rss {
namespace {

// Of what a value may be on its way to the host, with room for what is around the items.
constexpr std::size_t most_parts = 90'000;
constexpr std::size_t most_octets_of_page = 12 << 20;
constexpr std::size_t parts_of_item = 14;
constexpr std::size_t octets_of_names = 120;

std::size_t octets_of(const Item& item)
{
    std::size_t octets = octets_of_names + item.title.size() + item.guid.size() + item.link.size() + item.url.size() + item.description.size();
    for (const auto& category : item.categories) octets += category.size();
    for (const auto& [name, value] : item.attributes) octets += name.size() + value.size();
    return octets;
}

} // namespace

bool ItemPage::add(const Item& item, const std::string& feed)
{
    if (at_ < skip_) return ++at_, true;
    const auto parts = parts_of_item + item.categories.size() + item.attributes.size();
    const auto octets = octets_of(item) + feed.size();
    if (items_.size() >= limit_ || parts_ + parts > most_parts || octets_ + octets > most_octets_of_page) return false;
    parts_ += parts;
    octets_ += octets;
    items_.push_back(to_value(item, feed));
    ++at_;
    return true;
}

} // namespace shoal::rss
