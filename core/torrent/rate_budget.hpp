#pragma once

#include "environment/time.hpp"

#include <algorithm>
#include <cstdint>

namespace shoal::torrent {

// A token bucket of octets, shared by all torrents of a session in one direction. Holds at most a quarter of
// a second, but always room for two blocks, so that slow limits still move whole blocks. Who spends more than
// there is (a peer may ask for 128 KiB at once) leaves a debt that the time to come pays.
class RateBudget {
public:
    static constexpr std::uint64_t unlimited = 0;
    static constexpr std::uint64_t fastest = std::uint64_t{1} << 40;

    // More than `fastest` counts as that.
    explicit RateBudget(std::uint64_t octets_per_second)
        : rate_(std::min(octets_per_second, fastest)), tokens_(most())
    {
    }

    bool is_limited() const { return rate_ != unlimited; }
    std::uint64_t rate() const { return rate_; }

    std::uint64_t available(environment::Time now)
    {
        if (!is_limited()) return UINT64_MAX;
        refill(now);
        return static_cast<std::uint64_t>(std::max<std::int64_t>(tokens_, 0));
    }

    void spend(std::uint64_t octets)
    {
        if (is_limited()) tokens_ -= static_cast<std::int64_t>(octets);
    }

private:
    std::int64_t most() const
    {
        return static_cast<std::int64_t>(std::max<std::uint64_t>(rate_ / 4, 2 * 16384));
    }

    void refill(environment::Time now)
    {
        const auto passed = static_cast<std::uint64_t>(
            std::chrono::duration_cast<std::chrono::microseconds>(now - filled_).count());
        const std::uint64_t earned = std::min<std::uint64_t>(passed, 1'000'000) * rate_ / 1'000'000;
        if (earned == 0) return;
        tokens_ = std::min(tokens_ + static_cast<std::int64_t>(earned), most());
        filled_ = now;
    }

    std::uint64_t rate_;
    std::int64_t tokens_;
    environment::Time filled_{};
};

}  // namespace shoal::torrent
