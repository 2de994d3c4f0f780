#include "host/call_scope.hpp"

#include "host/instance_state.hpp"

namespace shoal::host {

CallScope::CallScope(InstanceState& state, const char* function, Caller caller) : state_(state)
{
    frame_.function = function;
    admitted_ = state_.enter(frame_, caller);
    if (admitted_) began_ns_ = state_.now_ns();
}

CallScope::~CallScope()
{
    if (admitted_) state_.leave(frame_, state_.now_ns() - began_ns_);
}

void CallScope::threw(const char* what)
{
    frame_.threw = true;
    state_.threw(frame_.function, what);
}

void CallScope::returned(std::int64_t answer)
{
    state_.returned(frame_, answer);
}

WorkerScope::WorkerScope(std::shared_ptr<InstanceState> state, const char* function, std::string& error)
    : state_(std::move(state))
{
    frame_.function = function;
    frame_.error = &error;
    admitted_ = state_->enter_worker(frame_);
    if (!admitted_) return;
    if (!state_->factory().is_parallel()) turn_ = std::unique_lock(state_->worker_turn());
    push_frame(frame_);
}

WorkerScope::~WorkerScope()
{
    if (!admitted_) return;
    if (turn_.owns_lock()) turn_.unlock();
    state_->leave_worker(frame_);
}

void WorkerScope::threw(const char* what)
{
    frame_.threw = true;
    state_->threw(frame_.function, what);
}

void WorkerScope::returned(std::int64_t answer)
{
    state_->returned(frame_, answer);
}

}  // namespace shoal::host
