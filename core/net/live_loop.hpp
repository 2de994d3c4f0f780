#pragma once

#include "environment/loop.hpp"
#include "net/timer_queue.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace boost::asio {
class io_context;
}

namespace shoal::net {

// The live loop: one Asio io_context, run by the thread that calls run(). Time is the machine's monotonic
// clock. Until run() is called for the first time, the thread that made the loop counts as its own. Making
// one ignores SIGPIPE for the whole process: sendfile(2) and TLS have no other way to report a closed
// connection as an error. Functions are [loop] unless tagged.
class LiveLoop final : public environment::Loop {
public:
    LiveLoop();
    ~LiveLoop() override;
    LiveLoop(const LiveLoop&) = delete;
    LiveLoop& operator=(const LiveLoop&) = delete;

    // Turns until stop().
    void run();
    // Turns until `done()` is true, asked before the first and after every event. False: stop() came first.
    bool run_until(UniqueFunction<bool()> done);
    // Ends the run now going on, after the event it is at. Without one, nothing happens. [any]
    void stop();

    // Runs the task here each time the process gets the signal (SIGINT, SIGTERM …), which does nothing else.
    void on_signal(int number, environment::Task task);

    environment::Time now() const override;
    std::int64_t unix_time() const override;
    void post(environment::Task task) override;  // [any]
    environment::TimerId start_timer(environment::Duration delay, environment::Task task) override;
    bool cancel_timer(environment::TimerId timer) override;
    bool is_current_thread() const override;  // [any]

    // For the other sources of this folder.
    boost::asio::io_context& context();

private:
    struct Asio;

    void begin_run();
    bool take_posted();
    void run_posted();
    void run_due_timers();
    void arm_clock();

    TimerQueue timers_;
    environment::Time armed_for_ = environment::time_never;
    bool is_running_ = false;
    std::atomic<std::thread::id> thread_;

    std::mutex posted_lock_;
    std::vector<environment::Task> posted_;  // under posted_lock_
    std::vector<environment::Task> turn_;    // taken from posted_, being run

    std::unique_ptr<Asio> asio_;
};

}  // namespace shoal::net
