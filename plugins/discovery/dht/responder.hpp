// What strangers are answered (BEP 5, 32, 33, 44, 51), and what they may leave here.
#pragma once

#include "item_store.hpp"
#include "message.hpp"
#include "peer_store.hpp"
#include "random_source.hpp"
#include "routing_table.hpp"
#include "tokens.hpp"

#include <shoal/bytes.hpp>
#include <shoal/endpoint.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

namespace shoal::dht {

class Responder {
public:
    struct Settings {
        PeerStore::Limits peers{};
        ItemStore::Limits items{};
        std::size_t samples = 20;
        std::chrono::nanoseconds sample_interval = std::chrono::hours{6};
    };

    Responder(const Settings& settings, const RoutingTable& table, RandomSource& random, const SignatureScheme& scheme)
        : settings_(settings), table_(table), tokens_(random), peers_(settings.peers, random),
          items_(settings.items, scheme)
    {
    }

    /// The other family's nodes, for those who want them (BEP 32). It outlives this.
    void set_sibling(const RoutingTable* sibling) { sibling_ = sibling; }

    using OnAnnounced = std::function<void(const NodeId& info_hash, const Endpoint& peer)>;
    void set_on_announced(OnAnnounced told) { on_announced_ = std::move(told); }

    /// The answer's datagram.
    [[nodiscard]] Bytes answer(const Query& query, const Endpoint& from, Time now);

    void expire(Time now);

    [[nodiscard]] const PeerStore& peers() const noexcept { return peers_; }
    [[nodiscard]] const ItemStore& items() const noexcept { return items_; }

private:
    /// What a reply has views of.
    struct Reserve {
        Bytes nodes{};
        Bytes nodes6{};
        Tokens::Token token{};
        PeerStore::Filters filters{};
        Bytes samples{};
    };

    void add_nodes(const Query& query, const Endpoint& from, Reply& reply, Reserve& reserve, Time now) const;
    void add_token(const Query& query, const Endpoint& from, Reply& reply, Reserve& reserve, Time now);
    Bytes get_peers(const Query& query, const Endpoint& from, Reply& reply, Reserve& reserve, Time now);
    Bytes get(const Query& query, const Endpoint& from, Reply& reply, Reserve& reserve, Time now);
    Bytes announce(const Query& query, const Endpoint& from, const Reply& reply, Time now);
    Bytes put(const Query& query, const Endpoint& from, const Reply& reply, Time now);
    Bytes sample(Reply& reply, Reserve& reserve, Time now);

    Settings settings_;
    const RoutingTable& table_;
    const RoutingTable* sibling_ = nullptr;
    Tokens tokens_;
    PeerStore peers_;
    ItemStore items_;
    OnAnnounced on_announced_;
    std::vector<NodeId> sampled_; // the same for the whole interval: asking again brings nothing (BEP 51)
    Time sampled_at_{};
};

} // namespace shoal::dht
