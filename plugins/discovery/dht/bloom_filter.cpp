#include "bloom_filter.hpp"

#include <shoal/assert.hpp>
#include <shoal/sha1.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

namespace shoal::dht {
namespace {

constexpr std::size_t filter_bits = filter_size * 8;

std::array<std::size_t, 2> places_of(const Address& address)
{
    const auto hash = Sha1::of(address.view());
    return {load_le<std::uint16_t>(hash.bytes.data()) % filter_bits,
            load_le<std::uint16_t>(hash.bytes.data() + 2) % filter_bits};
}

std::byte bit_of(std::size_t place)
{
    return static_cast<std::byte>(1U << (place % 8));
}

} // namespace

void BloomFilter::insert(const Address& address)
{
    for (const auto place : places_of(address)) bits_[place / 8] |= bit_of(place);
}

bool BloomFilter::contains(const Address& address) const
{
    return std::ranges::all_of(places_of(address), [&](std::size_t place) {
        return (bits_[place / 8] & bit_of(place)) != std::byte{0};
    });
}

void BloomFilter::unite(ByteView octets)
{
    SHOAL_ASSERT(octets.size() == bits_.size());
    for (std::size_t i = 0; i < bits_.size(); ++i) bits_[i] |= octets[i];
}

double BloomFilter::estimate() const
{
    std::size_t zeros = 0;
    for (const auto octet : bits_) {
        zeros += 8 - static_cast<std::size_t>(std::popcount(std::to_integer<unsigned>(octet)));
    }
    constexpr double m = filter_bits;
    const double c = static_cast<double>(std::clamp<std::size_t>(zeros, 1, filter_bits));
    return std::max(0.0, std::log(c / m) / (2 * std::log(1 - 1 / m)));
}

} // namespace shoal::dht
