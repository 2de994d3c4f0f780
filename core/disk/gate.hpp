#pragma once

#include "environment/loop.hpp"

#include <cstdint>
#include <deque>

namespace shoal::disk {

// In which order work on a store begins. Jobs go side by side; a fence goes alone: what was submitted before it has ended when it
// begins, and what is submitted after it waits until it has ended. Nothing overtakes a fence, so none waits for ever. [loop]
class Gate {
public:
    // True: the job may begin now. False: hand it to wait().
    bool try_enter();
    // Runs when the fences before it have ended.
    void wait(environment::Task job) { waiting_.push_back({std::move(job), false}); }
    // Begins at once if nothing is under way. The task may come inline.
    void fence(environment::Task job);
    // A job or fence that began has ended.
    void leave();

    // A fence is under way or waits: a new job would wait.
    bool is_shut() const { return is_fenced_ || !waiting_.empty(); }
    std::uint32_t under_way() const { return under_way_; }
    std::size_t waiting() const { return waiting_.size(); }

private:
    struct Waiting {
        environment::Task job;
        bool is_fence;
    };

    void advance();

    std::deque<Waiting> waiting_;
    std::uint32_t under_way_ = 0;
    bool is_fenced_ = false;
};

}  // namespace shoal::disk
