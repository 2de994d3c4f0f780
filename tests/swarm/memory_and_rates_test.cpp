#include "support/crowd.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using shoal::support::Crowd;
using shoal::support::Member;

TEST_CASE("pieces in flight never exceed the memory ceiling, and the download completes", "[swarm][memory]")
{
    constexpr std::uint64_t ceiling = 4 * 64 * 1024;
    Crowd crowd({.pieces = 32, .files = {}, .trackers = {}});
    crowd.add({.is_seed = true});
    Member& leecher = crowd.add({.memory = ceiling, .disk_delay = 100ms});
    crowd.start();
    REQUIRE(crowd.run_until_complete(300s));
    REQUIRE(leecher.session->buffers().highest_in_use() <= ceiling);
    REQUIRE(leecher.session->buffers().highest_in_use() > ceiling / 2);
}

TEST_CASE("pieces too big to be held are written block by block and verified", "[swarm][memory]")
{
    Crowd crowd({.pieces = 6, .piece_length = 512 * 1024, .files = {}, .has_octets = true, .trackers = {}});
    crowd.add({.is_seed = true});
    Member& leecher = crowd.add({.memory = 256 * 1024});
    crowd.start();
    REQUIRE(crowd.run_until_complete(300s));
    REQUIRE(*leecher.octets == crowd.content.octets);
    REQUIRE(leecher.session->buffers().highest_in_use() <= 256 * 1024);
}

TEST_CASE("a download limit is kept", "[swarm][rate]")
{
    constexpr std::uint64_t limit = 100 * 1024;
    Crowd crowd({.pieces = 32, .files = {}, .trackers = {}});
    crowd.add({.is_seed = true});
    Member& leecher = crowd.add({.down = limit});
    crowd.start();
    crowd.world.run_for(5s);
    const auto before = leecher.status().totals.downloaded;
    crowd.world.run_for(10s);
    const auto rate = (leecher.status().totals.downloaded - before) / 10;
    REQUIRE(rate <= limit * 11 / 10);
    REQUIRE(rate >= limit * 8 / 10);
}

TEST_CASE("an upload limit is kept", "[swarm][rate]")
{
    constexpr std::uint64_t limit = 100 * 1024;
    Crowd crowd({.pieces = 32, .files = {}, .trackers = {}});
    Member& seeder = crowd.add({.is_seed = true, .up = limit});
    crowd.add();
    crowd.start();
    crowd.world.run_for(5s);
    const auto before = seeder.status().totals.uploaded;
    crowd.world.run_for(10s);
    const auto rate = (seeder.status().totals.uploaded - before) / 10;
    REQUIRE(rate <= limit * 11 / 10);
    REQUIRE(rate >= limit * 8 / 10);
}

TEST_CASE("a seeder serves as many peers at once as its choker has slots, and in time all of them", "[swarm][choker]")
{
    Crowd crowd({.pieces = 256, .piece_length = 256 * 1024});
    Member& seeder = crowd.add({.is_seed = true, .node = {.up = 128u << 10}});
    for (int i = 0; i < 10; ++i) crowd.add();
    // They know the seeder and not each other.
    seeder.start({});
    for (std::size_t i = 1; i < crowd.members.size(); ++i) crowd.members[i]->start({seeder.endpoint()});
    crowd.world.run_for(5s);
    for (int second = 0; second < 300; ++second) {
        crowd.world.run_for(1s);
        std::uint32_t unchoked = 0;
        for (std::size_t i = 1; i < crowd.members.size(); ++i) {
            unchoked += crowd.members[i]->status().swarm.unchoked_us;
        }
        REQUIRE(unchoked <= 4 + 1);  // a choke may still be on its way
    }
    for (std::size_t i = 1; i < crowd.members.size(); ++i) {
        REQUIRE(crowd.members[i]->status().totals.downloaded > 0);
    }
}
