#include "peer_store.hpp"

#include "numbers.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

namespace shoal::test {

using namespace dht;
using std::chrono::minutes;

namespace {

Endpoint peer(std::uint32_t number, std::uint16_t port = 6881)
{
    return {Address::from_v4(0xc6000000 + (number << 8)), port}; // each in a network of its own
}

NodeId torrent_id(std::uint32_t number)
{
    NodeId made;
    store_be(made.bytes.data(), number);
    return made;
}

struct PeerStoreFixture {
    Numbers numbers;
    PeerStore::Limits limits;
    PeerStore store{limits, numbers};
};

} // namespace

TEST_CASE("peers that were announced are told, by chance, for thirty minutes", "[dht]")
{
    PeerStoreFixture f;
    for (std::uint32_t i = 0; i < 50; ++i) f.store.announce(torrent_id(1), peer(i), false, Time{});
    const auto first = f.store.peers(torrent_id(1), 10, false, Time{});
    CHECK(std::set(first.begin(), first.end()).size() == 10);
    CHECK(f.store.peers(torrent_id(1), 10, false, Time{}) != first);
    CHECK(f.store.peers(torrent_id(1), 100, false, minutes{29}).size() == 50);
    CHECK(f.store.peers(torrent_id(2), 10, false, Time{}).empty());
    CHECK(f.store.peers(torrent_id(1), 100, false, minutes{30}).empty());
    f.store.expire(minutes{30});
    CHECK(f.store.torrents() == 0);
}

TEST_CASE("who is announced again is there once, and stays", "[dht]")
{
    PeerStoreFixture f;
    f.store.announce(torrent_id(1), peer(1), false, Time{});
    f.store.announce(torrent_id(1), peer(1), true, minutes{20});
    CHECK(f.store.peers_of(torrent_id(1)) == 1);
    CHECK(f.store.peers(torrent_id(1), 10, false, minutes{45}).size() == 1);
}

TEST_CASE("seeds come last for whom has no use for them", "[dht]")
{
    PeerStoreFixture f;
    for (std::uint32_t i = 0; i < 20; ++i) f.store.announce(torrent_id(1), peer(i), i % 2 == 0, Time{});
    const auto told = f.store.peers(torrent_id(1), 12, true, Time{});
    REQUIRE(told.size() == 12);
    const auto leechers = std::ranges::count_if(told, [](const Endpoint& endpoint) {
        return (load_be<std::uint32_t>(endpoint.address.bytes.data()) >> 8) % 2 == 1;
    });
    CHECK(leechers == 10);
}

TEST_CASE("a scrape tells seeds and others apart", "[dht]")
{
    PeerStoreFixture f;
    for (std::uint32_t i = 0; i < 30; ++i) f.store.announce(torrent_id(1), peer(i), i < 10, Time{});
    PeerStore::Filters filters;
    REQUIRE(f.store.scrape(torrent_id(1), filters, Time{}));
    CHECK(filters.seeds.estimate() == Approx(10).margin(1));
    CHECK(filters.peers.estimate() == Approx(20).margin(1));
    CHECK_FALSE(f.store.scrape(torrent_id(2), filters, Time{}));
}

TEST_CASE("D11 no more than 2,000 torrents and 500 peers of each are kept", "[dht]")
{
    PeerStoreFixture f;
    for (std::uint32_t i = 0; i < 600; ++i) f.store.announce(torrent_id(0), peer(i), false, Time{i});
    CHECK(f.store.peers_of(torrent_id(0)) == 500);
    const auto kept = f.store.peers(torrent_id(0), 500, false, Time{600});
    CHECK(std::ranges::find(kept, peer(599)) != kept.end()); // the oldest have gone
    CHECK(std::ranges::find(kept, peer(99)) == kept.end());
    for (std::uint32_t i = 1; i < 3000; ++i) f.store.announce(torrent_id(i), peer(i), false, Time{});
    CHECK(f.store.torrents() == 2000);
    CHECK(f.store.peers_of(torrent_id(0)) == 500); // the smallest have gone
}

TEST_CASE("D11 one network opens 500 torrents, and one address has eight ports in each", "[dht]")
{
    PeerStoreFixture f;
    for (std::uint32_t i = 0; i < 500; ++i) CHECK(f.store.announce(torrent_id(i), peer(7), false, Time{}));
    CHECK_FALSE(f.store.announce(torrent_id(500), peer(7), false, Time{}));
    CHECK(f.store.announce(torrent_id(500), peer(8), false, Time{}));
    CHECK(f.store.announce(torrent_id(500), peer(7), false, Time{})); // it is there already
    for (std::uint16_t port = 1; port <= 100; ++port) f.store.announce(torrent_id(1), peer(9, port), false, Time{port});
    CHECK(f.store.peers_of(torrent_id(1)) == 1 + 8);
    f.store.expire(minutes{31});
    CHECK(f.store.announce(torrent_id(600), peer(7), false, minutes{31})); // there is room again
}

TEST_CASE("a sample is drawn from all torrents", "[dht]")
{
    PeerStoreFixture f;
    for (std::uint32_t i = 0; i < 100; ++i) f.store.announce(torrent_id(i), peer(i), false, Time{});
    const auto sample = f.store.sample(20);
    CHECK(std::set(sample.begin(), sample.end()).size() == 20);
    CHECK(f.store.sample(20) != sample);
    CHECK(f.store.sample(200).size() == 100);
}

} // namespace shoal::test
