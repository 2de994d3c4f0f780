#include "swarms.hpp"

#include <catch2/catch.hpp>

namespace shoal::embedded_tracker {
namespace {

using std::chrono::seconds;

Hash20 hash_of(std::uint32_t number)
{
    Hash20 hash;
    store_be(hash.bytes.data(), number);
    return hash;
}

Swarms::Visit visit(std::uint32_t torrent, std::uint16_t port)
{
    return {.info_hash = hash_of(torrent), .endpoint = {Address::from_v4(0x0a000001), port}, .id = {}};
}

constexpr Swarms::Limits wide{.torrents = 100, .peers = 100, .silence = seconds{20}};

} // namespace

TEST_CASE("a peer that is silent for too long is forgotten, one that speaks is not", "[service]")
{
    Swarms swarms(wide, true, {});
    REQUIRE(swarms.visit(visit(1, 1), seconds{0}));
    REQUIRE(swarms.visit(visit(1, 2), seconds{5}));
    CHECK(swarms.next_expiry() == seconds{20});
    REQUIRE(swarms.visit(visit(1, 1), seconds{10}));
    CHECK(swarms.next_expiry() == seconds{25});
    swarms.expire(seconds{24});
    CHECK(swarms.peers() == 2);
    swarms.expire(seconds{25});
    CHECK(swarms.peers() == 1);
    CHECK(swarms.find(hash_of(1))->find(visit(1, 1).endpoint) != nullptr);
    CHECK(swarms.next_expiry() == seconds{30});
    swarms.expire(seconds{30});
    CHECK(swarms.peers() == 0);
    CHECK_FALSE(swarms.next_expiry());
}

TEST_CASE("an open tracker forgets a torrent with its last peer", "[service]")
{
    Swarms swarms(wide, true, {});
    REQUIRE(swarms.visit(visit(1, 1), seconds{0}));
    CHECK(swarms.all().size() == 1);
    swarms.leave(hash_of(1), visit(1, 1).endpoint);
    CHECK(swarms.all().empty());
    swarms.leave(hash_of(1), visit(1, 1).endpoint);
    CHECK(swarms.peers() == 0);
}

TEST_CASE("torrents that are named beforehand stay, with what is known of them", "[service]")
{
    Swarms swarms(wide, true, {hash_of(1)});
    CHECK(swarms.find(hash_of(1))->size() == 0);
    auto finished = visit(1, 1);
    finished.has_completed = true;
    REQUIRE(swarms.visit(finished, seconds{0}));
    swarms.expire(seconds{100});
    REQUIRE(swarms.find(hash_of(1)) != nullptr);
    CHECK(swarms.find(hash_of(1))->completed() == 1);
}

TEST_CASE("a closed tracker serves what is named, nothing else", "[service]")
{
    Swarms swarms(wide, false, {hash_of(1)});
    CHECK(swarms.visit(visit(1, 1), seconds{0}));
    CHECK(swarms.visit(visit(2, 1), seconds{0}).error().code == Errc::refused);
    CHECK(swarms.all().size() == 1);
}

TEST_CASE("beyond the limit of peers newcomers are refused, those who are in are not", "[service]")
{
    Swarms swarms({.torrents = 100, .peers = 3, .silence = seconds{20}}, true, {});
    for (std::uint16_t port = 1; port <= 3; ++port) REQUIRE(swarms.visit(visit(port, port), seconds{0}));
    CHECK(swarms.visit(visit(9, 9), seconds{1}).error().code == Errc::limit_exceeded);
    CHECK(swarms.find(hash_of(9)) == nullptr);
    CHECK(swarms.visit(visit(1, 1), seconds{1}));
    swarms.leave(hash_of(2), visit(2, 2).endpoint);
    CHECK(swarms.visit(visit(9, 9), seconds{1}));
}

TEST_CASE("one public address has an eighth of all places, one of the local network as many as there are", "[service]")
{
    Swarms swarms({.torrents = 100, .peers = 80, .silence = seconds{20}}, true, {});
    const auto comes = [&](std::string_view address, std::uint16_t port, std::chrono::nanoseconds now = {}) {
        return swarms.visit({.info_hash = hash_of(port), .endpoint = {*Address::parse(address), port}, .id = {}}, now)
            .has_value();
    };
    for (std::uint16_t port = 1; port <= 10; ++port) REQUIRE(comes("80.0.0.1", port));
    CHECK_FALSE(comes("80.0.0.1", 11));
    CHECK(comes("80.0.0.1", 10));
    CHECK(comes("80.0.0.2", 11));
    for (std::uint16_t port = 1; port <= 10; ++port) REQUIRE(comes("2001:db8::1", port));
    CHECK_FALSE(comes("2001:db8::2", 11));
    CHECK(comes("2001:db8:0:1::2", 11));
    for (std::uint16_t port = 1; port <= 20; ++port) REQUIRE(comes("192.168.1.1", port));
    // Who leaves, or is silent for too long, makes room.
    swarms.leave(hash_of(1), {*Address::parse("80.0.0.1"), 1});
    CHECK(comes("80.0.0.1", 11));
    swarms.expire(seconds{20});
    CHECK(swarms.peers() == 0);
    for (std::uint16_t port = 1; port <= 10; ++port) CHECK(comes("80.0.0.1", port, seconds{20}));
}

TEST_CASE("beyond the limit of torrents new ones are refused", "[service]")
{
    Swarms swarms({.torrents = 2, .peers = 100, .silence = seconds{20}}, true, {});
    REQUIRE(swarms.visit(visit(1, 1), seconds{0}));
    REQUIRE(swarms.visit(visit(2, 1), seconds{0}));
    CHECK(swarms.visit(visit(3, 1), seconds{0}).error().code == Errc::limit_exceeded);
    CHECK(swarms.visit(visit(2, 2), seconds{0}));
    CHECK(swarms.peers() == 3);
}

} // namespace shoal::embedded_tracker
