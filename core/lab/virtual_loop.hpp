#pragma once

#include "environment/loop.hpp"
#include "environment/workers.hpp"
#include "lab/settings.hpp"

#include <thread>
#include <vector>

namespace shoal::lab {

class Node;

// A host's loop: its tasks and timers are events of the world.
class VirtualLoop final : public environment::Loop {
public:
    explicit VirtualLoop(Node& node) : node_(node) {}

    Time now() const override;
    // Only on the world's thread: what comes from another one has no place in virtual time.
    void post(environment::Task task) override;
    environment::TimerId start_timer(Duration delay, environment::Task task) override;
    bool cancel_timer(environment::TimerId timer) override;
    bool is_current_thread() const override { return std::this_thread::get_id() == thread_; }

private:
    Node& node_;
    std::thread::id thread_ = std::this_thread::get_id();
};

// A host's workers: as many jobs at a time as it has workers, each taking the host's fixed cost. A job's work
// runs when its turn comes, its completion when its time is over.
class VirtualWorkers final : public environment::Workers {
public:
    explicit VirtualWorkers(Node& node);

    void run(environment::Task work, environment::Task done) override;
    std::uint32_t count() const override { return static_cast<std::uint32_t>(free_at_.size()); }
    void clear();

private:
    Node& node_;
    std::vector<Time> free_at_;
};

}  // namespace shoal::lab
