// HMAC with SHA-256 (RFC 2104, RFC 4231): who knows the key said this.
#pragma once

#include <shoal/bytes.hpp>
#include <shoal/ids.hpp>
#include <shoal/sha256.hpp>

#include <algorithm>
#include <array>
#include <cstddef>

namespace shoal {

/// update() any number of times, then finish() once; the object is spent after that.
class HmacSha256 {
public:
    explicit HmacSha256(ByteView key) noexcept
    {
        Block padded{};
        if (key.size() > padded.size()) {
            std::ranges::copy(Sha256::of(key).bytes, padded.begin());
        } else {
            std::ranges::copy(key, padded.begin());
        }
        inner_.update(masked(padded, std::byte{0x36}));
        outer_.update(masked(padded, std::byte{0x5c}));
    }

    void update(ByteView bytes) noexcept { inner_.update(bytes); }

    [[nodiscard]] Hash32 finish() noexcept
    {
        outer_.update(inner_.finish().bytes);
        return outer_.finish();
    }

    [[nodiscard]] static Hash32 of(ByteView key, ByteView message) noexcept
    {
        HmacSha256 hmac(key);
        hmac.update(message);
        return hmac.finish();
    }

private:
    using Block = std::array<std::byte, 64>;

    static Block masked(Block block, std::byte mask) noexcept
    {
        for (auto& octet : block) octet ^= mask;
        return block;
    }

    Sha256 inner_;
    Sha256 outer_;
};

/// The time it takes says nothing of where they differ.
[[nodiscard]] inline bool equal_in_constant_time(const Hash32& a, const Hash32& b) noexcept
{
    std::byte differing{};
    for (std::size_t i = 0; i < a.bytes.size(); ++i) differing |= a.bytes[i] ^ b.bytes[i];
    return differing == std::byte{0};
}

} // namespace shoal
