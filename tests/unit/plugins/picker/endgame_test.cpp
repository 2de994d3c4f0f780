#include "policies.hpp"
#include "testing/trial_swarm.hpp"

#include <catch2/catch.hpp>

#include <set>
#include <utility>

namespace shoal::test {

using testing::TrialSwarm;

namespace {

// Two pieces of 100 blocks, every block asked of peer 0.
struct LastBlocks {
    TrialSwarm swarm{{.pieces = 2, .blocks_per_piece = 100, .blocks_in_last = 100}};
    EndgamePicker picker;
    std::uint32_t slow = swarm.add_seed();

    explicit LastBlocks(std::uint64_t seed = 1) : picker(seed)
    {
        swarm.attach(picker);
        for (std::uint32_t block = 0; block < 200; ++block) swarm.request(slow, {block / 100, block % 100});
    }
};

} // namespace

TEST_CASE("while a block is left that nobody was asked for, no duplicates are made", "[picker][endgame]")
{
    LastBlocks last;
    const auto fast = last.swarm.add_seed();
    last.swarm.drop_requests(last.slow);
    for (std::uint32_t block = 0; block < 199; ++block)
        last.swarm.request(last.slow, {block / 100, block % 100});
    CHECK(last.swarm.refill(fast, 10).picks.empty());
    last.swarm.request(last.slow, {1, 99});
    CHECK_FALSE(last.swarm.refill(fast, 10).picks.empty());
}

TEST_CASE("in the endgame a peer is asked for at most four blocks that others owe", "[picker][endgame]")
{
    LastBlocks last;
    const auto fast = last.swarm.add_seed();
    const auto answer = last.swarm.refill(fast, 10);
    CHECK(answer.refused.empty());
    CHECK(answer.picks.size() == 4);
    CHECK(last.swarm.refill(fast, 3).picks.size() == 3);
}

TEST_CASE("a peer is never asked twice for the same block", "[picker][endgame]")
{
    LastBlocks last;
    CHECK(last.swarm.refill(last.slow, 10).picks.empty());
    const auto fast = last.swarm.add_seed();
    std::set<std::pair<std::uint32_t, std::uint32_t>> asked;
    for (int i = 0; i < 60; ++i) {
        const auto answer = last.swarm.refill(fast, 4);
        CHECK(answer.refused.empty());
        for (const auto& pick : answer.picks) CHECK(asked.emplace(pick.piece, pick.block).second);
    }
    CHECK(asked.size() == 200);
}

TEST_CASE("blocks that are here and pieces that the peer lacks are not duplicated", "[picker][endgame]")
{
    LastBlocks last;
    const auto fast = last.swarm.add_peer(std::vector<std::uint32_t>{1});
    for (std::uint32_t block = 0; block < 98; ++block) last.swarm.receive(last.slow, {1, block});
    const auto answer = last.swarm.refill(fast, 10);
    CHECK(answer.refused.empty());
    REQUIRE(answer.picks.size() == 2);
    CHECK(answer.picks[0].piece == 1);
    CHECK(answer.picks[0].block + answer.picks[1].block == 98 + 99);
}

TEST_CASE("a snubbed or suspect peer gets no duplicates", "[picker][endgame]")
{
    LastBlocks last;
    const auto snubbed = last.swarm.add_seed();
    last.swarm.peer(snubbed).flags |= SHOAL_PEER_SNUBBED;
    CHECK(last.swarm.refill(snubbed, 10).picks.empty());
    last.swarm.peer(snubbed).flags = SHOAL_PEER_SEED | SHOAL_PEER_SUSPECT;
    CHECK(last.swarm.refill(snubbed, 10).picks.empty());
}

TEST_CASE("duplicates are spread over what is owed", "[picker][endgame]")
{
    std::set<std::pair<std::uint32_t, std::uint32_t>> asked;
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        LastBlocks last(seed);
        for (const auto& pick : last.swarm.refill(last.swarm.add_seed(), 4).picks) {
            asked.emplace(pick.piece, pick.block);
        }
    }
    CHECK(asked.size() > 100);
}

TEST_CASE("a piece that nobody wants any more is not duplicated", "[picker][endgame]")
{
    LastBlocks last;
    last.swarm.set_priority(0, 0);
    const auto answer = last.swarm.refill(last.swarm.add_seed(), 4);
    CHECK(answer.refused.empty());
    CHECK(answer.pieces() == std::vector<std::uint32_t>{1});
}

} // namespace shoal::test
