#include "lab/virtual_loop.hpp"

#include "lab/node.hpp"
#include "lab/world.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace shoal::lab {

Time VirtualLoop::now() const
{
    return node_.world().now();
}

std::int64_t VirtualLoop::unix_time() const
{
    constexpr std::int64_t first_second_of_2030 = 1'893'456'000;
    return first_second_of_2030 + std::chrono::duration_cast<std::chrono::seconds>(now().time_since_epoch()).count();
}

void VirtualLoop::post(environment::Task task)
{
    SHOAL_ASSERT(is_current_thread());
    node_.schedule(now(), EventKind::task, 0, std::move(task));
}

environment::TimerId VirtualLoop::start_timer(Duration delay, environment::Task task)
{
    SHOAL_ASSERT(delay >= Duration{0});
    const auto at = delay < environment::time_never - now() ? now() + delay : environment::time_never;
    return environment::TimerId{node_.schedule(at, EventKind::timer, 0, std::move(task)).value()};
}

bool VirtualLoop::cancel_timer(environment::TimerId timer)
{
    return node_.world().scheduler().cancel(EventId{timer.value()});
}

VirtualWorkers::VirtualWorkers(Node& node) : node_(node), count_(std::max(1U, node.settings().workers)) {}

void VirtualWorkers::run(environment::Task work, environment::Task done)
{
    if (!node_.is_alive()) return;
    waiting_.push_back(std::make_unique<Job>(Job{std::move(work), std::move(done)}));
    begin_next();
}

void VirtualWorkers::begin_next()
{
    if (busy_ == count_ || waiting_.empty()) return;
    ++busy_;
    auto job = std::move(waiting_.front());
    waiting_.pop_front();
    node_.schedule(node_.world().now(), EventKind::job, 0,
                   [this, job = std::move(job)]() mutable { work(std::move(job)); });
}

void VirtualWorkers::work(std::unique_ptr<Job> job)
{
    paused_ = Duration{0};
    job->work();
    job->work = nullptr;
    const auto end_at = node_.world().now() + node_.settings().job_cost + paused_;
    node_.schedule(end_at, EventKind::job, 0, [this, job = std::move(job)]() mutable { end(std::move(job->done)); });
}

void VirtualWorkers::end(environment::Task done)
{
    --busy_;
    begin_next();
    done();
}

void VirtualWorkers::clear()
{
    busy_ = 0;
    waiting_.clear();
}

}  // namespace shoal::lab
