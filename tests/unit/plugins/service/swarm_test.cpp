#include "swarm.hpp"

#include <shoal/random.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <set>

namespace shoal::embedded_tracker {
namespace {

Endpoint endpoint(std::uint16_t port) { return {Address::from_v4(0x7f000001), port}; }

WirePeerId id_of(std::uint16_t number)
{
    WirePeerId id;
    store_be(id.bytes.data(), number);
    return id;
}

/// Peers on ports 1 to `count`.
Swarm swarm_of(std::uint16_t count)
{
    Swarm swarm;
    for (std::uint16_t port = 1; port <= count; ++port) {
        swarm.add({.endpoint = endpoint(port), .id = id_of(port), .sighting = {}});
    }
    return swarm;
}

struct Dice {
    RandomStream stream{3, 4};
    RandomBelow below = [this](std::uint64_t bound) { return stream.below(bound); };
};

std::set<std::uint16_t> ports(const std::vector<const Peer*>& peers)
{
    std::set<std::uint16_t> out;
    for (const auto* peer : peers) out.insert(peer->endpoint.port);
    CHECK(out.size() == peers.size());
    return out;
}

} // namespace

TEST_CASE("a sample has other peers than the asker, each once", "[service]")
{
    const auto swarm = swarm_of(10);
    Dice random;
    for (std::uint16_t port = 1; port <= 10; ++port) {
        const auto& asker = *swarm.find(endpoint(port));
        for (std::size_t count = 0; count <= 12; ++count) {
            const auto sample = ports(swarm.sample(asker, count, random.below));
            CHECK(sample.size() == std::min<std::size_t>(count, 9));
            CHECK_FALSE(sample.contains(port));
        }
    }
}

TEST_CASE("an asker that is not in the swarm may get all of it", "[service]")
{
    const auto swarm = swarm_of(3);
    Dice random;
    const Peer stranger{.endpoint = endpoint(99), .id = id_of(99), .sighting = {}};
    CHECK(ports(swarm.sample(stranger, 50, random.below)) == std::set<std::uint16_t>{1, 2, 3});
    CHECK(Swarm{}.sample(stranger, 50, random.below).empty());
}

TEST_CASE("an asker does not get itself through another address", "[service]")
{
    auto swarm = swarm_of(2);
    swarm.add({.endpoint = {*Address::parse("::1"), 1}, .id = id_of(1), .sighting = {}});
    Dice random;
    CHECK(ports(swarm.sample(*swarm.find(endpoint(1)), 50, random.below)) == std::set<std::uint16_t>{2});
}

TEST_CASE("every peer is as likely as any other, at every place of the sample", "[service]")
{
    constexpr int rounds = 24'000;
    const auto swarm = swarm_of(9);
    const auto& asker = *swarm.find(endpoint(5));
    Dice random;
    std::map<std::pair<std::size_t, std::uint16_t>, int> times;
    std::map<std::set<std::uint16_t>, int> sets;
    for (int i = 0; i < rounds; ++i) {
        const auto sample = swarm.sample(asker, 3, random.below);
        for (std::size_t place = 0; place < 3; ++place) ++times[{place, sample[place]->endpoint.port}];
        ++sets[ports(sample)];
    }
    // 3000 and 428 are expected; six standard deviations are 307 and 124.
    CHECK(times.size() == 3 * 8);
    for (const auto& [what, count] : times) CHECK(std::abs(count - rounds / 8) < 307);
    CHECK(sets.size() == 56); // 8 over 3
    for (const auto& [what, count] : sets) CHECK(std::abs(count - rounds / 56) < 124);
}

TEST_CASE("peers come, change and go, and the counts follow", "[service]")
{
    auto swarm = swarm_of(4);
    CHECK(swarm.leechers() == 4);
    swarm.refresh(endpoint(2), id_of(20), true);
    CHECK(swarm.seeds() == 1);
    CHECK(swarm.leechers() == 3);
    CHECK(swarm.find(endpoint(2))->id == id_of(20));
    swarm.refresh(endpoint(2), id_of(20), true);
    CHECK(swarm.seeds() == 1);
    CHECK(swarm.remove(endpoint(1)));
    CHECK_FALSE(swarm.remove(endpoint(1)));
    CHECK(swarm.size() == 3);
    for (const std::uint16_t port : {2, 3, 4}) CHECK(swarm.find(endpoint(port))->endpoint == endpoint(port));
    CHECK(swarm.remove(endpoint(2)));
    CHECK(swarm.seeds() == 0);
    CHECK(swarm.remove(endpoint(4)));
    CHECK(swarm.remove(endpoint(3)));
    CHECK(swarm.size() == 0);
}

TEST_CASE("a download counts once for each peer, and stays counted when it has gone", "[service]")
{
    auto swarm = swarm_of(2);
    swarm.count_completed(endpoint(1));
    swarm.count_completed(endpoint(1));
    CHECK(swarm.completed() == 1);
    swarm.count_completed(endpoint(2));
    swarm.remove(endpoint(2));
    CHECK(swarm.completed() == 2);
}

} // namespace shoal::embedded_tracker
