// The programs that scripts run: those that are granted, so many at a time, each for so long.
#pragma once

#include "child.hpp"
#include "grants.hpp"
#include "turns.hpp"

#include <shoal/host.hpp>
#include <shoal/value.hpp>

#include <atomic>
#include <functional>
#include <map>
#include <memory>

namespace shoal::script_lua {

class Programs {
public:
    using Done = std::function<void(const Result<Value>&)>;

    explicit Programs(Host& host) : host_(host), timers_(host.timers()), workers_(host.workers()) {}

    /// `what`: argv, and perhaps env, timeout (seconds), max_output. Answers with code, output, errors, cut, and signal when it was killed.
    /// `is_over`: whoever asked has gone, and the program goes, too. Errors: permission_denied, timed_out, and what starting it says. [strand]
    void run(const Grants& grants, std::shared_ptr<const std::atomic<bool>> is_over, const Value::Map& what, Done done);
    /// What the user himself has set.
    void run_for_user(Child::Order order, Done done);
    /// Kills all that run.
    void stop();

private:
    struct Job {
        Child::Order order;
        std::chrono::nanoseconds timeout{};
        std::shared_ptr<const std::atomic<bool>> is_over; // null: nobody goes
        Done done;
        std::shared_ptr<Child> child = std::make_shared<Child>();
        std::chrono::nanoseconds deadline{};
        std::chrono::nanoseconds pause{};
        shoal::Timer alarm{};
        bool is_late = false;
    };

    void enter(Job job);
    void begin(std::uint64_t number);
    void watch(std::uint64_t number);
    void finish(std::uint64_t number, const Result<Value>& answer);

    Host host_;
    shoal::Timers timers_;
    Workers workers_;
    std::map<std::uint64_t, Job> jobs_;
    std::uint64_t last_job_ = 0;
    Turns turns_{4};
};

} // namespace shoal::script_lua
