#pragma once

#include "torrent/rate_queue.hpp"

#include <algorithm>
#include <utility>

namespace shoal::torrent {

// What one peer may send us. A block is paid for when it is asked for, so that the limit paces the requests; one that nobody paid for
// (nobody asked for it, it comes late, or the limit was set meanwhile) is not read from the socket before its turn.
class RateIntake {
public:
    // `on_turn`: first let in what is held, see admit_held(); if there is nothing, ask for more.
    RateIntake(RateGroup& group, const Address& address, UniqueFunction<void()> on_turn)
        : seat_(group, address, std::move(on_turn))
    {
    }
    ~RateIntake() { seat_.refund(paid()); }

    // Octets that may be asked for now; `outstanding` are asked for already: what was paid for and will not come is given back.
    std::uint64_t available(std::uint64_t outstanding)
    {
        if (!seat_.is_limited()) return UINT64_MAX;
        if (const auto surplus = paid() - std::min(paid(), outstanding); surplus > 0) {
            seat_.refund(surplus);
            paid_ -= surplus;
        }
        return seat_.available();
    }
    void pay(std::uint64_t octets)
    {
        if (!seat_.is_limited()) return;
        seat_.spend(octets);
        paid_ = paid() + octets;
    }

    // A block is at the door. False: leave it in the socket; its turn will come.
    bool admit(std::uint64_t octets)
    {
        if (!seat_.is_limited() || admitted_ >= octets) return true;
        if (paid() < octets) {
            held_ = octets;
            seat_.wait();
            return false;
        }
        paid_ -= octets;
        admitted_ = octets;
        return true;
    }
    // In its turn. True: what was held may be read now.
    bool admit_held()
    {
        if (held_ == 0) return false;
        admitted_ = std::exchange(held_, 0);
        seat_.spend(admitted_);
        return true;
    }
    // It is in.
    void on_arrived() { admitted_ = 0; }

    bool is_holding() const { return held_ > 0; }
    bool is_waiting() const { return seat_.is_waiting; }

private:
    std::uint64_t& paid()
    {
        if (std::exchange(changes_, seat_.changes()) != seat_.changes()) paid_ = 0;
        return paid_;
    }

    RateSeat seat_;
    std::uint64_t paid_ = 0;      // for blocks that were asked for and are not here
    std::uint64_t admitted_ = 0;  // for the one that is arriving
    std::uint64_t held_ = 0;      // waits in the socket
    std::uint64_t changes_ = 0;
};

}  // namespace shoal::torrent
