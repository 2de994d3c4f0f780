#include "net/live_loop.hpp"

#include <shoal/assert.hpp>

#include <boost/asio/basic_signal_set.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <chrono>
#include <csignal>
#include <list>

namespace shoal::net {

namespace asio = boost::asio;

struct LiveLoop::Asio {
    // The type-erased default would cost a virtual call and a reference count each event.
    using Executor = asio::io_context::executor_type;
    using SteadyClock = std::chrono::steady_clock;
    using ClockTimer = asio::basic_waitable_timer<SteadyClock, asio::wait_traits<SteadyClock>, Executor>;

    struct Signal {
        Signal(asio::io_context& context, int number, environment::Task run)
            : set(context, number), task(std::move(run))
        {}

        void wait()
        {
            set.async_wait([this](const boost::system::error_code& error, int) {
                if (error) return;
                task();
                wait();
            });
        }

        asio::basic_signal_set<Executor> set;
        environment::Task task;
    };

    // All I/O stays on the loop's thread, so the reactor needs no locks; post() may come from others.
    asio::io_context context{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO};
    asio::executor_work_guard<Executor> work{context.get_executor()};
    ClockTimer clock{context.get_executor()};
    std::list<Signal> signals;
};

LiveLoop::LiveLoop() : thread_(std::this_thread::get_id()), asio_(std::make_unique<Asio>())
{
    std::signal(SIGPIPE, SIG_IGN);
}

LiveLoop::~LiveLoop()
{
    SHOAL_ASSERT(!is_running_);
    // What tasks own goes while it can still cancel timers and post.
    asio_->signals.clear();
    timers_ = TimerQueue{};
    while (take_posted()) turn_.clear();
}

void LiveLoop::begin_run()
{
    SHOAL_ASSERT(!is_running_);
    is_running_ = true;
    thread_ = std::this_thread::get_id();
    asio_->context.restart();
}

void LiveLoop::run()
{
    begin_run();
    asio_->context.run();
    is_running_ = false;
}

bool LiveLoop::run_until(UniqueFunction<bool()> done)
{
    begin_run();
    bool is_done = done();
    while (!is_done && asio_->context.run_one() != 0) is_done = done();
    is_running_ = false;
    return is_done;
}

void LiveLoop::stop()
{
    asio_->context.stop();
}

void LiveLoop::on_signal(int number, environment::Task task)
{
    asio_->signals.emplace_back(asio_->context, number, std::move(task)).wait();
}

environment::Time LiveLoop::now() const
{
    return environment::Time{std::chrono::steady_clock::now().time_since_epoch()};
}

std::int64_t LiveLoop::unix_time() const
{
    return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

void LiveLoop::post(environment::Task task)
{
    bool is_first = false;
    {
        const std::lock_guard held(posted_lock_);
        is_first = posted_.empty();
        posted_.push_back(std::move(task));
    }
    // One wake-up carries everything that is posted until it runs.
    if (is_first) asio::post(asio_->context, [this] { run_posted(); });
}

bool LiveLoop::take_posted()
{
    const std::lock_guard held(posted_lock_);
    turn_.swap(posted_);
    return !turn_.empty();
}

void LiveLoop::run_posted()
{
    take_posted();
    for (auto& slot : turn_) {
        auto task = std::move(slot);
        task();
    }
    turn_.clear();
}

environment::TimerId LiveLoop::start_timer(environment::Duration delay, environment::Task task)
{
    const auto from = now();
    const auto deadline = delay < environment::time_never - from ? from + delay : environment::time_never;
    const auto timer = timers_.add(deadline, std::move(task));
    arm_clock();
    return timer;
}

bool LiveLoop::cancel_timer(environment::TimerId timer)
{
    // The clock stays armed: an early wake-up is cheaper than a system call for each cancelled timer.
    const auto task = timers_.cancel(timer);
    return static_cast<bool>(task);
}

void LiveLoop::arm_clock()
{
    const auto next = timers_.next_deadline();
    if (next >= armed_for_) return;
    armed_for_ = next;
    asio_->clock.expires_at(Asio::SteadyClock::time_point{next.time_since_epoch()});
    asio_->clock.async_wait([this](const boost::system::error_code& error) {
        if (!error) run_due_timers();
    });
}

void LiveLoop::run_due_timers()
{
    armed_for_ = environment::time_never;
    const auto due = now();
    while (auto task = timers_.take_due(due)) task();
    arm_clock();
}

bool LiveLoop::is_current_thread() const
{
    return thread_.load(std::memory_order_relaxed) == std::this_thread::get_id();
}

boost::asio::io_context& LiveLoop::context()
{
    return asio_->context;
}

}  // namespace shoal::net
