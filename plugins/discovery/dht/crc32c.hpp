// CRC-32C (Castagnoli, RFC 3720 appendix B.4): what BEP 42 makes a node id of.
#pragma once

#include <shoal/bytes.hpp>

#include <array>
#include <cstdint>

namespace shoal::dht {

namespace detail {

constexpr std::array<std::uint32_t, 256> crc32c_table() noexcept
{
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < table.size(); ++i) {
        auto value = i;
        for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) != 0 ? 0x82f63b78U : 0U);
        table[i] = value;
    }
    return table;
}

} // namespace detail

[[nodiscard]] inline std::uint32_t crc32c(ByteView octets) noexcept
{
    static constexpr auto table = detail::crc32c_table();
    std::uint32_t value = 0xffffffff;
    for (const auto octet : octets) {
        value = (value >> 8) ^ table[(value ^ std::to_integer<std::uint32_t>(octet)) & 0xff];
    }
    return ~value;
}

} // namespace shoal::dht
