// A set of pieces (or blocks): n bits in 64-bit words, so that the words can be lent through the C ABI
// without a copy. Bit i is bit i % 64 of word i / 64; the spare bits of the last word are always zero.
#pragma once

#include <shoal/assert.hpp>
#include <shoal/bytes.hpp>
#include <shoal/result.hpp>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace shoal {

/// Bits lent by somebody else: `(size + 63) / 64` words that the lender keeps alive.
struct BitView {
    const std::uint64_t* words = nullptr;
    std::uint32_t size = 0;

    [[nodiscard]] bool test(std::uint32_t i) const
    {
        SHOAL_ASSERT(i < size);
        return ((words[i / 64] >> (i % 64)) & 1) != 0;
    }
};

class Bitfield {
public:
    Bitfield() = default;

    explicit Bitfield(std::uint32_t size, bool value = false)
        : words_((std::size_t{size} + 63) / 64), size_(size)
    {
        if (value) set_all();
    }

    /// The wire form of BEP 3: bit 0 is the highest of the first byte. Exactly ceil(n / 8) bytes with the
    /// spare bits zero; anything else is a protocol_error.
    [[nodiscard]] static Result<Bitfield> from_wire(ByteView wire, std::uint32_t size);
    [[nodiscard]] Bytes to_wire() const;

    [[nodiscard]] std::uint32_t size() const noexcept { return size_; }
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] std::uint32_t count() const noexcept { return count_; }
    [[nodiscard]] bool all() const noexcept { return count_ == size_; }
    [[nodiscard]] bool none() const noexcept { return count_ == 0; }

    [[nodiscard]] bool test(std::uint32_t i) const { return view().test(i); }

    /// Both say whether the bit changed.
    bool set(std::uint32_t i);
    bool reset(std::uint32_t i);

    void set_all();
    void clear_all();

    /// The first such bit at or after `from`; none where `from` is past the end.
    [[nodiscard]] std::optional<std::uint32_t> find_first_set(std::uint32_t from = 0) const;
    [[nodiscard]] std::optional<std::uint32_t> find_first_unset(std::uint32_t from = 0) const;

    /// Valid until the bitfield is destroyed, moved or assigned to.
    [[nodiscard]] std::span<const std::uint64_t> words() const noexcept { return words_; }
    [[nodiscard]] BitView view() const noexcept { return {words_.data(), size_}; }

    friend bool operator==(const Bitfield&, const Bitfield&) = default;

private:
    // BEP 3 numbers the bits of a byte from the top, a word numbers them from the bottom.
    static constexpr std::uint64_t reverse_each_byte(std::uint64_t word) noexcept
    {
        word = ((word & 0x5555555555555555U) << 1) | ((word >> 1) & 0x5555555555555555U);
        word = ((word & 0x3333333333333333U) << 2) | ((word >> 2) & 0x3333333333333333U);
        return ((word & 0x0f0f0f0f0f0f0f0fU) << 4) | ((word >> 4) & 0x0f0f0f0f0f0f0f0fU);
    }

    [[nodiscard]] std::uint64_t spare_mask() const noexcept
    {
        return size_ % 64 == 0 ? 0 : ~std::uint64_t{0} << (size_ % 64);
    }

    [[nodiscard]] std::optional<std::uint32_t> first_one(std::uint32_t from, std::uint64_t flip) const;

    std::vector<std::uint64_t> words_;
    std::uint32_t size_ = 0;
    std::uint32_t count_ = 0;
};

inline Result<Bitfield> Bitfield::from_wire(ByteView wire, std::uint32_t size)
{
    const auto expected = (std::size_t{size} + 7) / 8;
    if (wire.size() != expected) {
        return make_error(Errc::protocol_error, "bitfield: " + std::to_string(wire.size()) + " bytes for "
                                                    + std::to_string(size) + " bits, which take "
                                                    + std::to_string(expected));
    }
    Bitfield bits(size);
    std::uint32_t count = 0;
    for (std::size_t w = 0; w < bits.words_.size(); ++w) {
        std::byte chunk[8] = {};
        std::ranges::copy(wire.subspan(w * 8, std::min<std::size_t>(8, expected - w * 8)), chunk);
        bits.words_[w] = reverse_each_byte(load_le<std::uint64_t>(chunk));
        count += static_cast<std::uint32_t>(std::popcount(bits.words_[w]));
    }
    if (size > 0 && (bits.words_.back() & bits.spare_mask()) != 0) {
        return make_error(Errc::protocol_error,
                          "bitfield: bits are set beyond the last of " + std::to_string(size));
    }
    bits.count_ = count;
    return bits;
}

inline Bytes Bitfield::to_wire() const
{
    Bytes wire((std::size_t{size_} + 7) / 8);
    for (std::size_t w = 0; w < words_.size(); ++w) {
        std::byte chunk[8];
        store_le(chunk, reverse_each_byte(words_[w]));
        const auto length = std::min<std::size_t>(8, wire.size() - w * 8);
        std::copy_n(chunk, length, wire.data() + w * 8);
    }
    return wire;
}

inline bool Bitfield::set(std::uint32_t i)
{
    if (test(i)) return false;
    words_[i / 64] |= std::uint64_t{1} << (i % 64);
    ++count_;
    return true;
}

inline bool Bitfield::reset(std::uint32_t i)
{
    if (!test(i)) return false;
    words_[i / 64] &= ~(std::uint64_t{1} << (i % 64));
    --count_;
    return true;
}

inline void Bitfield::set_all()
{
    std::ranges::fill(words_, ~std::uint64_t{0});
    if (!words_.empty()) words_.back() &= ~spare_mask();
    count_ = size_;
}

inline void Bitfield::clear_all()
{
    std::ranges::fill(words_, std::uint64_t{0});
    count_ = 0;
}

inline std::optional<std::uint32_t> Bitfield::find_first_set(std::uint32_t from) const
{
    return first_one(from, 0);
}

inline std::optional<std::uint32_t> Bitfield::find_first_unset(std::uint32_t from) const
{
    return first_one(from, ~std::uint64_t{0});
}

inline std::optional<std::uint32_t> Bitfield::first_one(std::uint32_t from, std::uint64_t flip) const
{
    if (from >= size_) return std::nullopt;
    auto mask = ~std::uint64_t{0} << (from % 64);
    for (std::size_t w = from / 64; w < words_.size(); ++w, mask = ~std::uint64_t{0}) {
        const auto word = (words_[w] ^ flip) & mask;
        if (word == 0) continue;
        const auto found = w * 64 + static_cast<std::size_t>(std::countr_zero(word));
        // Flipped spare bits look set.
        if (found >= size_) return std::nullopt;
        return static_cast<std::uint32_t>(found);
    }
    return std::nullopt;
}

} // namespace shoal
