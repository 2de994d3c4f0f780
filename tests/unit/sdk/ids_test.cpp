#include <shoal/ids.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <type_traits>
#include <unordered_set>

using namespace shoal;

namespace {

template <class Hash>
Hash filled(char c)
{
    const auto made = Hash::from(as_bytes(std::string(Hash::size, c)));
    REQUIRE(made);
    return *made;
}

} // namespace

TEST_CASE("handles of different things do not mix, and numbers do not become handles", "[ids]")
{
    STATIC_REQUIRE_FALSE(std::is_convertible_v<std::uint64_t, PeerHandle>);
    STATIC_REQUIRE_FALSE(std::is_constructible_v<PeerHandle, TorrentHandle>);
    STATIC_REQUIRE_FALSE(std::is_constructible_v<Hash20, WirePeerId>);
    CHECK(PeerHandle(1) < PeerHandle(2));
    CHECK(PeerHandle(2) == PeerHandle(2));
    CHECK(PeerHandle(7).value() == 7);
    CHECK(PeerHandle().value() == 0);
    CHECK(std::unordered_set<PeerHandle>{PeerHandle(1), PeerHandle(1)}.size() == 1);
}

TEST_CASE("a hash is made of exactly its number of bytes", "[ids]")
{
    CHECK(Hash20::from(as_bytes(std::string(20, 'a'))));
    for (const std::size_t size : {0U, 19U, 21U, 32U}) {
        const auto made = Hash20::from(as_bytes(std::string(size, 'a')));
        REQUIRE_FALSE(made);
        CHECK(made.error().code == Errc::bad_input);
    }
    CHECK(Hash32::from(as_bytes(std::string(32, 'a'))));
    CHECK_FALSE(Hash32::from(as_bytes(std::string(20, 'a'))));
}

TEST_CASE("hashes are ordered as unsigned bytes and print as hexadecimal", "[ids]")
{
    const auto low = filled<Hash20>('\x01');
    const auto high = filled<Hash20>('\xfe');
    CHECK(low < high);
    CHECK(low == filled<Hash20>('\x01'));
    CHECK(high.hex() == "fefefefefefefefefefefefefefefefefefefefe");
    CHECK(std::unordered_set<Hash20>{low, high, low}.size() == 2);
}

TEST_CASE("on the wire an info-hash is v1, else v2 cut to 20 bytes", "[ids]")
{
    const InfoHash v1{.v1 = filled<Hash20>('a'), .v2 = {}};
    const InfoHash v2{.v1 = {}, .v2 = filled<Hash32>('b')};
    const InfoHash hybrid{.v1 = v1.v1, .v2 = v2.v2};
    CHECK(v1.wire() == filled<Hash20>('a'));
    CHECK(v2.wire() == filled<Hash20>('b'));
    CHECK(hybrid.wire() == filled<Hash20>('a'));

    CHECK(v1.hex() == v1.v1->hex());
    CHECK(v2.hex().size() == 64);
    CHECK(hybrid.hex().size() == 40);
}

TEST_CASE("info-hashes differ when either half differs", "[ids]")
{
    const InfoHash v1{.v1 = filled<Hash20>('a'), .v2 = {}};
    const InfoHash hybrid{.v1 = filled<Hash20>('a'), .v2 = filled<Hash32>('b')};
    CHECK(v1 != hybrid);
    CHECK(v1 < hybrid);
    CHECK(std::unordered_set<InfoHash>{v1, hybrid, v1}.size() == 2);
}
