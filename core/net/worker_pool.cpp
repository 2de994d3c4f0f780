#include "net/worker_pool.hpp"

#include <shoal/assert.hpp>

#include <system_error>
#include <utility>

namespace shoal::net {

WorkerPool::WorkerPool(environment::Loop& loop, std::uint32_t count, Attendance attendance)
    : loop_(loop), attendance_(std::move(attendance))
{
    SHOAL_ASSERT(count > 0);
    threads_.reserve(count);
    for (std::uint32_t i = 0; i < count; ++i) {
        try {
            threads_.emplace_back([this]() noexcept { serve(); });
        } catch (const std::system_error&) {
            if (threads_.empty()) throw;
            break;  // the process may have no more: fewer do as well
        }
    }
}

WorkerPool::~WorkerPool()
{
    {
        const std::lock_guard held(lock_);
        is_ending_ = true;
    }
    came_.notify_all();
    for (auto& thread : threads_) thread.join();
}

void WorkerPool::run(environment::Task work, environment::Task done)
{
    {
        const std::lock_guard held(lock_);
        jobs_.push_back({std::move(work), std::move(done)});
    }
    came_.notify_one();
}

void WorkerPool::drop_waiting()
{
    {
        const std::lock_guard held(lock_);
        is_ending_ = true;
        dropped_.swap(jobs_);
    }
    came_.notify_all();
}

void WorkerPool::serve() noexcept
{
    const auto attended = attendance_ ? attendance_() : nullptr;
    for (;;) {
        Job job;
        {
            std::unique_lock held(lock_);
            came_.wait(held, [this] { return is_ending_ || !jobs_.empty(); });
            if (jobs_.empty()) return;
            job = std::move(jobs_.front());
            jobs_.pop_front();
        }
        job.work();
        job.work = nullptr;  // what it holds is gone before the loop is told
        loop_.post(std::move(job.done));
    }
}

}  // namespace shoal::net
