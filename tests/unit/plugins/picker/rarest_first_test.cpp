#include "policies.hpp"
#include "testing/trial_swarm.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>
#include <vector>

namespace shoal::test {

using testing::TrialAnswer;
using testing::TrialSwarm;

namespace {

using rarest_first::Reason;
using Pieces = std::vector<std::uint32_t>;

bool all_because(const TrialAnswer& answer, Reason reason)
{
    return std::ranges::all_of(answer.picks, [&](const shoal_pick& pick) {
        return pick.reason == static_cast<std::uint16_t>(reason);
    });
}

// Ten pieces of four blocks; piece p is had by p + 1 others.
TrialSwarm graded_swarm()
{
    TrialSwarm swarm({.pieces = 10, .blocks_per_piece = 4, .blocks_in_last = 2});
    for (std::uint32_t piece = 0; piece < 10; ++piece) {
        swarm.set_availability(piece, static_cast<std::uint16_t>(piece + 1));
    }
    return swarm;
}

} // namespace

TEST_CASE("the rarest pieces that the peer has are opened first, whole", "[picker][rarest-first]")
{
    auto swarm = graded_swarm();
    RarestFirstPicker picker(0);
    swarm.attach(picker);
    const auto peer = swarm.add_peer(Pieces{7, 2, 9, 4});
    const auto answer = swarm.refill(peer, 10);
    CHECK(answer.refused.empty());
    CHECK(answer.pieces() == Pieces{2, 4, 7});
    REQUIRE(answer.picks.size() == 10);
    CHECK(answer.picks[3].block == 3);
    CHECK(answer.picks[0].score == 4); // three others and this peer
    CHECK(all_because(answer, Reason::rarest));
}

TEST_CASE("the last piece is picked with the blocks that it has", "[picker][rarest-first]")
{
    auto swarm = graded_swarm();
    RarestFirstPicker picker(0);
    swarm.attach(picker);
    const auto answer = swarm.refill(swarm.add_peer(Pieces{9}), 10);
    CHECK(answer.refused.empty());
    CHECK(answer.picks.size() == 2);
}

TEST_CASE("open pieces are finished before new ones are opened, the oldest first", "[picker][rarest-first]")
{
    auto swarm = graded_swarm();
    RarestFirstPicker picker(0);
    swarm.attach(picker);
    const auto first = swarm.add_seed();
    swarm.request(first, {8, 0});
    swarm.request(first, {5, 1});
    const auto answer = swarm.refill(swarm.add_seed(), 8);
    CHECK(answer.refused.empty());
    CHECK(answer.pieces() == Pieces{8, 5, 0});
    CHECK(answer.picks[3].block == 0);
    CHECK(answer.picks[3].piece == 5);
    CHECK(answer.picks[4].block == 2);
    CHECK(answer.picks[0].reason == static_cast<std::uint16_t>(Reason::partial));
}

TEST_CASE("a higher priority comes before a rarer piece and before an open one", "[picker][rarest-first]")
{
    auto swarm = graded_swarm();
    RarestFirstPicker picker(0);
    swarm.attach(picker);
    const auto seed = swarm.add_seed();
    swarm.request(swarm.add_seed(), {3, 0});
    swarm.set_priority(6, 7);
    swarm.set_priority(1, 1);
    const auto answer = swarm.refill(seed, 100);
    CHECK(answer.refused.empty());
    CHECK(answer.pieces() == Pieces{6, 3, 0, 2, 4, 5, 7, 8, 9, 1});
}

TEST_CASE("what is unwanted or here already is never picked", "[picker][rarest-first]")
{
    auto swarm = graded_swarm();
    RarestFirstPicker picker(0);
    swarm.attach(picker);
    const auto seed = swarm.add_seed();
    for (const auto piece : {0U, 1U, 2U}) swarm.set_priority(piece, 0);
    swarm.set_have(3);
    swarm.set_have(4);
    for (std::uint32_t block = 0; block < 4; ++block) swarm.receive(seed, {5, block});
    swarm.request(seed, {5, 0});
    for (std::uint32_t block = 0; block < 4; ++block) swarm.receive(seed, {5, block});
    REQUIRE(swarm.state(5) == SHOAL_PIECE_COMPLETE);
    const auto answer = swarm.refill(seed, 100);
    CHECK(answer.refused.empty());
    CHECK(answer.pieces() == Pieces{6, 7, 8, 9});
}

TEST_CASE("an open piece that nobody wants any more is left alone", "[picker][rarest-first]")
{
    auto swarm = graded_swarm();
    RarestFirstPicker picker(0);
    swarm.attach(picker);
    const auto seed = swarm.add_seed();
    swarm.request(seed, {0, 0});
    swarm.set_priority(0, 0);
    const auto answer = swarm.refill(seed, 4);
    CHECK(answer.refused.empty());
    CHECK(answer.pieces() == Pieces{1});
}

TEST_CASE("the first pieces are picked at random, whatever their rarity", "[picker][rarest-first]")
{
    std::set<std::uint32_t> opened;
    for (std::uint64_t random_seed = 0; random_seed < 40; ++random_seed) {
        auto swarm = graded_swarm();
        RarestFirstPicker picker(2, random_seed);
        swarm.attach(picker);
        const auto seed = swarm.add_seed();
        const auto first = swarm.refill(seed, 1);
        CHECK(all_because(first, Reason::random_first));
        opened.insert(first.pieces().front());
        swarm.set_have(first.pieces().front() == 9 ? 8 : 9);
        const auto rarest = first.pieces().front() == 0 ? 1U : 0U;
        const auto later = swarm.refill(seed, 100);
        CHECK(later.refused.empty());
        CHECK(later.pieces()[1] == rarest); // after the rest of the open piece
    }
    CHECK(opened.size() >= 8);
}

TEST_CASE("a snubbed peer helps with open pieces, then opens the commonest", "[picker][rarest-first]")
{
    auto swarm = graded_swarm();
    RarestFirstPicker picker(0);
    swarm.attach(picker);
    swarm.request(swarm.add_seed(), {0, 0});
    const auto snubbed = swarm.add_peer(Pieces{0, 1, 5, 8}, SHOAL_PEER_SNUBBED);
    const auto answer = swarm.refill(snubbed, 9);
    CHECK(answer.refused.empty());
    CHECK(answer.pieces() == Pieces{0, 8, 5});
}

TEST_CASE("a suspect peer goes on with its own piece, takes untouched ones next and others' last",
          "[picker][rarest-first]")
{
    auto swarm = graded_swarm();
    RarestFirstPicker picker(0);
    swarm.attach(picker);
    swarm.request(swarm.add_seed(), {0, 0});
    const auto suspect = swarm.add_peer(Pieces{0, 6, 7}, SHOAL_PEER_SUSPECT);
    swarm.request(suspect, {7, 0});
    const auto answer = swarm.ask(suspect, 100);
    CHECK(answer.pieces() == Pieces{7, 6, 0});
    CHECK(answer.picks.size() == 3 + 4 + 3);
}

TEST_CASE("no more pieces are opened than allowed", "[picker][rarest-first]")
{
    auto swarm = graded_swarm();
    RarestFirstPicker picker(0);
    swarm.attach(picker);
    const auto seed = swarm.add_seed();
    swarm.request(seed, {9, 0});
    swarm.set_open_allowance(2);
    const auto answer = swarm.refill(seed, 100);
    CHECK(answer.refused.empty());
    CHECK(answer.pieces() == Pieces{9, 0, 1});
    CHECK(swarm.refill(seed, 100).picks.empty());
}

TEST_CASE("the order follows what peers announce, gain and take away", "[picker][rarest-first]")
{
    auto swarm = graded_swarm();
    RarestFirstPicker picker(0);
    swarm.attach(picker);
    const auto peer = swarm.add_peer(Pieces{1, 2, 3});
    CHECK(swarm.ask(peer, 4).pieces() == Pieces{1});
    swarm.set_availability(1, 9);
    CHECK(swarm.ask(peer, 4).pieces() == Pieces{2});
    swarm.announce(peer, 0);
    CHECK(swarm.ask(peer, 4).pieces() == Pieces{0});
    swarm.set_availability(3, 0);
    CHECK(swarm.ask(peer, 4).pieces() == Pieces{3});
    swarm.set_availability(2, 0);
    swarm.set_availability(3, 5);
    swarm.change_everything();
    CHECK(swarm.ask(peer, 4).pieces() == Pieces{2});
}

TEST_CASE("a peer with few pieces is given its rarest one without a walk along all pieces",
          "[picker][rarest-first]")
{
    TrialSwarm swarm({.pieces = 20000});
    RandomStream random(3, 0);
    for (std::uint32_t piece = 0; piece < 20000; ++piece) {
        swarm.set_availability(piece, static_cast<std::uint16_t>(1 + random.below(50)));
    }
    RarestFirstPicker picker(0);
    swarm.attach(picker);
    for (const auto piece : {19999U, 12345U, 77U}) swarm.set_availability(piece, 100);
    swarm.set_availability(12345, 99);
    const auto peer = swarm.add_peer(Pieces{77, 12345, 19999});
    const auto answer = swarm.refill(peer, 4);
    CHECK(answer.refused.empty());
    CHECK(answer.pieces() == Pieces{12345});
    CHECK(all_because(answer, Reason::rarest));
    const auto rest = swarm.refill(peer, 100);
    CHECK(rest.refused.empty());
    CHECK(rest.picks.size() == 8);
}

TEST_CASE("a peer with some of the rarest pieces and some others is asked for each once",
          "[picker][rarest-first]")
{
    TrialSwarm swarm({.pieces = 20000});
    for (std::uint32_t piece = 0; piece < 20000; ++piece) swarm.set_availability(piece, 50);
    for (const auto piece : {5U, 6U, 7U}) swarm.set_availability(piece, 1);
    RarestFirstPicker picker(0);
    swarm.attach(picker);
    for (const std::uint32_t flags : {0U, SHOAL_PEER_SNUBBED}) {
        auto pieces = swarm.refill(swarm.add_peer(Pieces{6, 7, 19000, 19001}, flags), 100);
        CHECK(pieces.refused.empty());
        CHECK(pieces.picks.size() == 16);
        for (const auto piece : pieces.pieces()) swarm.verify(piece, false);
    }
}

TEST_CASE("a peer that lacks everything rare gets one of the rarest of a sample", "[picker][rarest-first]")
{
    TrialSwarm swarm({.pieces = 20000});
    Bitfield common(20000);
    for (std::uint32_t piece = 0; piece < 20000; ++piece) {
        const bool rare = piece % 10 == 0;
        swarm.set_availability(piece, static_cast<std::uint16_t>(rare ? 1 : 50 + piece % 100));
        if (!rare) common.set(piece);
    }
    RarestFirstPicker picker(0);
    swarm.attach(picker);
    const auto answer = swarm.refill(swarm.add_peer(std::move(common)), 8);
    CHECK(answer.refused.empty());
    REQUIRE(answer.pieces().size() == 2);
    CHECK(all_because(answer, Reason::sampled));
    for (const auto& pick : answer.picks) CHECK(pick.score < 60); // of 51 … 150
}

TEST_CASE("a finished torrent is picked nothing, and a file wanted afterwards is picked again",
          "[picker][rarest-first]")
{
    auto swarm = graded_swarm();
    RarestFirstPicker picker(0);
    swarm.attach(picker);
    const auto seed = swarm.add_seed();
    for (std::uint32_t piece = 0; piece < 9; ++piece) swarm.set_have(piece);
    swarm.set_priority(9, 0);
    CHECK(swarm.refill(seed, 10).picks.empty());
    swarm.set_priority(9, 1);
    const auto answer = swarm.refill(seed, 10);
    CHECK(answer.refused.empty());
    CHECK(answer.pieces() == Pieces{9});
}

TEST_CASE("a peer without anything we want is asked for nothing", "[picker][rarest-first]")
{
    auto swarm = graded_swarm();
    RarestFirstPicker picker(4);
    swarm.attach(picker);
    CHECK(swarm.refill(swarm.add_peer(Pieces{}), 10).picks.empty());
}

TEST_CASE("the same seed and the same swarm give the same picks", "[picker][rarest-first]")
{
    const auto run = [] {
        TrialSwarm swarm({.pieces = 300});
        RarestFirstPicker picker(4, 42);
        swarm.attach(picker);
        const auto seed = swarm.add_seed();
        std::vector<std::uint32_t> all;
        for (int i = 0; i < 50; ++i) {
            for (const auto& pick : swarm.refill(seed, 10).picks) all.push_back(pick.piece * 4 + pick.block);
        }
        return all;
    };
    CHECK(run() == run());
    CHECK(run().size() == 500);
}

} // namespace shoal::test
