#include "bloom_filter.hpp"

#include "numbers.hpp"

#include <catch2/catch.hpp>

namespace shoal::test {

using namespace dht;

TEST_CASE("the filter of BEP 33's vector, and its estimate", "[dht]")
{
    BloomFilter filter;
    for (std::uint32_t i = 0; i < 256; ++i) filter.insert(Address::from_v4(0xc0000200 + i));
    auto address = ip("2001:db8::");
    for (std::uint32_t i = 0; i < 0x3e8; ++i) {
        store_be(address.bytes.data() + 12, i);
        filter.insert(address);
    }
    CHECK(to_hex(filter.view())
          == "f6c3f5eaa07ffd91bde89f777f26fb2bff37bdb8fb2bbaa2fd3ddde7bacfff75ee7ccbae"
             "fe5eedb1fbfaff67f6abff5e43ddbca3fd9b9ffdf4ffd3e9dff12d1bdf59db53dbe9fa5b"
             "7ff3b8fdfcde1afb8bedd7be2f3ee71ebbbfe93bcdeefe148246c2bc5dbff7e7efdcf24f"
             "d8dc7adffd8fffdfddfff7a4bbeedf5cb95ce81fc7fcff1ff4ffffdfe5f7fdcbb7fd79b3"
             "fa1fc77bfe07fff905b7b7ffc7fefeffe0b8370bb0cd3f5b7f2bd93feb4386cfdd6f7fd5"
             "bfaf2e9ebffffeecd67adbf7c67f17efd5d75eba6ffeba7fff47a91eb1bfbb53e8abfb57"
             "62abe8ff237279bfefbfeef5ffc5febfdfe5adffadfee1fb737ffffbfd9f6aeffeee76b6"
             "fd8f72ef");
    CHECK(filter.estimate() == Approx(1224.9308).margin(0.001));
    CHECK(filter.contains(ip("192.0.2.17")));
}

TEST_CASE("filters unite, and an empty one is empty", "[dht]")
{
    BloomFilter one;
    BloomFilter other;
    CHECK(one.estimate() == 0);
    one.insert(ip("198.51.100.1"));
    other.insert(ip("198.51.100.2"));
    CHECK_FALSE(one.contains(ip("198.51.100.2")));
    one.unite(other.view());
    CHECK(one.contains(ip("198.51.100.1")));
    CHECK(one.contains(ip("198.51.100.2")));
    CHECK(one.estimate() == Approx(2).margin(0.1));
}

} // namespace shoal::test
