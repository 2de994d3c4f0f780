#pragma once

#include "environment/loop.hpp"
#include "lab/fingerprint.hpp"
#include "lab/settings.hpp"

#include <vector>

namespace shoal::lab {

enum class EventKind : std::uint8_t {
    script,
    task,
    timer,
    connect,  // a connection is asked for, made, refused or timed out
    segment,  // octets of a byte stream
    message,  // a peer message
    block,    // a peer message with payload
    datagram,
    farewell,  // a connection's end or reset
    ready,     // a stream can be read or written, a link can go on
    window,    // the receiver has room again
    uplink,    // the next parcel may leave
    downlink,  // a parcel is through
    http,
    name,
    job,
};

struct EventTag {
    NodeIndex node{};
    EventKind kind = EventKind::task;
    std::uint32_t size = 0;
};

// Names a scheduled event; never given twice. 0 is none.
using EventId = StrongId<struct EventIdTag, std::uint64_t>;

// The world's one queue of events, in the order (time, node, sequence within the node), and its clock.
class Scheduler {
public:
    Time now() const { return now_; }

    // `at` must not lie in the past.
    EventId schedule(Time at, const EventTag& tag, environment::Task task);
    // After true the task does not run and is destroyed.
    bool cancel(EventId event);
    // Destroys everything scheduled for a node.
    void discard(NodeIndex node);
    void discard_all();

    // Runs the first event. False: there is none.
    bool run_next();
    // Of the first event; time_never when there is none.
    Time next_time();
    // The clock moves on with no event in between.
    void advance(Time time);

    std::uint64_t events_run() const { return events_run_; }
    std::size_t size() const { return heap_.size() - dead_; }
    // Of one node; looks at all.
    std::size_t size(NodeIndex node) const;
    Fingerprint& fingerprint() { return fingerprint_; }
    const Fingerprint& fingerprint() const { return fingerprint_; }

private:
    struct Key {
        std::int64_t time;
        std::uint64_t sequence;
        std::uint32_t node;
        std::uint32_t slot;

        bool operator<(const Key& other) const
        {
            if (time != other.time) return time < other.time;
            if (node != other.node) return node < other.node;
            return sequence < other.sequence;
        }
    };

    struct Slot {
        environment::Task task;
        std::uint64_t generation = 1;
        std::uint32_t size = 0;
        EventKind kind = EventKind::task;
        bool is_live = false;
    };

    std::uint32_t take_slot();
    void free_slot(std::uint32_t slot);
    void push(const Key& key);
    void pop();
    void sift_down(std::size_t hole, const Key& key);
    void drop_dead_front();
    void rebuild_without_dead();

    Time now_{};
    std::vector<Key> heap_;  // four children each: half the depth, and they share a cache line or two
    std::vector<Slot> slots_;
    std::vector<std::uint32_t> free_slots_;
    std::vector<std::uint64_t> sequences_;  // by node
    std::size_t dead_ = 0;                  // cancelled and still in the heap
    std::uint64_t events_run_ = 0;
    Fingerprint fingerprint_;
};

}  // namespace shoal::lab
