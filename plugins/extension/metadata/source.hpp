// One peer as a source of metadata: what it was asked for and has not answered, and until when it is left alone.
#pragma once

#include <shoal/endpoint.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace shoal::metadata_exchange {

using Time = std::chrono::nanoseconds; // since the host's epoch
using Duration = std::chrono::nanoseconds;

class Source {
public:
    static constexpr std::size_t most_waiting = 3;
    static constexpr Duration patience = std::chrono::seconds{10};
    // An answer that comes later than this after the request was not asked for.
    static constexpr Duration memory = std::chrono::minutes{2};

    /// `size` is what it says, 0: it has none.
    Source(const Address& address, std::uint32_t size, std::uint64_t order, Time rests_until) noexcept
        : address(address), size(size), order(order), rests_until_(rests_until)
    {
    }

    [[nodiscard]] bool is_resting(Time now) const noexcept { return now < rests_until_; }
    [[nodiscard]] std::size_t waiting() const noexcept;
    [[nodiscard]] bool has_room(Time now) const noexcept { return !is_resting(now) && waiting() < most_waiting; }

    void ask(std::uint32_t block, Time now);
    /// An answer has come. False: to nothing that was asked.
    [[nodiscard]] bool answered(std::uint32_t block);
    /// The blocks that it was asked for too long ago; it may still give them, late.
    [[nodiscard]] std::vector<std::uint32_t> expire(Time now);
    /// Nothing more is waited for. The blocks that were.
    std::vector<std::uint32_t> give_up();
    void forget() { asked_.clear(); }

    /// To be left alone for a while, twice as long as the last time unless it was of use in between.
    void rest(Time now, Duration first, Duration longest);
    void was_useful() noexcept { rests_ = 0; }

    Address address;
    std::uint32_t size;
    std::uint64_t order;        // who came first
    std::uint32_t changes = 0;  // of its mind about the size
    std::uint32_t failures = 0; // times it gave part of what turned out false

private:
    struct Asked {
        std::uint32_t block;
        Time at;
        bool is_late = false;
    };

    std::vector<Asked> asked_;
    Time rests_until_;
    std::uint32_t rests_ = 0; // in a row
};

} // namespace shoal::metadata_exchange
