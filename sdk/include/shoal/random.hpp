// Repeatable random numbers: Philox4x32-10, a counter-based generator (Salmon, Moraes, Dror, Shaw: "Parallel
// random numbers: as easy as 1, 2, 3", SC'11). A stream is named by (experiment, stream), not by who drew
// before: swapping one component leaves everybody else's numbers alone. Never for secrets.
#pragma once

#include <shoal/assert.hpp>
#include <shoal/bytes.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <utility>

namespace shoal {

using PhiloxCounter = std::array<std::uint32_t, 4>;
using PhiloxKey = std::array<std::uint32_t, 2>;

/// The ten-round bijection of the paper, known answers in the test.
[[nodiscard]] constexpr PhiloxCounter philox4x32_10(PhiloxCounter counter, PhiloxKey key) noexcept
{
    for (int round = 0; round < 10; ++round) {
        const std::uint64_t p0 = std::uint64_t{0xd2511f53} * counter[0];
        const std::uint64_t p1 = std::uint64_t{0xcd9e8d57} * counter[2];
        counter = {static_cast<std::uint32_t>(p1 >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(p1),
                   static_cast<std::uint32_t>(p0 >> 32) ^ counter[3] ^ key[1],
                   static_cast<std::uint32_t>(p0)};
        key[0] += 0x9e3779b9;
        key[1] += 0xbb67ae85;
    }
    return counter;
}

namespace detail {

struct Product128 {
    std::uint64_t high;
    std::uint64_t low;
};

// __int128 is not standard C++ and -Wpedantic says so.
constexpr Product128 multiply(std::uint64_t a, std::uint64_t b) noexcept
{
    constexpr std::uint64_t half = 0xffffffff;
    const auto low = (a & half) * (b & half);
    const auto middle = (a >> 32) * (b & half) + (low >> 32);
    const auto other = (a & half) * (b >> 32) + (middle & half);
    return {(a >> 32) * (b >> 32) + (middle >> 32) + (other >> 32), (other << 32) | (low & half)};
}

} // namespace detail

/// 2^64 blocks of two numbers each. Copying copies the position. Same numbers on every compiler and machine.
class RandomStream {
public:
    constexpr RandomStream(std::uint64_t experiment, std::uint64_t stream) noexcept
        : experiment_(experiment), stream_(stream)
    {
    }

    constexpr std::uint64_t next() noexcept
    {
        if (has_spare_) {
            has_spare_ = false;
            return spare_;
        }
        const auto [first, second] = block(experiment_, position_++, stream_);
        spare_ = second;
        has_spare_ = true;
        return first;
    }

    /// Uniform in [0, n), n > 0, without bias (Lemire 2019: "Fast random integer generation in an interval").
    constexpr std::uint64_t below(std::uint64_t n)
    {
        SHOAL_ASSERT(n > 0);
        auto product = detail::multiply(next(), n);
        if (product.low < n) {
            const auto threshold = (0 - n) % n;
            while (product.low < threshold) product = detail::multiply(next(), n);
        }
        return product.high;
    }

    /// True `numerator` times in `denominator`.
    constexpr bool chance(std::uint64_t numerator, std::uint64_t denominator)
    {
        return below(denominator) < numerator;
    }

    /// Fisher and Yates, from the back. std::shuffle may differ from one library to the next; this does not.
    template <class It>
    constexpr void shuffle(It first, It last)
    {
        using Distance = typename std::iterator_traits<It>::difference_type;
        for (auto left = last - first; left > 1; --left) {
            const auto chosen = static_cast<Distance>(below(static_cast<std::uint64_t>(left)));
            std::iter_swap(first + (left - 1), first + chosen);
        }
    }

    void fill(MutableBytes out) noexcept
    {
        while (!out.empty()) {
            std::array<std::byte, 8> bytes;
            store_le(bytes.data(), next());
            const auto length = std::min(out.size(), bytes.size());
            std::copy_n(bytes.begin(), length, out.begin());
            out = out.subspan(length);
        }
    }

    /// A stream of its own, named by this one's name and `substream`; what was drawn here does not matter.
    [[nodiscard]] constexpr RandomStream fork(std::uint64_t substream) const noexcept
    {
        // Another key than the stream's own numbers have, so that no fork repeats them.
        const auto [experiment, stream] = block(~experiment_, substream, stream_);
        return {experiment, stream};
    }

private:
    static constexpr std::pair<std::uint64_t, std::uint64_t> block(std::uint64_t key, std::uint64_t low,
                                                                   std::uint64_t high) noexcept
    {
        const auto lower = [](std::uint64_t v) { return static_cast<std::uint32_t>(v); };
        const auto upper = [](std::uint64_t v) { return static_cast<std::uint32_t>(v >> 32); };
        const auto out =
            philox4x32_10({lower(low), upper(low), lower(high), upper(high)}, {lower(key), upper(key)});
        return {(std::uint64_t{out[1]} << 32) | out[0], (std::uint64_t{out[3]} << 32) | out[2]};
    }

    std::uint64_t experiment_;
    std::uint64_t stream_;
    std::uint64_t position_ = 0;
    std::uint64_t spare_ = 0;
    bool has_spare_ = false;
};

} // namespace shoal
