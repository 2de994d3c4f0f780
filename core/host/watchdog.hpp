#pragma once

#include "host/breadcrumb.hpp"
#include "host/log.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <list>
#include <mutex>
#include <thread>
#include <utility>

namespace shoal::host {

// A thread that notices when a watched thread is stuck in one call into a plug-in, and names it, once a call,
// in the log. It changes nothing: a loop of C++ cannot be unwound. One, made by main; outlives its leases.
class Watchdog {
public:
    // How long a call may take. On a worker it may wait for a disk that has to spin up, or a share on a network.
    struct Limits {
        std::chrono::milliseconds loop = std::chrono::seconds{5};
        std::chrono::milliseconds worker = std::chrono::seconds{30};
    };

    explicit Watchdog(Log log) : Watchdog(std::move(log), Limits{}) {}
    Watchdog(Log log, Limits limits);
    ~Watchdog();
    Watchdog(const Watchdog&) = delete;
    Watchdog& operator=(const Watchdog&) = delete;

    // The calling thread is watched while the lease lives; destroy it on the same thread.
    class Lease {
    public:
        Lease(Lease&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)), crumb_(other.crumb_) {}
        Lease& operator=(Lease&&) = delete;
        ~Lease();

    private:
        friend class Watchdog;
        Lease(Watchdog& owner, const Breadcrumb& crumb) : owner_(&owner), crumb_(&crumb) {}
        Watchdog* owner_;
        const Breadcrumb* crumb_;
    };
    [[nodiscard]] Lease watch_loop();
    [[nodiscard]] Lease watch_worker();

private:
    struct Watched {
        const Breadcrumb* crumb;
        std::chrono::milliseconds limit;
        const char* consequence;
        std::uint64_t calls = 0;  // as last seen
        std::chrono::steady_clock::time_point unchanged_since{};
        bool reported = false;
    };

    Lease watch_this_thread(std::chrono::milliseconds limit, const char* consequence);
    void run();
    void look(Watched& watched, std::chrono::steady_clock::time_point now) const;

    Log log_;
    Limits limits_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::list<Watched> watched_;
    bool ending_ = false;
    std::thread thread_;
};

}  // namespace shoal::host
