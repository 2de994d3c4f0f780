#pragma once

#include "net/live_loop.hpp"
#include "net/live_network.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <ctime>

namespace shoal::net::test {

// A live loop with its network, and a way to wait that cannot hang.
struct Machine {
    LiveLoop loop;
    LiveNetwork network{loop};

    // Turns until it is true. A test whose condition never comes fails after `patience`.
    bool turn_until(UniqueFunction<bool()> done, environment::Duration patience = std::chrono::seconds{20})
    {
        environment::Timer guard(loop);
        guard.start(patience, [this] { loop.stop(); });
        return loop.run_until(std::move(done));
    }

    void turn_for(environment::Duration duration)
    {
        environment::Timer end(loop);
        end.start(duration, [this] { loop.stop(); });
        loop.run();
    }
};

// Of the calling thread, so far.
inline std::chrono::milliseconds thread_cpu_time()
{
    timespec used{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return std::chrono::milliseconds{used.tv_sec * 1000 + used.tv_nsec / 1'000'000};
}

inline Endpoint loopback(std::uint16_t port = 0)
{
    return {Address::from_v4(0x7f000001), port};
}

inline Endpoint loopback6(std::uint16_t port = 0)
{
    return {*Address::parse("::1"), port};
}

}  // namespace shoal::net::test
