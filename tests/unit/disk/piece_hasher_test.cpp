#include "disk/piece_hasher.hpp"

#include <shoal/random.hpp>
#include <shoal/sha1.hpp>

#include <catch2/catch.hpp>

#include <utility>

using namespace shoal;
using disk::PieceHasher;

TEST_CASE("the hasher knows the answers of FIPS 180", "[disk]")
{
    PieceHasher hasher;
    CHECK(hasher.finish().hex() == "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    hasher.update(as_bytes(std::string_view("abc")));
    CHECK(hasher.finish().hex() == "a9993e364706816aba3e25717850c26c9cd0d89d");
}

TEST_CASE("the hasher agrees with the SDK's, however the octets are cut", "[disk]")
{
    Bytes octets(100'000);
    RandomStream random(1, 1);
    random.fill(octets);
    PieceHasher hasher;
    for (int i = 0; i < 20; ++i) {
        auto rest = ByteView(octets);
        while (!rest.empty()) {
            const auto part = std::min<std::size_t>(rest.size(), random.below(20'000));
            hasher.update(rest.first(part));
            rest = rest.subspan(part);
        }
        REQUIRE(hasher.finish() == Sha1::of(octets));
    }
}

TEST_CASE("a hasher that is moved goes on", "[disk]")
{
    PieceHasher first;
    first.update(as_bytes(std::string_view("a")));
    PieceHasher second = std::move(first);
    second.update(as_bytes(std::string_view("bc")));
    CHECK(second.finish().hex() == "a9993e364706816aba3e25717850c26c9cd0d89d");
}
