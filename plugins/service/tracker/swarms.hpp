// All swarms of a tracker, within bounds: of torrents, of peers, and of how long a peer may be silent.
#pragma once

#include "swarm.hpp"

#include <shoal/result.hpp>

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <set>

namespace shoal::embedded_tracker {

class Swarms {
public:
    /// One public address (of IPv6 a /64) has one of so many parts of all places: nobody fills a tracker alone.
    static constexpr std::size_t shares = 8;

    struct Limits {
        std::size_t torrents;
        std::size_t peers; // of all torrents together
        std::chrono::nanoseconds silence;
    };

    /// Torrents in `kept` are there from the start and stay, with their count of downloads, when nobody is
    /// left. Others come with their first peer and go with their last; not at all unless `is_open`.
    Swarms(const Limits& limits, bool is_open, const std::set<Hash20>& kept);

    struct Visit {
        Hash20 info_hash;
        Endpoint endpoint;
        WirePeerId id;
        bool is_seed = false;
        bool has_completed = false;
    };

    /// A peer is there. The swarm is valid until the next change.
    /// Errors: refused (a torrent that is not served), limit_exceeded. Who is in already is never refused.
    Result<const Swarm*> visit(const Visit& visit, std::chrono::nanoseconds now);

    void leave(const Hash20& info_hash, const Endpoint& endpoint);

    [[nodiscard]] bool serves(const Hash20& info_hash) const { return is_open_ || kept_.contains(info_hash); }
    [[nodiscard]] const Swarm* find(const Hash20& info_hash) const;

    /// Forgets who has been silent for too long.
    void expire(std::chrono::nanoseconds now);
    /// When there will be somebody to forget; nothing while nobody is here.
    [[nodiscard]] std::optional<std::chrono::nanoseconds> next_expiry() const;

    [[nodiscard]] std::size_t peers() const noexcept { return sightings_.size(); }
    [[nodiscard]] const std::map<Hash20, Swarm>& all() const noexcept { return swarms_; }

private:
    void forget_if_empty(const Hash20& info_hash);
    [[nodiscard]] bool has_its_share(const Address& address) const;

    Limits limits_;
    bool is_open_;
    std::set<Hash20> kept_;
    std::map<Hash20, Swarm> swarms_; // ordered: strangers choose the keys, and could make them collide
    Sightings sightings_;
    std::map<Address, std::size_t> by_network_; // peers
};

} // namespace shoal::embedded_tracker
