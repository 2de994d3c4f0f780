#include "host/watchdog.hpp"

#include <algorithm>

namespace shoal::host {

Watchdog::Watchdog(Log log, std::chrono::milliseconds limit)
    : log_(std::move(log)), limit_(limit), thread_([this] { run(); })
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

Watchdog::Lease Watchdog::watch_this_thread()
{
    const std::lock_guard lock(mutex_);
    watched_.push_back({&breadcrumb(), 0, {}, false});
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
    const auto pause = std::max(limit_ / 5, std::chrono::milliseconds{1});
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
    if (watched.reported || now - watched.unchanged_since < limit_) return;
    const char* plugin = watched.crumb->plugin.load(std::memory_order_relaxed);
    const char* function = watched.crumb->function.load(std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_acquire);
    const bool is_same_call = calls % 2 == 0 && watched.crumb->calls.load(std::memory_order_relaxed) == calls;
    if (plugin == nullptr || !is_same_call) return;
    watched.reported = true;
    log_.error("plug-in {} has been in {} for {} ms and nothing else can run", plugin, function,
               std::chrono::duration_cast<std::chrono::milliseconds>(now - watched.unchanged_since).count());
}

}  // namespace shoal::host
