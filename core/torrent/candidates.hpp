#pragma once

#include "environment/time.hpp"
#include "torrent/peer_source.hpp"

#include <shoal/endpoint.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

namespace shoal::torrent {

// Addresses that may lead to peers: one list a torrent. Decides whom to call next: fewest failures first, then the one that was
// tried longest ago, then whom the user named, then by BEP 40 once we know how others see us, then in order of address. Remembers
// all the sources of each. Bans are by address, so that another port does not help.
class Candidates {
public:
    explicit Candidates(std::size_t most = 3000, bool calls_privileged_ports = true)
        : most_(most), calls_privileged_ports_(calls_privileged_ports)
    {
    }

    // Port 0 and unspecified or multicast addresses are left out. Unless the user says so, ports below 1024 if they are not to be
    // called, more than eight ports of a public address, and what is more than a stranger's share: a plug-in fills no more than
    // half of the list, all together three quarters. Whom the user names takes a place of another when the list is full. False:
    // not taken, or known already.
    bool add(const Endpoint& endpoint, PeerSource source);
    // Somebody expects our call (BEP 55): whatever was tried before, it is the next.
    void expect(const Endpoint& endpoint, PeerSource source);
    // The next one to connect to, if any may be tried now; it counts as connecting from then on.
    std::optional<Endpoint> next(environment::Time now);
    // When next() may have something; never if nothing waits.
    environment::Time next_time() const;
    // Where it was heard of first; nothing for one that is not known.
    std::optional<PeerSource> source_of(const Endpoint& endpoint) const;
    // How many each source named; an address that two named counts for both.
    std::map<std::string_view, std::uint32_t> count_by_source() const;

    void on_connected(const Endpoint& endpoint);
    // The attempt or the connection ended. `was_useful`: something was exchanged, try again soon.
    void on_ended(const Endpoint& endpoint, environment::Time now, bool was_useful);
    // The attempt or the connection was given up for a reason of ours: it may be called again at once.
    void release(const Endpoint& endpoint);
    // Is of no use before then, or until recall_postponed().
    void postpone(const Endpoint& endpoint, environment::Time until);
    // Something is missing again: those that were put off may be called at once.
    void recall_postponed();
    // It is ourselves, or a second way to somebody we are connected to.
    void forget(const Endpoint& endpoint);
    // The torrent turned out to be private: only what its trackers or the user named stays (BEP 27).
    void keep_for_private();
    void ban(const Address& address);
    bool is_banned(const Address& address) const { return banned_.contains(address); }
    // How others see us: one endpoint a family.
    void set_external(const Endpoint& ours);

    std::size_t size() const { return known_.size(); }
    std::size_t banned_count() const { return banned_.size(); }

private:
    struct Candidate {
        std::vector<PeerSource> sources;  // the first to name it first
        std::uint32_t priority = 0;
        std::uint32_t failures = 0;
        bool is_busy = false;  // connecting or connected
        environment::Time not_before{};
        environment::Time was_not_before{};  // but for being put off
        bool is_postponed = false;
    };

    bool has_room_for(const PeerSource& source) const;
    bool has_enough_ports(const Address& address) const;
    void make_room_for_trusted();
    void erase(std::map<Endpoint, Candidate>::iterator at);
    std::uint32_t priority_of(const Endpoint& endpoint) const;
    static bool is_trusted(const Candidate& candidate);

    std::size_t most_;
    bool calls_privileged_ports_;
    std::map<Endpoint, Candidate> known_;
    std::map<std::string_view, std::size_t> named_first_;  // by source
    std::set<Address> banned_;
    std::set<Endpoint> ignored_;  // ourselves, or who answers in our name
    std::optional<Endpoint> external4_;
    std::optional<Endpoint> external6_;
};

}  // namespace shoal::torrent
