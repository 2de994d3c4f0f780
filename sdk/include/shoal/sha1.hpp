// SHA-1 (FIPS 180-4 §6.1): the piece hashes and info-hashes of BEP 3. Portable, and of no use for signatures.
// The core hashes pieces with a faster library; plug-ins and tools use this one.
#pragma once

#include <shoal/bytes.hpp>
#include <shoal/detail/block_hash.hpp>
#include <shoal/ids.hpp>

#include <array>
#include <bit>
#include <cstdint>

namespace shoal {

/// update() any number of times, then finish() once; the object is spent after that.
class Sha1 : public detail::BlockHash<Sha1, 5> {
    using Base = detail::BlockHash<Sha1, 5>;
    friend Base;

public:
    Sha1() noexcept : Base({0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0}) {}

    [[nodiscard]] Hash20 finish() noexcept
    {
        Hash20 digest;
        finish_into(digest.bytes.data());
        return digest;
    }

    [[nodiscard]] static Hash20 of(ByteView bytes) noexcept
    {
        Sha1 hash;
        hash.update(bytes);
        return hash.finish();
    }

private:
    void compress(const std::byte* block) noexcept
    {
        std::array<std::uint32_t, 80> w;
        for (std::size_t t = 0; t < 16; ++t) w[t] = load_be<std::uint32_t>(block + t * 4);
        for (std::size_t t = 16; t < 80; ++t)
            w[t] = std::rotl(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);

        auto s = state_;
        rounds(s, &w[0], 0x5a827999, [](auto b, auto c, auto d) { return (b & c) | (~b & d); });
        rounds(s, &w[20], 0x6ed9eba1, [](auto b, auto c, auto d) { return b ^ c ^ d; });
        rounds(s, &w[40], 0x8f1bbcdc, [](auto b, auto c, auto d) { return (b & c) | (b & d) | (c & d); });
        rounds(s, &w[60], 0xca62c1d6, [](auto b, auto c, auto d) { return b ^ c ^ d; });
        for (std::size_t i = 0; i < s.size(); ++i) state_[i] += s[i];
    }

    template <class F>
    static void rounds(State& s, const std::uint32_t* w, std::uint32_t k, F f) noexcept
    {
        auto [a, b, c, d, e] = s;
        for (int t = 0; t < 20; ++t) {
            const std::uint32_t next = std::rotl(a, 5) + f(b, c, d) + e + k + w[t];
            e = d;
            d = c;
            c = std::rotl(b, 30);
            b = a;
            a = next;
        }
        s = {a, b, c, d, e};
    }
};

} // namespace shoal
