// Both DHTs (BEP 32) as one: what is looked for is looked for in each network that we are part of, and what they find
// is told together. Still without sockets or clock.
#pragma once

#include "item_goal.hpp"
#include "node.hpp"
#include "node_goal.hpp"
#include "peer_goal.hpp"
#include "saved_nodes.hpp"

#include <shoal/bytes.hpp>
#include <shoal/endpoint.hpp>
#include <shoal/ids.hpp>
#include <shoal/unique_function.hpp>

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace shoal::dht {

using SearchId = StrongId<struct SearchIdTag, std::uint64_t>;

class Dht {
public:
    /// What these refer to outlives it.
    Dht(const NodeSettings& settings, RandomSource& random, const SignatureScheme& scheme)
        : settings_(settings), random_(random), scheme_(scheme)
    {
    }

    /// Becomes part of the IPv4 or the IPv6 DHT. `local` is where others reach us, as far as we know.
    void join(const Endpoint& local, Wire& wire, SavedNodes saved, Time now);

    /// Of neither any more; searches are gone without another call. Not from inside one of theirs.
    void leave();

    /// Null: we are no part of it.
    [[nodiscard]] Node* node(bool is_v6) const { return nodes_[is_v6 ? 1 : 0].get(); }
    [[nodiscard]] bool is_part_of_any() const { return nodes_[0] || nodes_[1]; }

    void receive(const Endpoint& from, ByteView datagram, Time now);
    void on_time(Time now);
    [[nodiscard]] Time next_due() const;

    void introduce(const Endpoint& endpoint, Time now);
    void set_routers(const std::vector<Endpoint>& routers, Time now);
    void set_own_address(const Address& address, Time now);
    void set_on_announced(const Node::OnAnnounced& told);
    [[nodiscard]] SavedNodes saved(bool is_v6, Time now) const;

    // Each ends once, unless it is cancelled; never from inside the call. Without a network to search in it ends at
    // its deadline.
    SearchId find_peers(const NodeId& info_hash, const PeerGoal::Wish& wish, Time deadline,
                        UniqueFunction<void(std::span<const Endpoint>)> found,
                        UniqueFunction<void(const PeerSummary&)> ended);
    SearchId get(const NodeId& target, Bytes salt, Time deadline, UniqueFunction<void(const ItemSummary&)> ended);
    SearchId put(const Item& item, std::optional<std::int64_t> cas, Time deadline,
                 UniqueFunction<void(const ItemSummary&)> ended);
    SearchId sample(const NodeId& target, Time deadline, UniqueFunction<void(const SampleSummary&)> ended);
    void cancel(SearchId id);
    /// For somebody who waits for the answer: when one network has given its own, and in the other nobody is there, as
    /// on a machine without IPv6, the search ends after a moment and not at its deadline.
    SearchId settle_for_one(SearchId id);

    /// False: the address is of a family that we are no part of.
    bool ping(const Endpoint& endpoint, Time now, Node::Pinged done);

private:
    struct Search {
        std::array<std::optional<LookupId>, 2> lookups{}; // those that have not ended; IPv4, IPv6
        bool settles_for_one = false;
        std::optional<Time> gives_up; // when it ends without the network that nobody is in
    };

    /// `make(is_v6, ended)` is the goal in that network; `all_ended` comes with their summaries united.
    template <class Summary, class Make>
    SearchId search(const NodeId& target, Time deadline, Make make, UniqueFunction<void(const Summary&)> all_ended);
    /// The network that a search still waits for though nobody is there.
    [[nodiscard]] std::optional<bool> absent(const Search& search) const;
    void settle(Time now);

    NodeSettings settings_;
    RandomSource& random_;
    const SignatureScheme& scheme_;
    std::array<std::unique_ptr<Node>, 2> nodes_; // IPv4, IPv6
    std::array<std::uint16_t, 2> ports_{};
    std::map<SearchId, Search> searches_;
    std::uint64_t last_search_ = 0;
};

} // namespace shoal::dht
