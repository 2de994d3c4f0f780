// Swarms whose only tracker speaks UDP: the members know nobody, and datagrams get lost.
#include "support/lab_services.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using shoal::support::Crowd;
using shoal::support::Member;
using shoal::support::TrackerHost;

namespace {

constexpr auto url = TrackerHost::udp_url;

void start_knowing_nobody(Crowd& crowd)
{
    for (const auto& member : crowd.members) member->start({});
}

std::uint32_t errors(const Crowd& crowd)
{
    std::uint32_t all = 0;
    for (const auto& member : crowd.members) all += member->count("tracker.error");
    return all;
}

}  // namespace

TEST_CASE("a swarm whose only tracker speaks UDP finds itself and completes", "[swarm]")
{
    Crowd crowd({.files = {}, .trackers = {url}});
    const TrackerHost tracker(crowd);
    crowd.add({.is_seed = true});
    for (int i = 0; i < 10; ++i) crowd.add();
    start_knowing_nobody(crowd);
    REQUIRE(crowd.run_until_complete(300s));
    REQUIRE(errors(crowd) == 0);
}

TEST_CASE("a swarm completes by its UDP tracker although every fifth datagram is lost", "[swarm]")
{
    Crowd crowd({.files = {}, .trackers = {url}});
    const TrackerHost tracker(crowd);
    crowd.add({.is_seed = true});
    for (int i = 0; i < 20; ++i) crowd.add();
    tracker.lose(crowd, 200'000);
    start_knowing_nobody(crowd);
    REQUIRE(crowd.run_until_complete(900s));
}

TEST_CASE("a swarm survives a UDP tracker that forgets everything and everybody's connection ids", "[swarm]")
{
    Crowd crowd({.files = {}, .trackers = {url}});
    TrackerHost tracker(crowd);
    crowd.add({.is_seed = true});
    Member& first = crowd.add();
    start_knowing_nobody(crowd);
    REQUIRE(crowd.run_until_complete(120s));
    tracker.restart();
    crowd.world.run_for(130s);  // all announce again
    Member& late = crowd.add();
    late.start({});
    REQUIRE(crowd.run_until_complete(120s));
    REQUIRE(first.is_complete());
    REQUIRE(late.disk->pieces.all());
}

TEST_CASE("a UDP tracker that comes late is found by the announcer's back-off", "[swarm]")
{
    Crowd crowd({.files = {}, .trackers = {url}});
    TrackerHost tracker(crowd);
    crowd.add({.is_seed = true});
    Member& leecher = crowd.add();
    for (const auto& member : crowd.members) crowd.world.partition(tracker.node.index(), member->node.index());
    start_knowing_nobody(crowd);
    crowd.world.run_for(100s);
    REQUIRE(errors(crowd) >= 2);
    REQUIRE(leecher.last("tracker.error") != nullptr);
    for (const auto& member : crowd.members) crowd.world.heal(tracker.node.index(), member->node.index());
    REQUIRE(crowd.run_until_complete(600s));
}

TEST_CASE("two runs with a UDP tracker and losses have the same fingerprint", "[swarm][determinism]")
{
    const auto run = [] {
        Crowd crowd({.pieces = 8, .files = {}, .trackers = {url}}, {.experiment = 9});
        const TrackerHost tracker(crowd);
        crowd.add({.is_seed = true});
        for (int i = 0; i < 4; ++i) crowd.add();
        tracker.lose(crowd, 100'000);
        start_knowing_nobody(crowd);
        crowd.world.run_for(60s);
        return crowd.world.fingerprint();
    };
    REQUIRE(run() == run());
}
