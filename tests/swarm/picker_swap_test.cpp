#include "support/crowd.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using shoal::support::Crowd;
using shoal::support::Member;

TEST_CASE("a picker swapped half way fetches nothing twice", "[swarm][picker]")
{
    Crowd crowd({.pieces = 64, .files = {}, .trackers = {}});
    crowd.add({.is_seed = true, .node = {.up = 1u << 20}});
    Member& leecher = crowd.add();
    crowd.start();
    REQUIRE(crowd.world.run_until([&] { return leecher.verified.size() >= 32; }, crowd.world.now() + 300s));
    REQUIRE(leecher.torrent().set_pickers({"sequential", "endgame"}));
    REQUIRE(leecher.status().pickers == std::vector<std::string>{"sequential", "endgame"});
    REQUIRE(crowd.run_until_complete(300s));
    REQUIRE(leecher.status().totals.wasted == 0);
    REQUIRE(leecher.status().totals.downloaded == crowd.content.torrent.geometry.total_length());
}

TEST_CASE("pickers swapped every second fetch nothing twice", "[swarm][picker]")
{
    Crowd crowd({.pieces = 64, .files = {}, .trackers = {}});
    crowd.add({.is_seed = true, .node = {.up = 256u << 10}});
    Member& leecher = crowd.add();
    crowd.start();
    const std::vector<std::vector<std::string>> stacks = {
        {"sequential", "endgame"}, {"rarest-first", "endgame"}, {"streaming", "rarest-first", "endgame"}};
    for (std::size_t turn = 0; turn < 200 && !leecher.is_complete(); ++turn) {
        crowd.world.run_for(1s);
        if (leecher.torrent().stage() == shoal::torrent::Stage::downloading) {
            REQUIRE(leecher.torrent().set_pickers(stacks[turn % stacks.size()]));
        }
    }
    REQUIRE(crowd.run_until_complete(60s));
    REQUIRE(leecher.status().totals.wasted == 0);
}

TEST_CASE("a picker that does not exist leaves the old ones at work", "[swarm][picker]")
{
    Crowd crowd({.files = {}, .trackers = {}});
    crowd.add({.is_seed = true, .node = {.up = 256u << 10}});
    Member& leecher = crowd.add();
    crowd.start();
    crowd.world.run_for(3s);
    const auto swapped = leecher.torrent().set_pickers({"no-such-picker"});
    REQUIRE_FALSE(swapped);
    REQUIRE_THAT(swapped.error().text, Catch::Contains("rarest-first"));
    REQUIRE(leecher.status().pickers == std::vector<std::string>{"rarest-first", "endgame"});
    REQUIRE(crowd.run_until_complete(120s));
}
