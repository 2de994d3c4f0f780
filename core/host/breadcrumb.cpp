#include "host/breadcrumb.hpp"

#include <shoal/assert.hpp>

namespace shoal::host {

namespace {

// Constant-initialised, so that a signal handler may touch it on any thread.
constinit thread_local Breadcrumb this_thread;

// A sequence lock: the watchdog must never take the plug-in of one call for that of another.
void show_innermost_call(Breadcrumb& crumb) noexcept
{
    const auto* top = crumb.top;
    const auto calls = crumb.calls.load(std::memory_order_relaxed);
    crumb.calls.store(calls + 1, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_release);
    crumb.plugin.store(top != nullptr ? top->plugin : nullptr, std::memory_order_relaxed);
    crumb.function.store(top != nullptr ? top->function : nullptr, std::memory_order_relaxed);
    crumb.calls.store(calls + 2, std::memory_order_release);
}

}  // namespace

Breadcrumb& breadcrumb() noexcept
{
    return this_thread;
}

void push_frame(CallFrame& frame) noexcept
{
    frame.outer = this_thread.top;
    this_thread.top = &frame;
    show_innermost_call(this_thread);
}

void pop_frame(CallFrame& frame) noexcept
{
    SHOAL_ASSERT(this_thread.top == &frame);
    this_thread.top = frame.outer;
    show_innermost_call(this_thread);
}

}  // namespace shoal::host
