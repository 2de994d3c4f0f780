#pragma once

#include "environment/time.hpp"

#include <cstdint>
#include <optional>

namespace shoal::torrent {

// Octets of payload.
struct Moved {
    std::uint64_t down = 0;
    std::uint64_t up = 0;

    bool operator==(const Moved&) const = default;
    Moved operator-(const Moved& less) const { return {down - less.down, up - less.up}; }
};

struct TrafficStatement {
    Moved since_last;
    Moved total;
    bool is_last = false;
};

// What one peer moved, told now and then: not more often than the interval, and a last time when it goes, so that all statements
// together are what it moved. A peer that moved nothing is never told of.
class TrafficAccount {
public:
    static constexpr environment::Duration interval = std::chrono::seconds{10};

    explicit TrafficAccount(environment::Time opened) : told_at_(opened) {}

    // Nothing: nothing was moved since, or it is too early.
    std::optional<TrafficStatement> take(const Moved& total, environment::Time now)
    {
        if (total == told_ || now - told_at_ < interval) return std::nullopt;
        told_at_ = now;
        return state(total, false);
    }

    // Also when nothing was moved since: whoever keeps books closes them.
    std::optional<TrafficStatement> close(const Moved& total)
    {
        if (total == Moved{}) return std::nullopt;
        return state(total, true);
    }

private:
    TrafficStatement state(const Moved& total, bool is_last)
    {
        const TrafficStatement statement{.since_last = total - told_, .total = total, .is_last = is_last};
        told_ = total;
        return statement;
    }

    Moved told_;
    environment::Time told_at_;
};

}  // namespace shoal::torrent
