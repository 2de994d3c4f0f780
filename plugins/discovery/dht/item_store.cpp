#include "item_store.hpp"

#include "contact.hpp"

#include <algorithm>

namespace shoal::dht {

ItemStore::Outcome ItemStore::put(const Item& item, std::optional<std::int64_t> cas, const Address& from,
                                  const NodeId& own_id, Time now)
{
    if (item.author) {
        const auto text = signed_text(item.author->salt, item.author->seq, item.value);
        if (!scheme_.is_valid(item.author->signature, text, item.author->key)) return Outcome::bad_signature;
    }
    const auto target = target_of(item);
    const auto found = entries_.find(target);
    if (found != entries_.end() && found->second.put + limits_.lifetime > now) {
        return replace(found->second, item, cas, now);
    }
    if (found != entries_.end()) erase(found);
    const auto network = network_of(from);
    if (!make_room(target, network, own_id)) return Outcome::no_room;
    ++stored_[network];
    entries_[target] = {item, now, network};
    return Outcome::stored;
}

ItemStore::Outcome ItemStore::replace(Entry& entry, const Item& item, std::optional<std::int64_t> cas, Time now) const
{
    // A key can be chosen so that it is, with its salt, the text of an immutable item: both have one target then.
    if (entry.item.author.has_value() != item.author.has_value()) return Outcome::taken;
    if (item.author) {
        const auto present = entry.item.author->seq;
        if (cas && *cas != present) return Outcome::cas_mismatch;
        const bool is_repeated = item.author->seq == present && item.value == entry.item.value;
        if (item.author->seq <= present && !is_repeated) return Outcome::seq_too_low;
        entry.item = item;
    }
    entry.put = now;
    return Outcome::stored;
}

bool ItemStore::make_room(const NodeId& target, const Address& network, const NodeId& own_id)
{
    const auto stored = stored_.find(network);
    if (stored != stored_.end() && stored->second >= limits_.items_per_network) return false;
    if (entries_.size() < limits_.items) return true;
    const auto farthest = std::ranges::max_element(
        entries_, [&](const auto& a, const auto& b) { return is_closer(a.first, b.first, own_id); });
    if (!is_closer(target, farthest->first, own_id)) return false;
    erase(farthest);
    return true;
}

const Item* ItemStore::find(const NodeId& target, Time now) const
{
    const auto found = entries_.find(target);
    return found == entries_.end() || found->second.put + limits_.lifetime <= now ? nullptr : &found->second.item;
}

ItemStore::Entries::iterator ItemStore::erase(Entries::iterator entry)
{
    const auto stored = stored_.find(entry->second.network);
    if (--stored->second == 0) stored_.erase(stored);
    return entries_.erase(entry);
}

void ItemStore::expire(Time now)
{
    for (auto entry = entries_.begin(); entry != entries_.end();) {
        entry = entry->second.put + limits_.lifetime <= now ? erase(entry) : std::next(entry);
    }
}

} // namespace shoal::dht
