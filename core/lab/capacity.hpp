#pragma once

#include "lab/scheduler.hpp"
#include "lab/settings.hpp"

#include <algorithm>

// How a host's capacity is shared: octets become time here, and nowhere else.
namespace shoal::lab {

// A resource that serves one parcel after the other. What a division leaves over is carried to the next parcel, so that N
// octets in a row take N / rate however they are cut.
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

    Time free_at() const { return free_at_; }

private:
    std::uint64_t rate_ = 0;  // 0: no limit
    std::uint64_t remainder_ = 0;
    Time free_at_{};
};

class Uplink;

// Something that has parcels to send through its host's uplink. Leaves the uplink when destroyed.
class Flow {
public:
    Flow() = default;
    Flow(const Flow&) = delete;
    Flow& operator=(const Flow&) = delete;

    // Octets of the parcel that may leave now; 0: none, the flow waits for the next activate().
    virtual std::uint32_t offer() = 0;
    // That parcel leaves, its first and its last octet at these times. Calls nobody outside the lab.
    virtual void depart(Time first, Time last) = 0;

protected:
    ~Flow();

private:
    friend class Uplink;
    Uplink* uplink_ = nullptr;
    Flow* previous_ = nullptr;
    Flow* next_ = nullptr;
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
    void activate(Flow& flow);
    // The host died: forgets all flows. What was scheduled for it is gone already.
    void clear();

    std::uint64_t octets() const { return octets_; }

private:
    friend class Flow;
    void join(Flow& flow);
    void leave(Flow& flow);
    void pump();

    Scheduler& scheduler_;
    NodeIndex node_;
    RateClock clock_;
    Flow* turn_ = nullptr;  // a ring, in the order in which flows became active
    bool is_pumping_ = false;
    bool will_wake_ = false;
    std::uint64_t octets_ = 0;
};

// Takes what arrives in the order of arrival. A parcel passes while it still arrives, so a downlink as fast as the uplink
// before it costs no time.
class Downlink {
public:
    void set_rate(std::uint64_t octets_a_second) { clock_.set_rate(octets_a_second); }

    // Of a parcel whose octets arrive from `first` to `last`: when the last one is through.
    Time pass(Time first, Time last, std::uint32_t octets)
    {
        octets_ += octets;
        return std::max(last, clock_.reserve(first, octets).end);
    }

    std::uint64_t octets() const { return octets_; }

private:
    RateClock clock_;
    std::uint64_t octets_ = 0;
};

}  // namespace shoal::lab
