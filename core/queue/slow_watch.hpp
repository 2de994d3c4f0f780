#pragma once

#include "environment/time.hpp"

#include <cstdint>
#include <optional>

namespace shoal::queue {

// Is a running torrent slow? It is when it stayed below a rate for minutes, and no more when it stayed above for one: a rate that
// goes up and down changes nothing.
class SlowWatch {
public:
    struct Settings {
        std::uint64_t rate = 2048;  // octets a second; of payload, in the direction that matters
        environment::Duration slow_after = std::chrono::minutes{5};
        environment::Duration fast_after = std::chrono::minutes{1};
    };

    // Every few seconds while it runs.
    bool update(const Settings& settings, environment::Time now, std::uint64_t rate)
    {
        if ((rate < settings.rate) == is_slow_) {
            otherwise_since_.reset();
            return is_slow_;
        }
        if (!otherwise_since_) otherwise_since_ = now;
        if (now - *otherwise_since_ >= (is_slow_ ? settings.fast_after : settings.slow_after)) {
            is_slow_ = !is_slow_;
            otherwise_since_.reset();
        }
        return is_slow_;
    }

    // When it starts again it has all its time.
    void on_stopped() { *this = {}; }

    bool is_slow() const { return is_slow_; }

private:
    bool is_slow_ = false;
    std::optional<environment::Time> otherwise_since_;  // the rate says the other thing since then
};

}  // namespace shoal::queue
