#include "disk/gate.hpp"

#include <shoal/assert.hpp>

#include <utility>

namespace shoal::disk {

bool Gate::try_enter()
{
    if (is_shut()) return false;
    ++under_way_;
    return true;
}

void Gate::fence(environment::Task job)
{
    waiting_.push_back({std::move(job), true});
    advance();
}

void Gate::leave()
{
    SHOAL_ASSERT(under_way_ > 0);
    if (--under_way_ == 0) is_fenced_ = false;
    advance();
}

void Gate::advance()
{
    while (!waiting_.empty() && !is_fenced_) {
        const bool is_fence = waiting_.front().is_fence;
        if (is_fence && under_way_ > 0) return;
        auto job = std::move(waiting_.front().job);
        waiting_.pop_front();
        ++under_way_;
        is_fenced_ = is_fence;
        job();
    }
}

}  // namespace shoal::disk
