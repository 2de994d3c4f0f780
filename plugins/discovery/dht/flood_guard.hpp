// How much of a stranger is listened to, and how much strangers get to hear: a forged source makes whoever answers
// a tool against somebody else.
#pragma once

#include "tokens.hpp"

#include <shoal/endpoint.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>

namespace shoal::dht {

/// So many units a second, and a burst of them after a pause.
class Allowance {
public:
    Allowance(std::uint64_t per_second, std::uint64_t burst) noexcept
        : per_second_(per_second), burst_(burst), left_(burst * second) {}

    /// True, and spent; or false, and nothing is.
    bool spend(std::uint64_t units, Time now) noexcept;

    /// When one unit will be there.
    [[nodiscard]] Time ready_at(Time now) noexcept;

private:
    static constexpr std::uint64_t second = 1'000'000'000; // parts of a unit, so that nothing is lost to rounding

    void refill(Time now) noexcept;

    std::uint64_t per_second_;
    std::uint64_t burst_;
    std::uint64_t left_;
    Time filled_{};
};

/// Datagrams that nobody asked for, by origin. Who goes on above the limit is not heard at all for a while.
class FloodGuard {
public:
    struct Limits {
        std::uint64_t per_second = 5;
        std::uint64_t burst = 40;      // 50 in the first ten seconds, as others count
        std::uint64_t tolerated = 50;  // dropped, one forgiven a second; then comes the ban
        std::chrono::nanoseconds ban = std::chrono::minutes{5};
        std::size_t origins = 4096;    // remembered; the one that was silent longest goes
    };

    explicit FloodGuard(const Limits& limits) : limits_(limits) {}

    enum class Verdict { heard, dropped, banned };

    [[nodiscard]] bool is_banned(const Endpoint& from, Time now);
    Verdict count(const Endpoint& from, Time now);

    [[nodiscard]] std::size_t origins() const noexcept { return origins_.size(); }

private:
    struct Origin {
        Allowance allowance;
        Allowance patience;
        std::list<Endpoint>::iterator place;
    };

    Origin& visit(const Endpoint& origin);

    Limits limits_;
    std::map<Endpoint, Origin> origins_;
    std::list<Endpoint> by_silence_; // longest first
    std::map<Endpoint, Time> banned_; // until when; the few that are
};

} // namespace shoal::dht
