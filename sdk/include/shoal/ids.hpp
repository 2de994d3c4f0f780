// Names of things: handles, hashes, info-hashes and peer ids, each a type of its own so that none is taken
// for another. Plain values with a total order; std::hash is for look-ups, never for an order.
#pragma once

#include <shoal/assert.hpp>
#include <shoal/bytes.hpp>
#include <shoal/hex.hpp>
#include <shoal/result.hpp>

#include <algorithm>
#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace shoal {

template <class Tag, class Int>
class StrongId {
public:
    using value_type = Int;

    constexpr StrongId() = default;
    constexpr explicit StrongId(Int value) noexcept : value_(value) {}

    [[nodiscard]] constexpr Int value() const noexcept { return value_; }

    friend constexpr auto operator<=>(StrongId, StrongId) = default;

private:
    Int value_{};
};

/// Handles carry a generation in their upper bits, so that a stale one is recognised; 0 names nothing.
using PeerHandle = StrongId<struct PeerHandleTag, std::uint64_t>;
using TorrentHandle = StrongId<struct TorrentHandleTag, std::uint64_t>;

/// A fixed number of bytes with a meaning.
template <class Tag, std::size_t Size>
struct FixedBytes {
    static constexpr std::size_t size = Size;

    std::array<std::byte, Size> bytes{};

    /// Exactly `size` bytes, or bad_input.
    [[nodiscard]] static Result<FixedBytes> from(ByteView source)
    {
        if (source.size() != Size) {
            return make_error(Errc::bad_input, "expected " + std::to_string(Size) + " bytes, found "
                                                   + std::to_string(source.size()));
        }
        FixedBytes made;
        std::ranges::copy(source, made.bytes.begin());
        return made;
    }

    [[nodiscard]] ByteView view() const noexcept { return bytes; }
    [[nodiscard]] std::string hex() const { return to_hex(bytes); }

    friend bool operator==(const FixedBytes&, const FixedBytes&) = default;

    friend std::strong_ordering operator<=>(const FixedBytes& a, const FixedBytes& b) noexcept
    {
        return std::memcmp(a.bytes.data(), b.bytes.data(), Size) <=> 0;
    }
};

/// SHA-1 and SHA-256 digests.
using Hash20 = FixedBytes<struct Hash20Tag, 20>;
using Hash32 = FixedBytes<struct Hash32Tag, 32>;

/// The 20 bytes a peer calls itself in the handshake (BEP 3, BEP 20). Bytes, not text.
using WirePeerId = FixedBytes<struct WirePeerIdTag, 20>;

/// What a torrent is called: by BEP 3 (v1), by BEP 52 (v2), or both for a hybrid. At least one is present.
struct InfoHash {
    std::optional<Hash20> v1;
    std::optional<Hash32> v2;

    /// The 20 bytes that handshakes, trackers and the DHT carry: v1, else v2 cut short (BEP 52).
    [[nodiscard]] Hash20 wire() const
    {
        if (v1) return *v1;
        SHOAL_ASSERT(v2.has_value());
        Hash20 cut;
        std::copy_n(v2->bytes.begin(), Hash20::size, cut.bytes.begin());
        return cut;
    }

    /// 40 digits of v1, else all 64 of v2: the way people write it.
    [[nodiscard]] std::string hex() const
    {
        SHOAL_ASSERT(v1 || v2);
        return v1 ? v1->hex() : v2->hex();
    }

    friend bool operator==(const InfoHash&, const InfoHash&) = default;
    friend std::strong_ordering operator<=>(const InfoHash&, const InfoHash&) = default;
};

} // namespace shoal

template <class Tag, class Int>
struct std::hash<shoal::StrongId<Tag, Int>> {
    std::size_t operator()(shoal::StrongId<Tag, Int> id) const noexcept
    {
        return std::hash<Int>{}(id.value());
    }
};

template <class Tag, std::size_t Size>
struct std::hash<shoal::FixedBytes<Tag, Size>> {
    std::size_t operator()(const shoal::FixedBytes<Tag, Size>& id) const noexcept
    {
        return std::hash<std::string_view>{}(shoal::as_text(id.bytes));
    }
};

template <>
struct std::hash<shoal::InfoHash> {
    std::size_t operator()(const shoal::InfoHash& id) const noexcept
    {
        const auto v1 = std::hash<std::optional<shoal::Hash20>>{}(id.v1);
        const auto v2 = std::hash<std::optional<shoal::Hash32>>{}(id.v2);
        return v1 * 31 + v2;
    }
};
