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

VirtualWorkers::VirtualWorkers(Node& node) : node_(node), free_at_(std::max(1U, node.settings().workers)) {}

void VirtualWorkers::run(environment::Task work, environment::Task done)
{
    // The first of those free soonest.
    auto& worker = *std::ranges::min_element(free_at_);
    const auto start = std::max(worker, node_.world().now());
    worker = start + node_.settings().job_cost;
    auto job =
        std::make_unique<std::pair<environment::Task, environment::Task>>(std::move(work), std::move(done));
    node_.schedule(start, EventKind::job, 0, [this, end = worker, job = std::move(job)] {
        job->first();
        node_.schedule(end, EventKind::job, 0, std::move(job->second));
    });
}

void VirtualWorkers::clear()
{
    std::ranges::fill(free_at_, Time{});
}

}  // namespace shoal::lab
