#pragma once

#include "environment/time.hpp"

#include <shoal/endpoint.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string_view>

namespace shoal::torrent {

// Where an address came from, the best known first.
enum class PeerSource { user, tracker, incoming };
std::string_view source_name(PeerSource source);

// Addresses that may lead to peers: one list a torrent. Decides whom to call next: fewest failures first, then the one that was
// tried longest ago, then in order of address. Bans are by address, so that another port does not help.
class Candidates {
public:
    explicit Candidates(std::size_t most = 3000) : most_(most) {}

    // Port 0 and unspecified or multicast addresses are left out. False: not taken, or known already.
    bool add(const Endpoint& endpoint, PeerSource source);
    // The next one to connect to, if any may be tried now; it counts as connecting from then on.
    std::optional<Endpoint> next(environment::Time now);
    // When next() may have something; never if nothing waits.
    environment::Time next_time() const;

    void on_connected(const Endpoint& endpoint);
    // The attempt or the connection ended. `was_useful`: something was exchanged, try again soon.
    void on_ended(const Endpoint& endpoint, environment::Time now, bool was_useful);
    // Is of no use before then.
    void postpone(const Endpoint& endpoint, environment::Time until);
    // It is ourselves, or a second way to somebody we are connected to.
    void forget(const Endpoint& endpoint);
    void ban(const Address& address);
    bool is_banned(const Address& address) const { return banned_.contains(address); }

    std::size_t size() const { return known_.size(); }
    std::size_t banned_count() const { return banned_.size(); }

private:
    struct Candidate {
        PeerSource source;
        std::uint32_t failures = 0;
        bool is_busy = false;  // connecting or connected
        environment::Time not_before{};
    };

    std::size_t most_;
    std::map<Endpoint, Candidate> known_;
    std::set<Address> banned_;
    std::set<Endpoint> ignored_;  // ourselves
};

}  // namespace shoal::torrent
