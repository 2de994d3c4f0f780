#pragma once

#include "control/registry.hpp"
#include "environment/loop.hpp"

#include <cstdint>
#include <functional>

namespace shoal::daemon {

// What happens to the session as a whole, and to the clock on the wall, for those who do something then: session.started, session.stopping,
// clock.minute. [loop]
class Occasions {
public:
    using Clock = std::function<std::int64_t()>;  // seconds since 1970; may jump

    Occasions(environment::Loop& loop, control::Registry& methods, Clock unix_time);

    // Scripts are read meanwhile: whoever is there when it starts hears of it a moment later.
    void start();
    // Tells that it ends; `then`, a moment later, whether somebody has done something about it or not. Not after our end.
    void stop(environment::Task then);

    static constexpr environment::Duration until_started = std::chrono::seconds{2};
    static constexpr environment::Duration until_stopped = std::chrono::milliseconds{50};

private:
    void wait_for_minute();
    void on_minute();

    control::Registry& methods_;
    Clock unix_time_;
    environment::Timer moment_;
    environment::Timer minute_;
    std::int64_t last_minute_ = 0;
};

}  // namespace shoal::daemon
