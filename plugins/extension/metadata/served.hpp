// What one peer asks of our metadata: how much of it is granted, what waits to be sent.
#pragma once

#include "source.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

namespace shoal::metadata_exchange {

class Served {
public:
    static constexpr std::uint32_t copies_a_minute = 2;
    static constexpr std::uint32_t least_a_minute = 16;     // blocks; small metadata may be asked for more often
    static constexpr std::size_t most_queued = 256;
    // All blocks of the largest metadata asked for at once, in vain, are no offence.
    static constexpr std::uint32_t most_refused = 1'200;    // a minute

    enum class Ruling { serve, reject, disconnect };

    /// `block_count` is 0 while there is nothing to serve. What is served is in the queue.
    Ruling on_request(std::uint32_t block, std::uint32_t block_count, Time now);

    [[nodiscard]] std::optional<std::uint32_t> next() const;
    void on_sent() { queue_.pop_front(); }

private:
    std::deque<std::uint32_t> queue_;
    Time minute_{};
    std::uint32_t granted_ = 0; // this minute
    std::uint32_t refused_ = 0;
};

} // namespace shoal::metadata_exchange
