// What SHA-1 and SHA-256 share (FIPS 180-4 §5): 64-byte blocks, and padding that ends in the length in bits.
#pragma once

#include <shoal/bytes.hpp>

#include <algorithm>
#include <array>
#include <cstdint>

namespace shoal::detail {

/// Feeds `compress(block)` with whole blocks. The digest is the state, big-endian, `Words` words long.
template <class Derived, std::size_t Words>
class BlockHash {
public:
    static constexpr std::size_t block_size = 64;

    void update(ByteView bytes) noexcept
    {
        length_ += bytes.size();
        if (filled_ > 0) {
            bytes = bytes.subspan(top_up(bytes));
            if (filled_ < block_size) return;
            derived().compress(block_.data());
            filled_ = 0;
        }
        for (; bytes.size() >= block_size; bytes = bytes.subspan(block_size))
            derived().compress(bytes.data());
        top_up(bytes);
    }

protected:
    using State = std::array<std::uint32_t, Words>;

    explicit constexpr BlockHash(const State& initial) noexcept : state_(initial) {}

    /// Pads, writes the digest and leaves the object spent.
    void finish_into(std::byte* digest) noexcept
    {
        static constexpr std::array<std::byte, block_size> padding{std::byte{0x80}};
        std::array<std::byte, 8> bits;
        store_be(bits.data(), length_ * 8);
        const auto used = filled_ + bits.size();
        update(ByteView(padding).first(used < block_size ? block_size - used : 2 * block_size - used));
        update(bits);
        for (std::size_t i = 0; i < Words; ++i) store_be(digest + i * 4, state_[i]);
    }

    State state_;

private:
    Derived& derived() noexcept { return static_cast<Derived&>(*this); }

    std::size_t top_up(ByteView bytes) noexcept
    {
        const auto taken = std::min(bytes.size(), block_size - filled_);
        std::copy_n(bytes.begin(), taken, block_.begin() + static_cast<std::ptrdiff_t>(filled_));
        filled_ += taken;
        return taken;
    }

    std::array<std::byte, block_size> block_;
    std::size_t filled_ = 0;
    std::uint64_t length_ = 0;
};

} // namespace shoal::detail
