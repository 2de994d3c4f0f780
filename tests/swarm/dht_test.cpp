#include "dht_town.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>

namespace shoal::test {

using namespace std::chrono_literals;

namespace {

std::size_t settled(Town& town)
{
    return static_cast<std::size_t>(std::ranges::count_if(town.residents, [](const auto& resident) {
        return !resident->is_there() || resident->node().table().good(resident->now()) >= 8;
    }));
}

}  // namespace

TEST_CASE("two thousand nodes find each other, store and find, also when a fifth of them goes", "[swarm][dht]")
{
    Town town(1);
    town.settle(2000);
    town.run_for(1min);
    CHECK(settled(town) == 2000);

    const auto announced = town.announce(0, 100);
    const auto found = town.find(0, 100);
    const auto put = town.put(0, 50);
    const auto got = town.get(0, 50);
    CAPTURE(announced.asked, found.asked, put.asked, got.asked);
    CHECK(announced.value() == 1);
    CHECK(found.value() == 1);
    CHECK(put.value() == 1);
    CHECK(got.value() == 1);
    CHECK(found.asked <= 100 * 60);

    // At once, before anybody has noticed.
    town.remove(400);
    const auto found_after = town.find(0, 100);
    const auto got_after = town.get(0, 50);
    CAPTURE(found_after.asked, got_after.asked);
    CHECK(found_after.value() >= 0.99);
    CHECK(got_after.value() >= 0.98);

    // Others come, and find what was there before them.
    town.settle(400);
    town.run_for(1min);
    CHECK(settled(town) == 2400);
    CHECK(town.find(0, 100).value() >= 0.98);
    CHECK(town.announce(100, 50).value() == 1);
    CHECK(town.find(100, 50).value() >= 0.98);
}

TEST_CASE("two thousand nodes of which thirty in a hundred lie store and find nine times in ten", "[swarm][dht]")
{
    Town town(2);
    constexpr std::array kinds = {Malice::claims_closest, Malice::invents_nodes, Malice::claims_closest,
                                  Malice::keeps_nothing,  Malice::invents_peers, Malice::says_nothing};
    town.settle(2000, [&](std::size_t i) { return i % 10 < 3 ? kinds[i / 10 % kinds.size()] : Malice::none; });
    town.run_for(1min);

    const auto announced = town.announce(0, 100);
    const auto found = town.find(0, 100);
    const auto put = town.put(0, 50);
    const auto got = town.get(0, 50);
    CAPTURE(announced.value(), announced.asked, found.asked, put.asked, got.asked);
    CHECK(announced.value() >= 0.95);
    CHECK(found.value() >= 0.9);
    CHECK(put.value() >= 0.95);
    CHECK(got.value() >= 0.9);
}

TEST_CASE("the same town has the same fingerprint", "[swarm][dht]")
{
    const auto fingerprint = [] {
        Town town(3);
        town.settle(100);
        town.announce(0, 5);
        town.find(0, 5);
        return town.world.fingerprint();
    };
    REQUIRE(fingerprint() == fingerprint());
}

}  // namespace shoal::test
