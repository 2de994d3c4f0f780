#include "host/watchdog.hpp"

#include <algorithm>

namespace shoal::host {

Watchdog::Watchdog(Log log, Limits limits) : log_(std::move(log)), limits_(limits), thread_([this] { run(); })
{}

Watchdog::~Watchdog()
{
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    wake_.notify_all();
    thread_.join();
}

Watchdog::Lease Watchdog::watch_loop()
{
    return watch_this_thread(limits_.loop, "nothing else can run");
}

Watchdog::Lease Watchdog::watch_worker()
{
    return watch_this_thread(limits_.worker, "what needs it waits");
}

Watchdog::Lease Watchdog::watch_this_thread(std::chrono::milliseconds limit, const char* consequence)
{
    const std::lock_guard lock(mutex_);
    watched_.push_back({.crumb = &breadcrumb(), .limit = limit, .consequence = consequence});
    return {*this, breadcrumb()};
}

Watchdog::Lease::~Lease()
{
    if (owner_ == nullptr) return;
    const std::lock_guard lock(owner_->mutex_);
    owner_->watched_.remove_if([this](const Watched& watched) { return watched.crumb == crumb_; });
}

void Watchdog::run()
{
    // Often enough to be at most a fifth late.
    const auto pause = std::max(std::min(limits_.loop, limits_.worker) / 5, std::chrono::milliseconds{1});
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, pause, [this] { return ending_; })) {
        const auto now = std::chrono::steady_clock::now();
        for (auto& watched : watched_) look(watched, now);
    }
}

void Watchdog::look(Watched& watched, std::chrono::steady_clock::time_point now) const
{
    const auto calls = watched.crumb->calls.load(std::memory_order_acquire);
    if (calls != watched.calls || watched.unchanged_since == std::chrono::steady_clock::time_point{}) {
        watched.calls = calls;
        watched.unchanged_since = now;
        watched.reported = false;
        return;
    }
    if (watched.reported || now - watched.unchanged_since < watched.limit) return;
    const char* plugin = watched.crumb->plugin.load(std::memory_order_relaxed);
    const char* function = watched.crumb->function.load(std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_acquire);
    const bool is_same_call = calls % 2 == 0 && watched.crumb->calls.load(std::memory_order_relaxed) == calls;
    if (plugin == nullptr || !is_same_call) return;
    watched.reported = true;
    log_.error("plug-in {} has been in {} for {} ms and {}", plugin, function,
               std::chrono::duration_cast<std::chrono::milliseconds>(now - watched.unchanged_since).count(),
               watched.consequence);
}

}  // namespace shoal::host
