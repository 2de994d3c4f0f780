// How much one peer may tell: messages by the clock, and peers by the number, so that nobody fills the list of candidates alone.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace shoal::peer_exchange {

using Time = std::chrono::nanoseconds; // since the host's epoch
using Duration = std::chrono::nanoseconds;

class Heard {
public:
    static constexpr std::size_t most_at_first = 200; // peers in the first message; BEP 11 has no bound for it
    static constexpr std::size_t most_later = 50;
    // One message a minute, with some tolerance: they wait in queues, and some clients send two at the start.
    static constexpr std::uint32_t most_messages = 3;
    static constexpr Duration message_interval = std::chrono::seconds{50};
    static constexpr std::uint32_t most_ignored = 5; // in a row
    static constexpr std::uint32_t most_peers = 200;
    static constexpr Duration peer_interval = std::chrono::seconds{6};

    enum class Ruling { take, ignore, disconnect };

    Ruling on_message(Time now);
    /// How many peers of the message that was just taken are read.
    [[nodiscard]] std::size_t readable() const noexcept { return taken_ <= 1 ? most_at_first : most_later; }
    /// How many of `count` peers that are of use may be passed on.
    [[nodiscard]] std::size_t take_peers(std::size_t count, Time now);

private:
    // `most` at once, and one more each interval.
    struct Allowance {
        std::uint32_t left;
        Time counted{};

        void refill(std::uint32_t most, Duration interval, Time now);
    };

    Allowance messages_{most_messages};
    Allowance peers_{most_peers};
    std::uint32_t ignored_ = 0;
    std::uint64_t taken_ = 0;
};

} // namespace shoal::peer_exchange
