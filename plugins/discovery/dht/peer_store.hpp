// Who announced which torrent here (BEP 5, 33), within bounds that strangers cannot move.
#pragma once

#include "bloom_filter.hpp"
#include "node_id.hpp"
#include "random_source.hpp"
#include "tokens.hpp"

#include <shoal/endpoint.hpp>

#include <chrono>
#include <cstddef>
#include <map>
#include <vector>

namespace shoal::dht {

class PeerStore {
public:
    struct Limits {
        std::size_t torrents = 2000;
        std::size_t peers = 500;         // of one torrent
        std::size_t torrents_per_network = 500; // announced from one /24 or /64
        std::size_t ports_per_address = 8; // of one torrent: a translator hides several peers, a liar any number
        std::chrono::nanoseconds lifetime = std::chrono::minutes{30};
    };

    PeerStore(const Limits& limits, RandomSource& random) : limits_(limits), random_(random) {}

    /// False: refused, for a limit of its network. When all room is taken the torrent with the fewest peers goes.
    bool announce(const NodeId& info_hash, const Endpoint& peer, bool is_seed, Time now);

    /// Up to `count` peers, drawn by chance; seeds last when they are not wanted.
    [[nodiscard]] std::vector<Endpoint> peers(const NodeId& info_hash, std::size_t count, bool wants_no_seeds,
                                              Time now);

    struct Filters {
        BloomFilter seeds;
        BloomFilter peers; // who is no seed
    };
    /// False: nothing is known of this torrent.
    [[nodiscard]] bool scrape(const NodeId& info_hash, Filters& filters, Time now);

    /// Up to `count` info-hashes, drawn by chance.
    [[nodiscard]] std::vector<NodeId> sample(std::size_t count);

    [[nodiscard]] std::size_t torrents() const noexcept { return swarms_.size(); }
    [[nodiscard]] std::size_t peers_of(const NodeId& info_hash) const;

    /// Forgets who has been silent for too long. Once a minute will do.
    void expire(Time now);

private:
    struct Peer {
        Endpoint endpoint;
        Time announced;
        bool is_seed;
    };
    struct Swarm {
        std::vector<Peer> peers;  // in no order
        Address announcer;        // the network of the one who brought it here
    };
    using Swarms = std::map<NodeId, Swarm>; // ordered: strangers choose the keys

    Swarm* open(const NodeId& info_hash, const Endpoint& peer);
    Swarms::iterator erase(Swarms::iterator swarm);
    void make_room(Swarm& swarm, const Address& newcomer);
    void forget_silent(Swarm& swarm, Time now) const;

    Limits limits_;
    RandomSource& random_;
    Swarms swarms_;
    std::map<Address, std::size_t> opened_; // torrents, by network
};

} // namespace shoal::dht
