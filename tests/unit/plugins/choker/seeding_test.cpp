#include "swarm_clock.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <map>
#include <set>

namespace shoal::test {
namespace {

using namespace std::chrono_literals;
using tit_for_tat::Reason;
using Peers = std::set<std::uint64_t>;

struct Seeding : SwarmClock {
    explicit Seeding(std::uint64_t peers)
    {
        is_seeding = true;
        for (std::uint64_t peer = 1; peer <= peers; ++peer) {
            add(peer);
            wait(1s);
        }
    }
};

Peers without(Peers peers, const Peers& gone)
{
    for (const auto peer : gone) peers.erase(peer);
    return peers;
}

} // namespace

TEST_CASE("a seed uploads to those that have waited longest, until its slots are full", "[choker]")
{
    Seeding swarm(10);
    CHECK(swarm.decide() == Peers{1, 2, 3, 4});
    CHECK(swarm.because(Reason::its_turn) == Peers{1, 2, 3, 4});
}

TEST_CASE("every thirty seconds one slot of a seed goes on, from the slowest to who waited longest",
          "[choker]")
{
    Seeding swarm(10);
    swarm.decide();
    for (const auto peer : {1U, 2U, 4U}) swarm.peer(peer).upload_rate = 5000;
    swarm.peer(3).upload_rate = 100;
    CHECK(swarm.intervals(2) == Peers{1, 2, 3, 4});
    CHECK(swarm.intervals(1) == Peers{1, 2, 4, 5});
    CHECK(swarm.because(Reason::takes) == Peers{1, 2, 4});
    swarm.peer(5).upload_rate = 9000;
    swarm.peer(2).upload_rate = 10;
    CHECK(swarm.intervals(3) == Peers{1, 4, 5, 6});
}

TEST_CASE("no peer keeps a seed's slot for ever while others wait, however fast it is", "[choker]")
{
    Seeding swarm(10);
    std::map<std::uint64_t, int> longest, held;
    Peers served;
    swarm.decide();
    for (int i = 0; i < 400; ++i) {
        const auto unchoked = swarm.intervals(1);
        CHECK(unchoked.size() == 4);
        for (std::uint64_t peer = 1; peer <= 10; ++peer) {
            held[peer] = unchoked.contains(peer) ? held[peer] + 1 : 0;
            longest[peer] = std::max(longest[peer], held[peer]);
            // 1 is much faster than the rest.
            swarm.peer(peer).upload_rate = !unchoked.contains(peer) ? 0 : peer == 1 ? 100000 : 1000 + peer;
        }
        served.insert(unchoked.begin(), unchoked.end());
    }
    CHECK(served.size() == 10);
    // Two rounds of four turns are 24 intervals; then the next turn.
    for (const auto& [peer, intervals] : longest) CHECK(intervals <= 27);
    CHECK(longest[1] > longest[5]);
}

TEST_CASE("whoever lost its slot waits behind all others", "[choker]")
{
    Seeding swarm(7);
    swarm.decide();
    for (std::uint64_t peer = 1; peer <= 7; ++peer) swarm.peer(peer).upload_rate = 1000 * peer;
    const auto first = Peers{1, 2, 3, 4};
    const auto lost = without(first, swarm.intervals(3));
    REQUIRE(lost == Peers{1});
    CHECK_FALSE(swarm.intervals(3).contains(1)); // 6 came
    CHECK_FALSE(swarm.intervals(3).contains(1)); // 7 came
    CHECK(swarm.intervals(3).contains(1));
}

TEST_CASE("with room for everybody a seed chokes nobody who is interested", "[choker]")
{
    Seeding swarm(4);
    CHECK(swarm.decide() == Peers{1, 2, 3, 4});
    CHECK(swarm.intervals(30) == Peers{1, 2, 3, 4});
    swarm.lose_interest(2);
    CHECK(swarm.intervals(1) == Peers{1, 3, 4});
}

TEST_CASE("who was downloading when we became a seed goes on", "[choker]")
{
    SwarmClock swarm;
    for (std::uint64_t peer = 1; peer <= 10; ++peer) swarm.add(peer, peer * 1000);
    const auto leeching = swarm.decide();
    swarm.wait(5s);
    swarm.is_seeding = true;
    CHECK(swarm.decide(SHOAL_CHOKER_TRIGGER_CHANGE) == leeching);
}

TEST_CASE("a free slot of a seed is given at once", "[choker]")
{
    Seeding swarm(6);
    swarm.decide();
    swarm.remove(2);
    swarm.wait(1s);
    CHECK(swarm.decide(SHOAL_CHOKER_TRIGGER_CHANGE) == Peers{1, 3, 4, 5});
}

TEST_CASE("with fewer slots a seed keeps the peers that take most", "[choker]")
{
    Seeding swarm(6);
    swarm.decide();
    for (std::uint64_t peer = 1; peer <= 6; ++peer) swarm.peer(peer).upload_rate = 1000 * peer;
    swarm.settings.slots = 2;
    CHECK(swarm.decide() == Peers{3, 4});
}

} // namespace shoal::test
