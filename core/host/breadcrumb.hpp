#pragma once

#include <atomic>
#include <cstdint>
#include <string>

namespace shoal::host {

class InstanceState;

// Who is being called on this thread, innermost first. A frame lives on the stack of the scope that made it.
struct CallFrame {
    const InstanceState* owner = nullptr;  // null while a library is being loaded
    const char* plugin = "";               // these texts outlive the frame
    const char* instance = "";
    const char* function = "";
    std::string* error = nullptr;  // where set_error writes
    bool on_worker = false;
    bool threw = false;  // an exception was counted in this call already
    CallFrame* outer = nullptr;
};

// One per thread. Written by its thread with plain stores (a few nanoseconds a call), read by the
// fatal-signal handler on the same thread and, through the atomics alone, by the watchdog on another.
struct Breadcrumb {
    CallFrame* top = nullptr;
    // Of the innermost call; null outside of one. Both point to text that is never freed.
    std::atomic<const char*> plugin{nullptr};
    std::atomic<const char*> function{nullptr};
    std::atomic<std::uint64_t> calls{0};  // changes with each call entered or left; odd: being changed
};

// This thread's.
Breadcrumb& breadcrumb() noexcept;

void push_frame(CallFrame& frame) noexcept;
// The innermost one.
void pop_frame(CallFrame& frame) noexcept;

}  // namespace shoal::host
