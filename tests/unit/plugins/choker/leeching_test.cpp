#include "swarm_clock.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <chrono>
#include <map>
#include <set>

namespace shoal::test {
namespace {

using namespace std::chrono_literals;
using tit_for_tat::Reason;
using Peers = std::set<std::uint64_t>;

// Peers 1 to 10 give 1,000 to 10,000 octets a second.
void add_ten(SwarmClock& swarm)
{
    for (std::uint64_t peer = 1; peer <= 10; ++peer) swarm.add(peer, peer * 1000);
}

} // namespace

TEST_CASE("the three that give most and one drawn at random may download", "[choker]")
{
    SwarmClock swarm;
    add_ten(swarm);
    CHECK(swarm.decide().size() == 4);
    CHECK(swarm.because(Reason::gives) == Peers{8, 9, 10});
    CHECK(swarm.because(Reason::optimistic).size() == 1);
    CHECK(swarm.last.front().peer == 10);
    CHECK(swarm.last.front().score == 9); // KiB a second
}

TEST_CASE("who is not interested takes no slot, and is unchoked only if it gives more than the slowest that "
          "has one",
          "[choker]")
{
    SwarmClock swarm;
    add_ten(swarm);
    swarm.lose_interest(10);
    swarm.lose_interest(1);
    CHECK(swarm.decide().size() == 5);
    CHECK(swarm.because(Reason::gives) == Peers{7, 8, 9});
    CHECK(swarm.because(Reason::would_give) == Peers{10});
}

TEST_CASE("a seed, which never downloads, is not unchoked for what it gives", "[choker]")
{
    SwarmClock swarm;
    add_ten(swarm);
    swarm.lose_interest(10);
    swarm.peer(10).flags |= SHOAL_CHOKER_PEER_SEED;
    CHECK_FALSE(swarm.decide().contains(10));
}

TEST_CASE("the optimistic unchoke lasts thirty seconds and then goes to another", "[choker]")
{
    SwarmClock swarm;
    add_ten(swarm);
    swarm.decide();
    const auto first = swarm.because(Reason::optimistic);
    swarm.intervals(1);
    CHECK(swarm.because(Reason::optimistic) == first);
    swarm.intervals(1);
    CHECK(swarm.because(Reason::optimistic) == first);
    swarm.intervals(1);
    CHECK(swarm.because(Reason::optimistic) != first);
}

TEST_CASE("with nobody else to try the optimistic unchoke stays", "[choker]")
{
    SwarmClock swarm;
    for (std::uint64_t peer = 1; peer <= 4; ++peer) swarm.add(peer, peer * 1000);
    CHECK(swarm.decide() == Peers{1, 2, 3, 4});
    CHECK(swarm.intervals(10) == Peers{1, 2, 3, 4});
}

TEST_CASE("every choked peer is tried in time", "[choker]")
{
    SwarmClock swarm;
    add_ten(swarm);
    Peers tried;
    for (int i = 0; i < 300; ++i) {
        swarm.intervals(1);
        tried.merge(swarm.because(Reason::optimistic));
    }
    CHECK(tried == Peers{1, 2, 3, 4, 5, 6, 7});
}

TEST_CASE("a peer connected within the last minute is three times as likely to be tried", "[choker]")
{
    std::map<std::uint64_t, int> drawn;
    for (std::uint64_t seed = 0; seed < 2000; ++seed) {
        SwarmClock swarm(seed);
        add_ten(swarm);
        swarm.wait(59s);
        // 1 is new, 2 to 7 are a minute old.
        swarm.add(1, 1000);
        swarm.wait(1s);
        swarm.decide();
        ++drawn[*swarm.because(Reason::optimistic).begin()];
    }
    // Expected: 3 of 9 for the newcomer, 1 of 9 for each of six others.
    CHECK(drawn[1] > 580);
    CHECK(drawn[1] < 760);
    CHECK(drawn[2] > 160);
    CHECK(drawn[2] < 290);
}

TEST_CASE("a peer that owes us blocks keeps no slot but may be tried", "[choker]")
{
    bool was_tried = false;
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        SwarmClock swarm(seed);
        add_ten(swarm);
        swarm.peer(10).flags |= SHOAL_CHOKER_PEER_SNUBBED;
        swarm.decide();
        CHECK(swarm.because(Reason::gives) == Peers{7, 8, 9});
        was_tried = was_tried || swarm.because(Reason::optimistic).contains(10);
    }
    CHECK(was_tried);
}

