// How much one address of the local network, and all of them together, may tell us.
#pragma once

#include <shoal/endpoint.hpp>

#include <chrono>
#include <map>

namespace shoal::lsd {

/// Each has an allowance of datagrams that fills up again with time. What is known of addresses is bounded: more of them at a
/// time than most_sources are not listened to.
class SourceLimit {
public:
    using Time = std::chrono::nanoseconds;

    static constexpr std::int64_t burst = 50;
    static constexpr std::int64_t a_second = 5;
    static constexpr std::int64_t burst_of_all = 500;
    static constexpr std::int64_t a_second_of_all = 100;
    static constexpr std::size_t most_sources = 1000;

    [[nodiscard]] bool admits(const Address& source, Time now);

private:
    struct Allowance {
        Time full_at{}; // when nothing is missing any more
    };

    static bool spend(Allowance& allowance, Time now, std::int64_t most, std::int64_t per_second);

    std::map<Address, Allowance> sources_;
    Allowance all_;
};

} // namespace shoal::lsd
