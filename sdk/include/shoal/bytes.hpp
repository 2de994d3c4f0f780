// Bytes, views of bytes, and integers in a stated byte order.
// A view never owns: whoever lends it says how long it lives.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

namespace shoal {

using ByteView = std::span<const std::byte>;
using MutableBytes = std::span<std::byte>;
using Bytes = std::vector<std::byte>;

/// The same memory seen as bytes, and back. Nothing is copied or checked for an encoding.
[[nodiscard]] inline ByteView as_bytes(std::string_view text) noexcept
{
    return std::as_bytes(std::span(text.data(), text.size()));
}

[[nodiscard]] inline std::string_view as_text(ByteView bytes) noexcept
{
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// As out.insert(out.end(), …), of which g++ 12 warns wrongly once it is inlined.
inline void append(Bytes& out, ByteView octets)
{
    const auto before = out.size();
    out.resize(before + octets.size());
    if (!octets.empty()) std::memcpy(out.data() + before, octets.data(), octets.size());
}

template <class T>
concept WireInteger =
    std::same_as<T, std::uint16_t> || std::same_as<T, std::uint32_t> || std::same_as<T, std::uint64_t>;

namespace detail {

template <WireInteger T>
constexpr T reversed(T value) noexcept
{
    if constexpr (sizeof(T) == 2) {
        return static_cast<T>((value << 8) | (value >> 8));
    } else if constexpr (sizeof(T) == 4) {
        return (value << 24) | ((value & 0xff00U) << 8) | ((value >> 8) & 0xff00U) | (value >> 24);
    } else {
        const auto low = static_cast<std::uint32_t>(value);
        const auto high = static_cast<std::uint32_t>(value >> 32);
        return (std::uint64_t{reversed(low)} << 32) | reversed(high);
    }
}

template <std::endian Order, WireInteger T>
constexpr T in_order(T value) noexcept
{
    return std::endian::native == Order ? value : reversed(value);
}

template <std::endian Order, WireInteger T>
T load(const std::byte* from) noexcept
{
    T value;
    std::memcpy(&value, from, sizeof value);
    return in_order<Order>(value);
}

template <std::endian Order, WireInteger T>
void store(std::byte* to, T value) noexcept
{
    value = in_order<Order>(value);
    std::memcpy(to, &value, sizeof value);
}

} // namespace detail

/// Read or write sizeof(T) bytes at any alignment. The caller has checked that they are there.
template <WireInteger T>
[[nodiscard]] T load_be(const std::byte* from) noexcept
{
    return detail::load<std::endian::big, T>(from);
}

template <WireInteger T>
[[nodiscard]] T load_le(const std::byte* from) noexcept
{
    return detail::load<std::endian::little, T>(from);
}

template <WireInteger T>
void store_be(std::byte* to, T value) noexcept
{
    detail::store<std::endian::big, T>(to, value);
}

template <WireInteger T>
void store_le(std::byte* to, T value) noexcept
{
    detail::store<std::endian::little, T>(to, value);
}

} // namespace shoal
