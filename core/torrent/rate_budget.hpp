#pragma once

#include "environment/time.hpp"

#include <algorithm>
#include <cstdint>

namespace shoal::torrent {

// A token bucket of octets: one limit in one direction. Holds at most a quarter of a second, but always room for two blocks, so that
// slow limits still move whole blocks. Who spends more than there is (a peer may ask for 128 KiB at once) leaves a debt that the time
// to come pays. Loses nothing to rounding, however often it is asked.
class RateBudget {
public:
    static constexpr std::uint64_t unlimited = 0;
    static constexpr std::uint64_t fastest = std::uint64_t{1} << 40;

    // More than `fastest` counts as that.
    explicit RateBudget(std::uint64_t octets_per_second = unlimited)
        : rate_(std::min(octets_per_second, fastest)), tokens_(most())
    {
    }

    // What was saved under the old limit stays, as far as the new one may hold it; where there was none, nothing was saved.
    void set_rate(std::uint64_t octets_per_second, environment::Time now)
    {
        if (is_limited()) refill(now);
        else tokens_ = 0;
        rate_ = std::min(octets_per_second, fastest);
        tokens_ = std::min(tokens_, most());
        filled_ = now;
        carry_ = 0;
    }

    bool is_limited() const { return rate_ != unlimited; }
    std::uint64_t rate() const { return rate_; }

    std::uint64_t available(environment::Time now)
    {
        if (!is_limited()) return UINT64_MAX;
        refill(now);
        return static_cast<std::uint64_t>(std::max<std::int64_t>(tokens_, 0));
    }

    // How long until so much, which must fit in, is there.
    environment::Duration time_until(std::uint64_t octets, environment::Time now)
    {
        if (available(now) >= octets) return environment::Duration{0};
        const auto missing = octets + static_cast<std::uint64_t>(-std::min<std::int64_t>(tokens_, 0)) -
                             static_cast<std::uint64_t>(std::max<std::int64_t>(tokens_, 0));
        return std::chrono::microseconds{missing * second / rate_ + 1};
    }

    void spend(std::uint64_t octets)
    {
        if (is_limited()) tokens_ -= static_cast<std::int64_t>(octets);
    }

    // What was spent will not be used after all.
    void refund(std::uint64_t octets)
    {
        if (is_limited()) tokens_ = std::min(tokens_ + static_cast<std::int64_t>(std::min(octets, fastest)), most());
    }

private:
    static constexpr std::uint64_t second = 1'000'000;  // the grain of time here

    std::int64_t most() const
    {
        return static_cast<std::int64_t>(std::max<std::uint64_t>(rate_ / 4, 2 * 16384));
    }

    void refill(environment::Time now)
    {
        const auto passed = std::chrono::duration_cast<std::chrono::microseconds>(now - filled_);
        if (passed.count() <= 0) return;
        // In so many seconds it is full from wherever it is.
        const auto enough = (static_cast<std::uint64_t>(most() - tokens_) / rate_ + 1) * second;
        filled_ += passed;
        const auto earned = std::min(static_cast<std::uint64_t>(passed.count()), enough) * rate_ + carry_;
        carry_ = earned % second;
        tokens_ = std::min(tokens_ + static_cast<std::int64_t>(earned / second), most());
    }

    std::uint64_t rate_;
    std::int64_t tokens_;
    std::uint64_t carry_ = 0;  // millionths of an octet
    environment::Time filled_{};
};

}  // namespace shoal::torrent
