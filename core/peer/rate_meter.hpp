#pragma once

#include "environment/time.hpp"

#include <array>
#include <cstdint>

namespace shoal::peer {

// Octets a second over the last 20 s, in one-second steps: the span over which BEP 3 judges a peer. Integers only, so that
// the lab repeats itself.
class RateMeter {
public:
    void add(environment::Time now, std::uint64_t octets)
    {
        advance(now);
        seconds_[at_ % span] += octets;
        total_ += octets;
    }

    // Averages over what has passed when that is less than the span; at least one second.
    std::uint64_t rate(environment::Time now)
    {
        advance(now);
        std::uint64_t sum = 0;
        for (const auto octets : seconds_) sum += octets;
        const std::uint64_t passed = at_ - first_ + 1;
        return sum / (passed < span ? passed : span);
    }

    std::uint64_t total() const { return total_; }

private:
    static constexpr std::uint64_t span = 20;

    void advance(environment::Time now)
    {
        const auto second = static_cast<std::uint64_t>(
            std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count());
        if (!started_) {
            started_ = true;
            first_ = at_ = second;
        }
        for (std::uint64_t steps = 0; at_ < second && steps < span; ++steps) seconds_[++at_ % span] = 0;
        at_ = second > at_ ? second : at_;
    }

    std::array<std::uint64_t, span> seconds_{};
    std::uint64_t first_ = 0;
    std::uint64_t at_ = 0;
    std::uint64_t total_ = 0;
    bool started_ = false;
};

}  // namespace shoal::peer
