#pragma once

#include "environment/workers.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace shoal::net {

// Threads that take work in the order in which it came. Destroying the pool first runs all work that was
// handed in; its completions are posted to the loop as ever. An exception out of work or completion is our
// own bug and terminates.
class WorkerPool final : public environment::Workers {
public:
    // Called on each thread before its first work; what it gives is destroyed on that thread after its last.
    using Attendance = std::function<std::shared_ptr<void>()>;

    WorkerPool(environment::Loop& loop, std::uint32_t count, Attendance attendance = {});
    ~WorkerPool() override;

    void run(environment::Task work, environment::Task done) override;
    // The end, for a process that goes although some thread hangs in a disk: work that none has begun is never done, and whoever waits for
    // it is not told. [any]
    void drop_waiting();
    void pause(environment::Duration time) override { std::this_thread::sleep_for(time); }
    std::uint32_t count() const override { return static_cast<std::uint32_t>(threads_.size()); }

private:
    struct Job {
        environment::Task work;
        environment::Task done;
    };

    void serve() noexcept;

    environment::Loop& loop_;
    Attendance attendance_;
    std::mutex lock_;
    std::condition_variable came_;
    std::deque<Job> jobs_;    // under lock_
    std::deque<Job> dropped_; // the same; what they hold may be in use by work that goes on
    bool is_ending_ = false;  // under lock_
    std::vector<std::thread> threads_;
};

}  // namespace shoal::net
