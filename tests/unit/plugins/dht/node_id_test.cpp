#include "node_id.hpp"

#include <shoal/crc32c.hpp>
#include "numbers.hpp"

#include <catch2/catch.hpp>

namespace shoal::test {

using namespace dht;

TEST_CASE("the checksum of ids is CRC-32C", "[dht]")
{
    CHECK(crc32c(as_bytes("123456789")) == 0xe3069283U); // the check value of its catalogue
    CHECK(crc32c({}) == 0U);
}

TEST_CASE("the ids of BEP 42's table are proper at their addresses, and nowhere else", "[dht]")
{
    struct Row {
        const char* address;
        const char* id;
    };
    const Row rows[] = {{"124.31.75.21", "5fbfbff10c5d6a4ec8a88e4c6ab4c28b95eee401"},
                        {"21.75.31.124", "5a3ce9c14e7a08645677bbd1cfe7d8f956d53256"},
                        {"65.23.51.170", "a5d43220bc8f112a3d426c84764f8c2a1150e616"},
                        {"84.124.73.14", "1b0321dd1bb1fe518101ceef99462b947a01ff41"},
                        {"43.213.53.83", "e56f6cbf5b7c4be0237986d5243b87aa6d51305a"}};
    for (const auto& row : rows) {
        CHECK(is_proper_id(id(row.id), ip(row.address)));
        CHECK_FALSE(is_proper_id(id(row.id), ip("124.31.75.22")));
    }
    CHECK_FALSE(is_proper_id(id("5fbfb7f10c5d6a4ec8a88e4c6ab4c28b95eee401"), ip("124.31.75.21"))); // bit 21
    CHECK(is_proper_id(id("5fbfb8f10c5d6a4ec8a88e4c6ab4c28b95eee401"), ip("124.31.75.21")));       // bits beyond
}

TEST_CASE("an id made for an address is proper there", "[dht]")
{
    Numbers numbers;
    for (const auto* address : {"124.31.75.21", "2001:db8:1234:5678::1", "203.0.113.200"}) {
        const auto made = id_for(ip(address), numbers);
        CHECK(is_proper_id(made, ip(address)));
        CHECK(made != id_for(ip(address), numbers));
    }
    // Of IPv6 the upper half counts, of IPv4 the upper bits.
    const auto made = id_for(ip("2001:db8:1234:5678::1"), numbers);
    CHECK(is_proper_id(made, ip("2001:db8:1234:5678::2")));
    CHECK_FALSE(is_proper_id(made, ip("2001:db8:1234:5679::1")));
}

TEST_CASE("local addresses may have any id", "[dht]")
{
    for (const auto* address : {"127.0.0.1", "10.1.2.3", "192.168.1.1", "169.254.1.1", "::1", "fe80::1", "fd00::1"}) {
        CHECK(is_proper_id(id("ff"), ip(address)));
    }
    CHECK_FALSE(is_proper_id(id("ff"), ip("8.8.8.8")));
}

TEST_CASE("distance is exclusive or, read as a number", "[dht]")
{
    CHECK(shared_bits(id("00"), id("00")) == 160);
    CHECK(shared_bits(id("00"), id("80")) == 0);
    CHECK(shared_bits(id("f0"), id("f1")) == 7);
    CHECK(shared_bits(id("0000000000000000000000000000000000000000"),
                      id("0000000000000000000000000000000000000001"))
          == 159);
    CHECK(is_closer(id("10"), id("20"), id("00")));
    CHECK_FALSE(is_closer(id("10"), id("20"), id("30")));
    CHECK_FALSE(is_closer(id("10"), id("10"), id("30")));
}

TEST_CASE("a random id of a bucket shares so many bits and no more", "[dht]")
{
    Numbers numbers;
    const auto own = random_id(numbers);
    for (const unsigned bits : {0U, 1U, 7U, 8U, 21U, 158U, 159U}) {
        CHECK(shared_bits(own, random_id_in_bucket(own, bits, numbers)) == bits);
    }
}

} // namespace shoal::test
