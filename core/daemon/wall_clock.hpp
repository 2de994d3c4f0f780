#pragma once

#include "queue/timetable.hpp"

#include <cstdint>

// What time it is outside. It jumps when somebody sets the clock: nothing that must not is measured by it.
namespace shoal::daemon {

std::int64_t unix_time();       // seconds since 1970 [any]
queue::LocalTime local_time();  // where the machine is [any]

}  // namespace shoal::daemon
