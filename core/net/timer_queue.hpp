#pragma once

#include "environment/loop.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace shoal::net {

// Pending timers, the earliest first, those of one instant in the order in which they were added. A four-way
// heap over slots: adding and cancelling cost O(log n) and no allocation once it has grown. It owns no clock
// and no thread.
class TimerQueue {
public:
    environment::TimerId add(environment::Time deadline, environment::Task task);

    // The task of a timer that will now not run, for the caller to destroy; empty if none is pending.
    environment::Task cancel(environment::TimerId timer);

    // Takes out the first timer whose deadline is not after `now`; empty if there is none.
    environment::Task take_due(environment::Time now);

    // time_never when empty.
    environment::Time next_deadline() const;
    std::size_t size() const { return heap_.size(); }

private:
    struct Entry {
        environment::Time deadline;
        std::uint64_t sequence;
        std::uint32_t slot;
    };
    struct Slot {
        environment::Task task;
        std::uint64_t generation = 0;  // counts the slot's users, so that an old id is recognised
        std::uint32_t position = 0;    // in heap_
    };

    static bool is_before(const Entry& a, const Entry& b);
    environment::Task remove(std::size_t position);
    void place(std::size_t position, const Entry& entry);
    void sift_up(std::size_t position);
    void sift_down(std::size_t position);

    std::vector<Entry> heap_;
    std::vector<Slot> slots_;
    std::vector<std::uint32_t> free_slots_;
    std::uint64_t next_sequence_ = 0;
};

}  // namespace shoal::net
