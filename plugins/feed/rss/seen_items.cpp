#include "seen_items.hpp"

#include <shoal/sha1.hpp>

#include <algorithm>
#include <map>
#include <string>

namespace shoal::rss {
namespace {

std::uint64_t hashed(const std::string& identity) { return load_be<std::uint64_t>(Sha1::of(as_bytes(identity)).bytes.data()); }

// A feed that gives all its items one guid is known by their addresses instead.
std::vector<std::uint64_t> identities(const std::vector<Item>& items)
{
    std::map<std::string_view, std::size_t> guids;
    for (const auto& item : items) ++guids[item.guid];
    std::vector<std::uint64_t> all;
    all.reserve(items.size());
    for (const auto& item : items) {
        if (item.guid.empty() || guids[item.guid] == 1) {
            all.push_back(hashed(identity_of(item)));
            continue;
        }
        all.push_back(hashed("guid " + item.guid + " " + item.url + " " + item.title));
    }
    return all;
}

} // namespace

std::vector<std::size_t> SeenItems::learn(const std::vector<Item>& items)
{
    std::vector<std::size_t> fresh;
    std::unordered_set<std::uint64_t> listed;
    std::vector<std::uint64_t> in_order;
    const auto all = identities(items);
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (!listed.insert(all[i]).second) continue;
        in_order.push_back(all[i]);
        if (known_.insert(all[i]).second) fresh.push_back(i);
    }
    std::erase_if(order_, [&](std::uint64_t hash) { return listed.contains(hash); });
    order_.insert(order_.end(), in_order.rbegin(), in_order.rend());
    forget_oldest(in_order.size());
    return fresh;
}

SeenItems SeenItems::older(const std::vector<Item>& items, std::int64_t newest)
{
    SeenItems out;
    const auto all = identities(items);
    for (std::size_t i = 0; i < all.size() && out.order_.size() < least_kept; ++i) {
        const bool is_older = items[i].published.value_or(newest) <= newest;
        if (is_older && out.known_.insert(all[i]).second) out.order_.push_back(all[i]);
    }
    return out;
}

void SeenItems::mark_backlog(std::vector<Item>& items) const
{
    if (known_.empty()) return;
    const auto all = identities(items);
    for (std::size_t i = 0; i < all.size(); ++i) items[i].is_backlog = known_.contains(all[i]);
}

void SeenItems::forget_oldest(std::size_t listed)
{
    const auto most = std::clamp(2 * listed, least_kept, most_kept);
    if (order_.size() <= most) return;
    const auto end = order_.end() - static_cast<std::ptrdiff_t>(most);
    for (auto at = order_.begin(); at != end; ++at) known_.erase(*at);
    order_.erase(order_.begin(), end);
}

Bytes SeenItems::encode() const
{
    Bytes octets(order_.size() * sizeof(std::uint64_t));
    for (std::size_t i = 0; i < order_.size(); ++i) store_be(octets.data() + i * sizeof(std::uint64_t), order_[i]);
    return octets;
}

SeenItems SeenItems::decode(ByteView octets)
{
    SeenItems seen;
    for (std::size_t at = 0; at + sizeof(std::uint64_t) <= octets.size(); at += sizeof(std::uint64_t)) {
        const auto hash = load_be<std::uint64_t>(octets.data() + at);
        if (seen.known_.insert(hash).second) seen.order_.push_back(hash);
    }
    return seen;
}

} // namespace shoal::rss
