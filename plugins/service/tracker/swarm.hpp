// The peers of one torrent, as a tracker knows them.
#pragma once

#include <shoal/endpoint.hpp>
#include <shoal/ids.hpp>
#include <shoal/unique_function.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <vector>

namespace shoal::embedded_tracker {

/// Uniform in [0, bound), bound > 0.
using RandomBelow = UniqueFunction<std::uint64_t(std::uint64_t bound)>;

/// Who was heard when. One list for all swarms, the longest silent first.
struct Sighting {
    std::chrono::nanoseconds when;
    Hash20 info_hash;
    Endpoint endpoint;
};
using Sightings = std::list<Sighting>;

/// Told apart by where it listens: a client that comes back with a new peer id replaces its former self.
struct Peer {
    Endpoint endpoint;
    WirePeerId id;
    bool is_seed = false;
    bool has_completed = false; // counted already
    Sightings::iterator sighting;
};

class Swarm {
public:
    [[nodiscard]] std::size_t size() const noexcept { return peers_.size(); }
    [[nodiscard]] std::uint32_t seeds() const noexcept { return seeds_; }
    [[nodiscard]] std::uint32_t leechers() const noexcept
    {
        return static_cast<std::uint32_t>(peers_.size()) - seeds_;
    }
    /// How often a peer said that it has everything now.
    [[nodiscard]] std::uint32_t completed() const noexcept { return completed_; }

    /// Valid until the next change. Null: not here.
    [[nodiscard]] const Peer* find(const Endpoint& endpoint) const;

    void add(const Peer& peer);
    /// `peer` is here.
    void refresh(const Endpoint& peer, const WirePeerId& id, bool is_seed);
    void count_completed(const Endpoint& peer);
    /// Where it was in the list of sightings; nothing when it was not here.
    std::optional<Sightings::iterator> remove(const Endpoint& endpoint);

    /// Up to `count` peers other than `asker`, every set of them and every order as likely as any other.
    /// Costs time by `count`, not by the size of the swarm. Valid until the next change.
    [[nodiscard]] std::vector<const Peer*> sample(const Peer& asker, std::size_t count,
                                                  RandomBelow& random_below) const;

private:
    std::vector<Peer> peers_; // in no order, so that one can be drawn by number
    std::map<Endpoint, std::size_t> places_;
    std::uint32_t seeds_ = 0;
    std::uint32_t completed_ = 0;
};

} // namespace shoal::embedded_tracker
