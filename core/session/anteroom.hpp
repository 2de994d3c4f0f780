#pragma once

#include "environment/loop.hpp"
#include "torrent/introduction.hpp"

#include <shoal/endpoint.hpp>
#include <shoal/ids.hpp>

#include <cstdint>
#include <deque>
#include <string_view>
#include <variant>
#include <vector>

namespace shoal::session {

// Where those wait who want a torrent that is being woken: a limited number for a limited time, and of one address (of IPv6: one /64)
// no more than so many. Nothing of theirs is read meanwhile.
class Anteroom {
public:
    struct Settings {
        std::size_t most = 64;
        std::size_t most_per_address = 8;  // on loopback there is no limit, as in the doorway
        environment::Duration patience = std::chrono::seconds{10};
    };
    // Somebody that a discovery plug-in came across, and who is to be called.
    struct Spotted {
        Endpoint peer;
        std::string_view plugin;
    };
    using Caller = std::variant<torrent::Introduction, Spotted>;

    Anteroom(environment::Loop& loop, Settings settings) : settings_(settings), loop_(loop), timer_(loop) {}

    bool has_room_for(const Address& caller) const;
    // From inside an event of his link, too.
    void receive(const Hash20& torrent, Caller caller);
    // Who waits for that one, the first first.
    std::vector<Caller> take(const Hash20& torrent);
    bool is_empty() const { return waiting_.empty(); }
    void clear() { waiting_.clear(); }

private:
    struct Waiting {
        Hash20 torrent;
        Address from;  // its neighbourhood
        environment::Time until;
        Caller caller;
    };

    void watch_the_clock();

    Settings settings_;
    environment::Loop& loop_;
    environment::Timer timer_;
    std::deque<Waiting> waiting_;  // the longest first
};

}  // namespace shoal::session
