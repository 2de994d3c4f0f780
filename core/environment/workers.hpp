#pragma once

#include "environment/loop.hpp"

namespace shoal::environment {

// Blocking work: disk, checking, hashing what was read. Live it is a pool of threads; in the lab the work runs at its turn
// and its completion is posted at a modelled virtual time.
class Workers {
public:
    virtual ~Workers() = default;

    // Runs `work` on a worker [worker], then `done` on the loop that called. Both run exactly once. [loop]
    virtual void run(Task work, Task done) = 0;

    // The work that calls it goes on so much later, its worker busy with nothing meanwhile: sleep, live; virtual time, in the lab,
    // where no clock moves while work runs. From inside work alone. [worker]
    virtual void pause(Duration time) = 0;

    virtual std::uint32_t count() const = 0;
};

}  // namespace shoal::environment
