#pragma once

#include "lab/ring.hpp"
#include "lab/round_robin.hpp"
#include "lab/scheduler.hpp"
#include "lab/settings.hpp"

#include <algorithm>

// How a host's capacity is shared: octets become time here, and nowhere else.
namespace shoal::lab {

// A resource that serves one parcel after the other. What a division leaves over is carried to the next
// parcel, so that N octets in a row take N / rate however they are cut.
class RateClock {
public:
    struct Turn {
        Time start;
        Time end;
    };

    void set_rate(std::uint64_t octets_a_second)
    {
        rate_ = octets_a_second;
        remainder_ = 0;
    }

    Turn reserve(Time earliest, std::uint32_t octets)
    {
        if (rate_ == 0) return {earliest, earliest};
        if (earliest > free_at_) remainder_ = 0;
        const auto start = std::max(earliest, free_at_);
        const auto work = std::uint64_t{octets} * 1'000'000'000 + remainder_;
        remainder_ = work % rate_;
        free_at_ = start + Duration{static_cast<Duration::rep>(work / rate_)};
        return {start, free_at_};
    }

    bool is_limited() const { return rate_ != 0; }
    Time free_at() const { return free_at_; }

private:
    std::uint64_t rate_ = 0;  // 0: no limit
    std::uint64_t remainder_ = 0;
    Time free_at_{};
};

// Something that has parcels to send through its host's uplink.
class Outflow : public RoundRobin<Outflow>::Member {
public:
    // Octets of the parcel that may leave now; 0: none, the flow waits for the next activate().
    virtual std::uint32_t offer() = 0;
    // That parcel leaves, its first and its last octet at these times. Calls nobody outside the lab.
    virtual void depart(Time first, Time last) = 0;

protected:
    ~Outflow();

private:
    friend class Uplink;
    class Uplink* serving_ = nullptr;
};

// Serves the flows of a host in turn, one parcel each.
class Uplink {
public:
    Uplink(Scheduler& scheduler, NodeIndex node) : scheduler_(scheduler), node_(node) {}
    ~Uplink() { clear(); }
    Uplink(const Uplink&) = delete;
    Uplink& operator=(const Uplink&) = delete;

    void set_rate(std::uint64_t octets_a_second) { clock_.set_rate(octets_a_second); }
    // The flow has (perhaps) something to send: sends at once what may leave at once.
    void activate(Outflow& flow);
    // The host died: forgets all flows. What was scheduled for it is gone already.
    void clear();

    std::uint64_t octets() const { return octets_; }

private:
    friend class Outflow;
    void pump();
    void serve(Outflow* flow);
    void wake_when_free();

    Scheduler& scheduler_;
    NodeIndex node_;
    RateClock clock_;
    RoundRobin<Outflow> waiting_;
    Outflow* served_ = nullptr;  // its parcel is leaving; who comes meanwhile is before its next one
    bool is_pumping_ = false;
    bool will_wake_ = false;
    std::uint64_t octets_ = 0;
};

// What arrives for one receiver at a host, in its order.
class Inflow : public RoundRobin<Inflow>::Member {
public:
    // Octets on their last hop: when the first and, now, the last of them came to the host.
    struct Arrival {
        Time first;
        std::uint32_t octets;
        std::uint32_t parcels;
    };

protected:
    ~Inflow();
    // It is through the downlink. May do anything, destroy the flow as well.
    virtual void pass(const Arrival& arrival) = 0;

private:
    friend class Downlink;
    Ring<Arrival> arrivals_;
    class Downlink* serving_ = nullptr;
};

// Serves the flows that arrive at a host in turn. A parcel passes while it still arrives, so a downlink as
// fast as the uplink before it costs no time.
class Downlink {
public:
    Downlink(Scheduler& scheduler, NodeIndex node) : scheduler_(scheduler), node_(node) {}
    ~Downlink() { clear(); }
    Downlink(const Downlink&) = delete;
    Downlink& operator=(const Downlink&) = delete;

    void set_rate(std::uint64_t octets_a_second) { clock_.set_rate(octets_a_second); }
    // Its last octet is here; passes it on now or when its turn is over.
    void arrive(Inflow& flow, const Inflow::Arrival& arrival);
    void clear();

    std::uint64_t octets() const { return octets_; }

private:
    friend class Inflow;
    void pump();
    void finish();

    Scheduler& scheduler_;
    NodeIndex node_;
    RateClock clock_;
    RoundRobin<Inflow> waiting_;
    Inflow* served_ = nullptr;
    bool is_busy_ = false;
    std::uint64_t octets_ = 0;
};

}  // namespace shoal::lab
