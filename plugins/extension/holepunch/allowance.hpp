// How often something may be done: `most` at once, and one more each `interval`.
#pragma once

#include <chrono>
#include <cstdint>

namespace shoal::holepunch {

class Allowance {
public:
    Allowance(std::uint32_t most, std::chrono::nanoseconds interval) noexcept
        : most_(most), interval_(interval), left_(most)
    {
    }

    /// False: it was done too often already.
    [[nodiscard]] bool take(std::chrono::nanoseconds now);

private:
    std::uint32_t most_;
    std::chrono::nanoseconds interval_;
    std::uint32_t left_;
    std::chrono::nanoseconds counted_{}; // up to here, what came back is in left_
};

} // namespace shoal::holepunch
