#include "node_id.hpp"

#include <shoal/crc32c.hpp>

#include <shoal/local_network.hpp>

#include <algorithm>
#include <array>
#include <bit>

namespace shoal::dht {
namespace {

constexpr std::array<std::uint8_t, 4> v4_mask = {0x03, 0x0f, 0x3f, 0xff};
constexpr std::array<std::uint8_t, 8> v6_mask = {0x01, 0x03, 0x07, 0x0f, 0x1f, 0x3f, 0x7f, 0xff};

constexpr unsigned flip_bit = 0x80;

/// The first 21 bits of the id, by BEP 42, in the upper bits of the result.
std::uint32_t id_prefix(const Address& given, unsigned chance) noexcept
{
    const auto address = given.unmapped();
    std::array<std::byte, 8> octets{};
    const std::size_t size = address.v6 ? v6_mask.size() : v4_mask.size();
    for (std::size_t i = 0; i < size; ++i) {
        octets[i] = address.bytes[i] & std::byte{address.v6 ? v6_mask[i] : v4_mask[i]};
    }
    octets[0] |= static_cast<std::byte>((chance & 7) << 5);
    return crc32c(ByteView(octets).first(size)) & 0xfffff800U;
}

} // namespace

unsigned shared_bits(const NodeId& a, const NodeId& b) noexcept
{
    for (std::size_t i = 0; i < NodeId::size; ++i) {
        const auto difference = std::to_integer<std::uint8_t>(a.bytes[i] ^ b.bytes[i]);
        if (difference != 0) return static_cast<unsigned>(i * 8) + static_cast<unsigned>(std::countl_zero(difference));
    }
    return id_bits;
}

bool is_closer(const NodeId& a, const NodeId& b, const NodeId& target) noexcept
{
    for (std::size_t i = 0; i < NodeId::size; ++i) {
        const auto from_a = a.bytes[i] ^ target.bytes[i];
        const auto from_b = b.bytes[i] ^ target.bytes[i];
        if (from_a != from_b) return from_a < from_b;
    }
    return false;
}

NodeId random_id(RandomSource& random)
{
    NodeId id;
    random.fill(id.bytes);
    return id;
}

NodeId random_id_in_bucket(const NodeId& base, unsigned bits, RandomSource& random)
{
    auto id = random_id(random);
    for (unsigned bit = 0; bit <= std::min(bits, id_bits - 1); ++bit) {
        const auto mask = static_cast<std::byte>(flip_bit >> (bit % 8));
        const auto wanted = bit < bits ? base.bytes[bit / 8] : ~base.bytes[bit / 8];
        id.bytes[bit / 8] = (id.bytes[bit / 8] & ~mask) | (wanted & mask);
    }
    return id;
}

NodeId id_for(const Address& address, RandomSource& random)
{
    auto id = random_id(random);
    const auto chance = std::to_integer<unsigned>(id.bytes[19]);
    const auto prefix = id_prefix(address, chance);
    id.bytes[0] = static_cast<std::byte>(prefix >> 24);
    id.bytes[1] = static_cast<std::byte>(prefix >> 16);
    id.bytes[2] = static_cast<std::byte>((prefix >> 8) & 0xf8) | (id.bytes[2] & std::byte{0x07});
    return id;
}

bool is_proper_id(const NodeId& id, const Address& address) noexcept
{
    if (is_local_address(address)) return true;
    const auto prefix = id_prefix(address, std::to_integer<unsigned>(id.bytes[19]));
    return (load_be<std::uint32_t>(id.bytes.data()) & 0xfffff800U) == prefix;
}

} // namespace shoal::dht
