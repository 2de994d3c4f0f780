#pragma once

#include "announcing.hpp"

#include "net/live_environment.hpp"

#include <chrono>

namespace shoal::test {

/// This machine as the ground that announces stand on: real sockets of the loopback device.
struct Machine {
    Ground ground()
    {
        return {environment, environment, [this](UniqueFunction<bool()> done) {
                    environment::Timer guard(live.loop());
                    guard.start(std::chrono::seconds{20}, [this] { live.loop().stop(); });
                    return live.loop().run_until(std::move(done));
                }};
    }

    net::LiveEnvironment live;
    environment::Environment environment = live.environment();
};

} // namespace shoal::test
