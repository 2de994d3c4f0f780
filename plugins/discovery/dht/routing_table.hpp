// The nodes we know (BEP 5): buckets of eight, dense around our own id. It is made so that strangers cannot fill it:
// a node comes in only by answering us, one address has one place in a bucket, and a network has few in all.
#pragma once

#include "contact.hpp"
#include "node_id.hpp"
#include "tokens.hpp"

#include <shoal/endpoint.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace shoal::dht {

struct KnownNode {
    Contact contact;
    Time answered{};         // last
    Time heard{};            // last answer, or query of one that has answered before
    std::uint32_t failures = 0; // in a row
    bool has_proper_id = false;

    [[nodiscard]] bool is_bad() const noexcept { return failures >= 2; }
};

class RoutingTable {
public:
    struct Limits {
        std::size_t bucket = 8;
        std::size_t spares = 8;              // of a bucket: what comes in when somebody fails
        std::size_t network_in_bucket = 2;   // of one /24 or /64
        std::size_t network = 8;
        std::chrono::nanoseconds fresh = std::chrono::minutes{15}; // silent for longer: questionable
    };

    RoutingTable(const NodeId& own_id, const Limits& limits) : own_id_(own_id), limits_(limits), buckets_(1) {}

    [[nodiscard]] const NodeId& own_id() const noexcept { return own_id_; }
    /// All nodes find their new places; some find none.
    void set_own_id(const NodeId& own_id);

    /// It has answered a query of ours.
    void on_answer(const Contact& contact, Time now);
    /// It has asked us something. True: it is worth a ping, for there would be a place for it.
    bool on_query(const Contact& contact, Time now);
    /// It has not answered.
    void on_silence(const Endpoint& endpoint);
    void forget(const Endpoint& endpoint);

    /// Is there a place for this one, were it to answer?
    [[nodiscard]] bool has_room_for(const Contact& contact) const;

    enum class Quality { good, any }; // any: questionable ones as well, but none that fails

    [[nodiscard]] std::vector<Contact> closest(const NodeId& target, std::size_t count, Quality quality,
                                               Time now) const;

    /// The one whose answer is due longest, when there is one that is not fresh, or that holds up a spare.
    [[nodiscard]] std::optional<Contact> next_to_ask(Time now) const;
    /// An id to look for: of a bucket that had no such search for long, or not so long while it is not full.
    [[nodiscard]] std::optional<NodeId> next_to_refresh(RandomSource& random, Time now);
    /// The bits that this node shares with us, no more than our buckets tell apart.
    [[nodiscard]] unsigned bucket_of(const NodeId& id) const noexcept;

    [[nodiscard]] std::size_t size() const noexcept;
    [[nodiscard]] std::size_t good(Time now) const;
    [[nodiscard]] std::size_t buckets() const noexcept { return buckets_.size(); }
    [[nodiscard]] std::vector<KnownNode> all() const;
    /// How many nodes there are in the whole network, by the density around us.
    [[nodiscard]] std::uint64_t estimate_network() const;

private:
    struct Bucket {
        std::vector<KnownNode> nodes;
        std::vector<KnownNode> spares; // the last one is the newest
        std::optional<Time> searched{};
    };

    KnownNode* find(const Endpoint& endpoint);
    void insert(KnownNode node);
    bool insert_or_replace(Bucket& bucket, const KnownNode& node);
    void add_spare(Bucket& bucket, const KnownNode& node) const;
    void split_last();
    void promote_spare(Bucket& bucket);
    [[nodiscard]] bool respects_limits(const Bucket& bucket, const KnownNode& node, const KnownNode* leaving) const;
    [[nodiscard]] bool is_good(const KnownNode& node, Time now) const;

    NodeId own_id_;
    Limits limits_;
    std::vector<Bucket> buckets_; // by shared bits; the last one has all that share more
};

} // namespace shoal::dht
