#pragma once

#include <chrono>
#include <cstdint>

namespace shoal::environment {

// The one time of a session: nanoseconds since the loop's own epoch. Live it is the monotonic clock, in the lab it is
// virtual. There is no now() here on purpose: time is asked of the loop that was passed in.
struct Clock {
    using duration = std::chrono::nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<Clock>;
    static constexpr bool is_steady = true;
};

using Duration = Clock::duration;
using Time = Clock::time_point;

inline constexpr Time time_never = Time::max();

inline std::uint64_t nanoseconds(Time t)
{
    return static_cast<std::uint64_t>(t.time_since_epoch().count());
}

}  // namespace shoal::environment
