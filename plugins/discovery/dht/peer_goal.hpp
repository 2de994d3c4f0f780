// The lookup of a torrent's peers (get_peers), with an announcement (announce_peer) or a scrape (BEP 33) where wanted.
#pragma once

#include "bloom_filter.hpp"
#include "goal.hpp"

#include <shoal/endpoint.hpp>
#include <shoal/unique_function.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <utility>

namespace shoal::dht {

struct Announcement {
    std::uint16_t port = 0; // 0: the one of the DHT itself
    bool is_seed = false;
};

struct PeerSummary : LookupSummary {
    std::size_t peers = 0;
    double seeds_estimate = 0; // of a scrape
    double peers_estimate = 0; // who is no seed
};

class PeerGoal final : public Goal {
public:
    struct Wish {
        std::optional<Announcement> announcement{};
        bool is_scrape = false;
        std::uint16_t own_port = 0; // of the DHT, for an announcement without one
    };
    /// Peers that were not told before, any number of times.
    using Found = UniqueFunction<void(std::span<const Endpoint>)>;
    using Ended = UniqueFunction<void(const PeerSummary&)>;

    static constexpr std::size_t max_peers = 5000; // told in all
    static constexpr std::size_t max_peers_of_node = 200;

    PeerGoal(const Wish& wish, Found found, Ended ended)
        : wish_(wish), found_(std::move(found)), ended_(std::move(ended))
    {
    }

    void fill(Query& query) const override;
    void on_reply(const Endpoint& from, const Reply& reply) override;
    [[nodiscard]] bool stores() override { return wish_.announcement.has_value(); }
    void fill_store(const Endpoint& to, Query& query) const override;
    void on_ended(const LookupSummary& summary) override;

private:
    Wish wish_;
    Found found_;
    Ended ended_;
    std::set<Endpoint> peers_;
    BloomFilter seeds_;
    BloomFilter others_;
};

} // namespace shoal::dht
