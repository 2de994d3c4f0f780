// Items that others asked us to keep (BEP 44): what may replace what, for how long, and how many.
#pragma once

#include "item.hpp"
#include "node_id.hpp"
#include "tokens.hpp"

#include <shoal/endpoint.hpp>

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>

namespace shoal::dht {

class ItemStore {
public:
    struct Limits {
        std::size_t items = 700;
        std::size_t items_per_network = 100; // put from one /24 or /64
        std::chrono::nanoseconds lifetime = std::chrono::hours{2};
    };

    /// taken: by an item of the other kind, made so that both have one target.
    enum class Outcome { stored, bad_signature, seq_too_low, cas_mismatch, no_room, taken };

    ItemStore(const Limits& limits, const SignatureScheme& scheme) : limits_(limits), scheme_(scheme) {}

    /// Sizes are the parser's business. When all room is taken, the item farthest from `own_id` goes, if it is
    /// farther than this one.
    Outcome put(const Item& item, std::optional<std::int64_t> cas, const Address& from, const NodeId& own_id, Time now);

    /// Null: not here. Valid until the next change.
    [[nodiscard]] const Item* find(const NodeId& target, Time now) const;

    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

    void expire(Time now);

private:
    struct Entry {
        Item item;
        Time put;
        Address network;
    };
    using Entries = std::map<NodeId, Entry>;

    Outcome replace(Entry& entry, const Item& item, std::optional<std::int64_t> cas, Time now) const;
    bool make_room(const NodeId& target, const Address& network, const NodeId& own_id);
    Entries::iterator erase(Entries::iterator entry);

    Limits limits_;
    const SignatureScheme& scheme_;
    Entries entries_;
    std::map<Address, std::size_t> stored_; // by network
};

} // namespace shoal::dht
