#pragma once

#include "environment/loop.hpp"
#include "host/log.hpp"
#include "peer/link.hpp"
#include "torrent/handshake_wait.hpp"

#include <functional>
#include <map>
#include <memory>
#include <vector>

namespace shoal::session {

// Where strangers come in: holds connections that have not said which torrent they want, a limited number for a limited time.
// Who knocks often does not shut the others out: one address (of IPv6: one /64, which is what one customer has) waits with so
// many connections and no more, and in front of a full doorway the newest takes the place of the one that has waited longest.
class Doorway {
public:
    struct Settings {
        std::size_t most_half_open = 256;  // at least 1
        // On loopback there is no limit: those are our own, or what a relay on this machine brings from everywhere.
        std::size_t most_per_address = 16;
        environment::Duration patience = std::chrono::seconds{10};
    };
    // Takes the link over, or lets it fall.
    using Arrived = std::function<void(const peer::Handshake& theirs, std::unique_ptr<peer::Link> link)>;

    Doorway(environment::Loop& loop, Settings settings, Arrived arrived)
        : loop_(loop), settings_(settings), arrived_(std::move(arrived))
    {
    }

    void receive(std::unique_ptr<peer::Link> link);
    std::size_t half_open() const { return waiting_.size(); }
    // Before or after they were let wait.
    std::uint64_t turned_away() const { return turned_away_; }

private:
    struct Waiting {
        Address from;  // its neighbourhood
        std::unique_ptr<torrent::HandshakeWait> handshake;
    };

    bool is_crowded(const Address& from) const;
    void on_handshake(std::uint64_t number, Result<peer::Handshake> theirs, std::unique_ptr<peer::Link> link);

    environment::Loop& loop_;
    Settings settings_;
    Arrived arrived_;
    std::map<std::uint64_t, Waiting> waiting_;  // the oldest first
    std::uint64_t next_ = 1;
    std::uint64_t turned_away_ = 0;
};

}  // namespace shoal::session
