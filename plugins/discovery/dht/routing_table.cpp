#include "routing_table.hpp"

#include <shoal/local_network.hpp>

#include <algorithm>
#include <utility>

namespace shoal::dht {
namespace {

bool is_same_host(const Endpoint& a, const Endpoint& b)
{
    // Many nodes may run on this machine, for tests and experiments.
    return is_own_address(a.address) ? a == b : a.address == b.address;
}

/// Finds by endpoint alone: an id is only what a node calls itself. Every datagram goes through the whole table, so
/// what tells endpoints apart as a rule is compared first.
template <class Nodes>
auto place_of(Nodes& nodes, const Endpoint& endpoint)
{
    const auto first = load_le<std::uint64_t>(endpoint.address.bytes.data());
    return std::ranges::find_if(nodes, [&](const KnownNode& node) {
        const auto& other = node.contact.endpoint;
        return load_le<std::uint64_t>(other.address.bytes.data()) == first && other == endpoint;
    });
}

} // namespace

unsigned RoutingTable::bucket_of(const NodeId& id) const noexcept
{
    return std::min(shared_bits(own_id_, id), static_cast<unsigned>(buckets_.size() - 1));
}

KnownNode* RoutingTable::find(const Endpoint& endpoint)
{
    for (auto& bucket : buckets_) {
        for (auto* nodes : {&bucket.nodes, &bucket.spares}) {
            if (const auto found = place_of(*nodes, endpoint); found != nodes->end()) return &*found;
        }
    }
    return nullptr;
}

void RoutingTable::set_own_id(const NodeId& own_id)
{
    const auto known = all();
    own_id_ = own_id;
    buckets_.assign(1, {});
    for (const auto& node : known) insert(node);
}

void RoutingTable::on_answer(const Contact& contact, Time now)
{
    if (contact.id == own_id_ || !is_usable(contact.endpoint)) return;
    if (auto* known = find(contact.endpoint)) {
        if (known->contact.id != contact.id) {
            forget(contact.endpoint); // it changes its mind about who it is: nothing to build on
            return;
        }
        known->answered = known->heard = now;
        known->failures = 0;
        return;
    }
    insert({.contact = contact,
            .answered = now,
            .heard = now,
            .has_proper_id = is_proper_id(contact.id, contact.endpoint.address)});
}

bool RoutingTable::on_query(const Contact& contact, Time now)
{
    if (auto* known = find(contact.endpoint)) {
        if (known->contact.id == contact.id) known->heard = now;
        return false;
    }
    return has_room_for(contact);
}

void RoutingTable::on_silence(const Endpoint& endpoint)
{
    auto* known = find(endpoint);
    if (known == nullptr) return;
    ++known->failures;
    if (known->is_bad()) promote_spare(buckets_[bucket_of(known->contact.id)]);
}

void RoutingTable::promote_spare(Bucket& bucket)
{
    std::erase_if(bucket.spares, [](const KnownNode& node) { return node.failures > 0; });
    const auto bad = std::ranges::find_if(bucket.nodes, &KnownNode::is_bad);
    if (bad == bucket.nodes.end()) return;
    for (auto spare = bucket.spares.rbegin(); spare != bucket.spares.rend(); ++spare) {
        if (!respects_limits(bucket, *spare, &*bad)) continue;
        *bad = *spare;
        bucket.spares.erase(std::next(spare).base());
        return;
    }
}

bool RoutingTable::respects_limits(const Bucket& bucket, const KnownNode& node, const KnownNode* leaving) const
{
    const auto& endpoint = node.contact.endpoint;
    const auto network = network_of(endpoint.address);
    const bool is_limited = !is_local_address(endpoint.address);
    std::size_t in_bucket = 0;
    std::size_t in_all = 0;
    for (const auto& each : buckets_) {
        for (const auto& other : each.nodes) {
            if (&other == leaving) continue;
            if (&each == &bucket && is_same_host(other.contact.endpoint, endpoint)) return false;
            if (!is_limited || network_of(other.contact.endpoint.address) != network) continue;
            ++in_all;
            if (&each == &bucket) ++in_bucket;
        }
    }
    return in_bucket < limits_.network_in_bucket && in_all < limits_.network;
}

bool RoutingTable::has_room_for(const Contact& contact) const
{
    if (contact.id == own_id_ || !is_usable(contact.endpoint)) return false;
    const auto index = bucket_of(contact.id);
    const auto& bucket = buckets_[index];
    if (std::ranges::find(bucket.nodes, contact.id, [](const auto& node) { return node.contact.id; })
        != bucket.nodes.end()) {
        return false;
    }
    KnownNode node{.contact = contact};
    if (!respects_limits(bucket, node, nullptr)) return false;
    const bool can_split = index + 1 == buckets_.size() && buckets_.size() < id_bits;
    return bucket.nodes.size() < limits_.bucket || can_split || bucket.spares.size() < limits_.spares
           || std::ranges::any_of(bucket.nodes, &KnownNode::is_bad);
}

void RoutingTable::insert(KnownNode node)
{
    for (;;) {
        const auto index = bucket_of(node.contact.id);
        auto& bucket = buckets_[index];
        if (insert_or_replace(bucket, node)) return;
        const bool can_split = index + 1 == buckets_.size() && buckets_.size() < id_bits
                               && bucket.nodes.size() >= limits_.bucket;
        if (!can_split) return add_spare(bucket, node);
        split_last();
    }
}

bool RoutingTable::insert_or_replace(Bucket& bucket, const KnownNode& node)
{
    const auto same_id =
        std::ranges::find(bucket.nodes, node.contact.id, [](const auto& known) { return known.contact.id; });
    if (same_id != bucket.nodes.end()) {
        // An id belongs to whom we know by it, as long as that one answers.
        if (same_id->is_bad() && respects_limits(bucket, node, &*same_id)) *same_id = node;
        return true;
    }
    if (bucket.nodes.size() < limits_.bucket) {
        if (!respects_limits(bucket, node, nullptr)) return true; // no place, and none as a spare either
        bucket.nodes.push_back(node);
        return true;
    }
    const auto bad = std::ranges::find_if(bucket.nodes, &KnownNode::is_bad);
    if (bad == bucket.nodes.end() || !respects_limits(bucket, node, &*bad)) return false;
    *bad = node;
    return true;
}

void RoutingTable::add_spare(Bucket& bucket, const KnownNode& node) const
{
    if (!respects_limits(bucket, node, nullptr)) return;
    // One whose id was chosen for it keeps out one that chose its own.
    const auto improper = std::ranges::find(bucket.nodes, false, &KnownNode::has_proper_id);
    if (node.has_proper_id && improper != bucket.nodes.end()) {
        *improper = node;
        return;
    }
    if (bucket.spares.size() >= limits_.spares) bucket.spares.erase(bucket.spares.begin());
    bucket.spares.push_back(node);
}

void RoutingTable::split_last()
{
    auto old = std::exchange(buckets_.back(), {});
    buckets_.emplace_back();
    for (auto& node : old.nodes) buckets_[bucket_of(node.contact.id)].nodes.push_back(std::move(node));
    for (auto& node : old.spares) {
        auto& bucket = buckets_[bucket_of(node.contact.id)];
        auto& nodes = bucket.nodes.size() < limits_.bucket ? bucket.nodes : bucket.spares;
        nodes.push_back(std::move(node));
    }
}

void RoutingTable::forget(const Endpoint& endpoint)
{
    for (auto& bucket : buckets_) {
        for (auto* nodes : {&bucket.nodes, &bucket.spares}) {
            const auto found = place_of(*nodes, endpoint);
            if (found != nodes->end()) nodes->erase(found);
        }
    }
}

bool RoutingTable::is_good(const KnownNode& node, Time now) const
{
    return node.failures == 0 && now - node.heard < limits_.fresh;
}

std::vector<Contact> RoutingTable::closest(const NodeId& target, std::size_t count, Quality quality, Time now) const
{
    std::vector<Contact> found;
    for (const auto& bucket : buckets_) {
        for (const auto& node : bucket.nodes) {
            if (quality == Quality::good ? is_good(node, now) : !node.is_bad()) found.push_back(node.contact);
        }
    }
    const auto end = found.begin() + static_cast<std::ptrdiff_t>(std::min(count, found.size()));
    std::ranges::partial_sort(found, end,
                              [&](const Contact& a, const Contact& b) { return is_closer(a.id, b.id, target); });
    found.erase(end, found.end());
    return found;
}

std::optional<Contact> RoutingTable::next_to_ask(Time now) const
{
    const KnownNode* due = nullptr;
    for (const auto& bucket : buckets_) {
        // A spare waits for a place of somebody who may be gone: that one is asked earlier.
        const auto patience = bucket.spares.empty() ? limits_.fresh : limits_.fresh / 3;
        for (const auto& node : bucket.nodes) {
            const bool is_due = !node.is_bad() && (now - node.answered >= patience || node.failures > 0);
            if (is_due && (due == nullptr || node.answered < due->answered)) due = &node;
        }
    }
    return due != nullptr ? std::optional(due->contact) : std::nullopt;
}

std::optional<NodeId> RoutingTable::next_to_refresh(RandomSource& random, Time now)
{
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
        auto& bucket = buckets_[i];
        const auto rest = bucket.nodes.size() < limits_.bucket ? limits_.fresh / 5 : limits_.fresh;
        if (bucket.searched && now - *bucket.searched < rest) continue;
        bucket.searched = now;
        return random_id_in_bucket(own_id_, static_cast<unsigned>(i), random);
    }
    return std::nullopt;
}

std::size_t RoutingTable::size() const noexcept
{
    std::size_t count = 0;
    for (const auto& bucket : buckets_) count += bucket.nodes.size();
    return count;
}

std::size_t RoutingTable::good(Time now) const
{
    std::size_t count = 0;
    for (const auto& bucket : buckets_) {
        count += static_cast<std::size_t>(
            std::ranges::count_if(bucket.nodes, [&](const KnownNode& node) { return is_good(node, now); }));
    }
    return count;
}

std::vector<KnownNode> RoutingTable::all() const
{
    std::vector<KnownNode> nodes;
    for (const auto& bucket : buckets_) nodes.insert(nodes.end(), bucket.nodes.begin(), bucket.nodes.end());
    return nodes;
}

std::uint64_t RoutingTable::estimate_network() const
{
    // Full buckets say nothing about how many there would be; the part that is not full holds everybody there is.
    std::uint64_t around = 0;
    auto bits = buckets_.size();
    while (bits > 0 && (bits == buckets_.size() || buckets_[bits - 1].nodes.size() < limits_.bucket)) {
        around += buckets_[--bits].nodes.size();
    }
    return (around + 1) << std::min<std::size_t>(bits, 40);
}

} // namespace shoal::dht
