#include "daemon/wall_clock.hpp"

#include <chrono>
#include <ctime>

namespace shoal::daemon {

std::int64_t unix_time()
{
    return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

queue::LocalTime local_time()
{
    const auto now = static_cast<std::time_t>(unix_time());
    std::tm fields{};
    ::localtime_r(&now, &fields);
    return {.weekday = static_cast<unsigned>(fields.tm_wday + 6) % 7,  // ours begins on Monday
            .hour = static_cast<unsigned>(fields.tm_hour),
            .minute = static_cast<unsigned>(fields.tm_min),
            .second = static_cast<unsigned>(fields.tm_sec)};
}

}  // namespace shoal::daemon