TEST_CASE("when those who gave snub us, their slots are used to try others", "[choker]")
{
    SwarmClock swarm;
    add_ten(swarm);
    swarm.decide();
    for (std::uint64_t peer = 1; peer <= 10; ++peer) {
        if (peer != 4) swarm.peer(peer).flags |= SHOAL_CHOKER_PEER_SNUBBED;
    }
    CHECK(swarm.intervals(1).size() == 4);
    CHECK(swarm.because(Reason::gives) == Peers{4});
    CHECK(swarm.because(Reason::optimistic).size() == 1);
    CHECK(swarm.because(Reason::extra_try).size() == 2);
}

TEST_CASE("at the start, when nobody gives anything, all slots are used to try", "[choker]")
{
    SwarmClock swarm;
    for (std::uint64_t peer = 1; peer <= 10; ++peer) swarm.add(peer);
    CHECK(swarm.decide().size() == 4);
    CHECK(swarm.because(Reason::gives).empty());
}

TEST_CASE("a slot that comes free between two intervals is filled, and nobody else loses one", "[choker]")
{
    SwarmClock swarm;
    add_ten(swarm);
    swarm.decide();
    swarm.remove(10);
    swarm.wait(3s);
    CHECK(swarm.decide(SHOAL_CHOKER_TRIGGER_CHANGE).size() == 4);
    const auto regulars = swarm.because(Reason::gives);
    CHECK(regulars.size() == 3);
    CHECK(regulars.contains(8));
    CHECK(regulars.contains(9));
}

TEST_CASE("a peer that has overtaken a regular waits for the interval", "[choker]")
{
    SwarmClock swarm;
    add_ten(swarm);
    swarm.decide();
    const auto before = swarm.because(Reason::gives);
    swarm.peer(3).download_rate = 50000;
    swarm.wait(2s);
    swarm.decide(SHOAL_CHOKER_TRIGGER_CHANGE);
    CHECK(swarm.because(Reason::gives) == before);
    swarm.intervals(1);
    CHECK(swarm.because(Reason::gives) == Peers{3, 9, 10});
}

TEST_CASE("the host's limit of slots holds", "[choker]")
{
    SwarmClock swarm;
    add_ten(swarm);
    swarm.lose_interest(9);
    swarm.host_slots = 2;
    CHECK(swarm.decide().size() == 2);
    CHECK(swarm.because(Reason::gives) == Peers{10});
    swarm.host_slots = 1;
    CHECK(swarm.intervals(1) == Peers{10});
    swarm.host_slots = 0;
    CHECK(swarm.intervals(1).empty());
}

TEST_CASE("a changed number of slots takes effect at the next decision", "[choker]")
{
    SwarmClock swarm;
    add_ten(swarm);
    CHECK(swarm.decide().size() == 4);
    swarm.settings.slots = 8;
    CHECK(swarm.intervals(1).size() == 8);
    swarm.settings.slots = 2;
    CHECK(swarm.intervals(1).size() == 2);
}

TEST_CASE("the same seed and the same swarm give the same decisions", "[choker]")
{
    const auto run = [] {
        SwarmClock swarm(7);
        add_ten(swarm);
        std::vector<std::uint64_t> all;
        for (int i = 0; i < 50; ++i) {
            swarm.intervals(1);
            for (const auto& each : swarm.last) all.push_back(each.peer);
        }
        return all;
    };
    CHECK(run() == run());
}

} // namespace shoal::test
