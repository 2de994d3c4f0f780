#pragma once

#include "environment/time.hpp"

#include <shoal/ids.hpp>
#include <shoal/unique_function.hpp>

#include <cstdint>

namespace shoal::environment {

using Task = UniqueFunction<void()>;
using TimerId = StrongId<struct TimerTag, std::uint64_t>;  // 0 is "none"

// One loop per shard. Everything a torrent owns lives on one loop, so its state needs no lock.
// All functions are [loop] except `post`, which is [any].
class Loop {
public:
    virtual ~Loop() = default;

    virtual Time now() const = 0;

    // What the calendar says, in seconds since 1970. It jumps when somebody sets the clock: nothing is measured by it.
    virtual std::int64_t unix_time() const = 0;

    // Runs the task later on this loop, never inline; tasks of one thread run in order.
    virtual void post(Task task) = 0;

    // Runs the task once, `delay` (>= 0) from now. A cancelled or fired timer's id is never reused.
    virtual TimerId start_timer(Duration delay, Task task) = 0;

    // After true the task will not run and is destroyed; false: it ran already or never was.
    virtual bool cancel_timer(TimerId timer) = 0;

    virtual bool is_current_thread() const = 0;
};

// Owns one pending timer: restarting or destroying it cancels what was pending.
class Timer {
public:
    explicit Timer(Loop& loop) : loop_(loop) {}
    ~Timer() { cancel(); }
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

    void start(Duration delay, Task task)
    {
        cancel();
        pending_ = loop_.start_timer(delay, [this, run = std::move(task)]() mutable {
            pending_ = TimerId{0};
            auto now_running = std::move(run);  // the task may restart or destroy this timer
            now_running();
        });
    }

    void cancel()
    {
        if (pending_.value() != 0) {
            loop_.cancel_timer(pending_);
            pending_ = TimerId{0};
        }
    }

    bool is_pending() const { return pending_.value() != 0; }

private:
    Loop& loop_;
    TimerId pending_{0};
};

}  // namespace shoal::environment
