// CRC-32C (Castagnoli, reflected), the checksum of BEP 40 and BEP 42. Not a hash against anybody's will.
#pragma once

#include <shoal/bytes.hpp>

#include <array>
#include <cstdint>

namespace shoal {

namespace detail {

[[nodiscard]] constexpr std::array<std::uint32_t, 256> crc32c_table()
{
    constexpr std::uint32_t polynomial = 0x82f63b78;
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < 256; ++i) {
        std::uint32_t rest = i;
        for (int bit = 0; bit < 8; ++bit) rest = (rest & 1) != 0 ? (rest >> 1) ^ polynomial : rest >> 1;
        table[i] = rest;
    }
    return table;
}

} // namespace detail

[[nodiscard]] inline std::uint32_t crc32c(ByteView data) noexcept
{
    static constexpr auto table = detail::crc32c_table();
    std::uint32_t sum = 0xffffffff;
    for (const std::byte octet : data) sum = table[(sum ^ std::to_integer<std::uint32_t>(octet)) & 0xff] ^ (sum >> 8);
    return ~sum;
}

} // namespace shoal
