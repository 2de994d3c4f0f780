#pragma once

#include "environment/loop.hpp"
#include "torrent/rate_budget.hpp"
#include "torrent/rate_class.hpp"
#include "torrent/rate_line.hpp"

#include <shoal/unique_function.hpp>

#include <vector>

// One direction of a session's traffic under its limits. A transfer is charged to three of them: the process's, its torrent's and its
// peer's class's. Where none of the three is set nothing happens here but a comparison. Where one is, who wants octets waits for a turn;
// it goes to the torrent that had least, and there to the peer that had least. What one cannot use is the others': max-min fair.
namespace shoal::torrent {

class RateGroup;
class RateSeat;

// What all torrents of a session share. [loop]
class RateQueue {
public:
    struct Class {
        PeerRule rule;
        std::uint64_t rate = RateBudget::unlimited;
        bool is_free = false;
    };

    explicit RateQueue(environment::Loop& loop);
    RateQueue(const RateQueue&) = delete;
    RateQueue& operator=(const RateQueue&) = delete;

    void set_rate(std::uint64_t octets_per_second);
    std::uint64_t rate() const { return budget_.rate(); }
    void set_classes(std::vector<Class> classes);
    // `index` into what set_classes() was given.
    void set_class_rate(std::size_t index, std::uint64_t octets_per_second);

private:
    friend class RateGroup;
    friend class RateSeat;

    struct ClassLimit {
        PeerRule rule;
        RateBudget budget;
        bool is_free;
    };

    void on_limits_changed();
    std::size_t class_of(const Address& address) const;
    void join(RateGroup& group);
    void pump();
    bool serve(RateGroup& group);
    void wake_at(environment::Time when);
    environment::Duration time_until_any();

    environment::Loop& loop_;
    RateBudget budget_;
    std::vector<ClassLimit> classes_;
    bool is_limited_ = false;     // the process is, or a class
    std::uint64_t changes_ = 0;   // of limits and classes: what was reckoned before is void
    std::uint64_t pumps_ = 0;
    bool is_pumping_ = false;
    std::uint64_t next_number_ = 1;
    RateLine<RateGroup> line_;
    environment::Timer wake_;
    environment::Time wake_time_ = environment::time_never;
};

// A torrent's share. It outlives its seats, and its queue outlives it.
class RateGroup : public RateLine<RateGroup>::Place {
public:
    explicit RateGroup(RateQueue& queue);
    ~RateGroup();
    RateGroup(const RateGroup&) = delete;
    RateGroup& operator=(const RateGroup&) = delete;

    void set_rate(std::uint64_t octets_per_second);
    std::uint64_t rate() const { return budget_.rate(); }

private:
    friend class RateQueue;
    friend class RateSeat;

    bool may_be_limited() const { return queue_.is_limited_ || budget_.is_limited(); }
    RateSeat* next();

    RateQueue& queue_;
    RateBudget budget_;
    std::uint64_t pump_ = 0;  // the last one it had a turn in
    RateLine<RateSeat> line_;
};

// A peer's place. What it may move is asked and paid here.
class RateSeat : public RateLine<RateSeat>::Place {
public:
    // `on_turn` comes never from inside another call of ours but set_rate() and the like; in it, move what available() says.
    RateSeat(RateGroup& group, const Address& address, UniqueFunction<void()> on_turn);
    ~RateSeat();
    RateSeat(const RateSeat&) = delete;
    RateSeat& operator=(const RateSeat&) = delete;

    // What may be moved now. Under a limit that is nothing but in its turn, and who asks waits for the next one.
    std::uint64_t available() { return is_limited() ? take_part() : UINT64_MAX; }
    void spend(std::uint64_t octets)
    {
        if (is_limited()) charge(octets);
    }
    void refund(std::uint64_t octets);
    void wait();

    // Does a limit hold for it?
    bool is_limited() { return group_.may_be_limited() && has_limit(); }
    // Grows when limits change: what was spent before was spent under others.
    std::uint64_t changes() const { return group_.queue_.changes_; }

private:
    friend class RateQueue;
    friend class RateGroup;

    bool has_limit();
    std::uint64_t take_part();
    void charge(std::uint64_t octets);
    RateBudget* class_budget();
    bool is_free();
    void find_class();
    bool is_blocked_by_class();
    environment::Duration time_until_turn();
    std::uint64_t take_turn();

    RateGroup& group_;
    const Address address_;
    UniqueFunction<void()> on_turn_;
    std::uint64_t class_found_ = 0;  // at which change of the limits
    std::size_t class_ = 0;
    std::uint64_t credit_ = 0;
    std::uint64_t used_ = 0;  // in this turn
};

}  // namespace shoal::torrent
