#pragma once

#include "environment/loop.hpp"
#include "environment/workers.hpp"
#include "lab/settings.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <thread>

namespace shoal::lab {

class Node;

// A host's loop: its tasks and timers are events of the world.
class VirtualLoop final : public environment::Loop {
public:
    explicit VirtualLoop(Node& node) : node_(node) {}

    Time now() const override;
    // Every world begins with the year 2030.
    std::int64_t unix_time() const override;
    // Only on the world's thread: what comes from another one has no place in virtual time.
    void post(environment::Task task) override;
    environment::TimerId start_timer(Duration delay, environment::Task task) override;
    bool cancel_timer(environment::TimerId timer) override;
    bool is_current_thread() const override { return std::this_thread::get_id() == thread_; }

private:
    Node& node_;
    std::thread::id thread_ = std::this_thread::get_id();
};

// A host's workers: as many jobs at a time as it has workers, each taking the host's fixed cost and what it pauses. A job's
// work runs when its turn comes, its completion when its time is over.
class VirtualWorkers final : public environment::Workers {
public:
    explicit VirtualWorkers(Node& node);

    void run(environment::Task work, environment::Task done) override;
    void pause(Duration time) override { paused_ += time; }
    std::uint32_t count() const override { return count_; }
    void clear();

private:
    struct Job {
        environment::Task work;
        environment::Task done;
    };

    void begin_next();
    void work(std::unique_ptr<Job> job);
    void end(environment::Task done);

    Node& node_;
    std::uint32_t count_;
    std::uint32_t busy_ = 0;
    std::deque<std::unique_ptr<Job>> waiting_;
    Duration paused_{0};  // of the work that runs at this moment
};

}  // namespace shoal::lab
