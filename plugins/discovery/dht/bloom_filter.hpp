// The sets of addresses of BEP 33: 256 octets, two bits an address, so that sets can be united and counted.
#pragma once

#include "message.hpp"

#include <shoal/bytes.hpp>
#include <shoal/endpoint.hpp>

#include <array>
#include <cstddef>

namespace shoal::dht {

class BloomFilter {
public:
    void insert(const Address& address);
    [[nodiscard]] bool contains(const Address& address) const;

    /// `octets` has the size of a filter.
    void unite(ByteView octets);

    /// How many addresses are in there, about. Breaks down above 6,000.
    [[nodiscard]] double estimate() const;

    [[nodiscard]] ByteView view() const noexcept { return bits_; }

private:
    std::array<std::byte, filter_size> bits_{};
};

} // namespace shoal::dht
