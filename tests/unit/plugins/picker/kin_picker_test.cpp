#include "policies.hpp"
#include "testing/trial_swarm.hpp"

#include <kin_picker.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <chrono>
#include <set>
#include <vector>

namespace shoal::test {

using testing::TrialSwarm;

namespace {

using namespace std::chrono_literals;
using Pieces = std::vector<std::uint32_t>;

struct KinPicker : Picker {
    explicit KinPicker(std::uint64_t seed = 1) : policy(RandomStream(seed, 0)) {}
    void pick(const SwarmView& swarm, const PickRequest& request, PickList& list) override
    {
        policy.pick(swarm, request, list);
    }

    kin::PickingPolicy policy;
};

// Ten pieces of four blocks; a kin has the even ones of the first six, a stranger has everything.
struct Family {
    explicit Family(std::uint64_t seed = 1) : picker(seed)
    {
        swarm.attach(picker);
        swarm.peer(kin).marks = SHOAL_MARK_PREFERRED;
    }
    Pieces asked_of_stranger(std::uint32_t budget = 100)
    {
        const auto answer = swarm.ask(stranger, budget);
        CHECK(answer.refused.empty());
        auto pieces = answer.pieces();
        std::ranges::sort(pieces);
        return pieces;
    }

    TrialSwarm swarm{{.pieces = 10}};
    KinPicker picker;
    std::uint32_t kin = swarm.add_peer(Pieces{0, 2, 4});
    std::uint32_t stranger = swarm.add_seed();
};

} // namespace

TEST_CASE("kin are left to the next picker, and without kin so are strangers", "[picker][kin]")
{
    Family family;
    CHECK(family.asked_of_stranger().empty());
    CHECK(family.swarm.ask(family.kin, 100).picks.empty());
}

TEST_CASE("a stranger is asked for what no kin has", "[picker][kin]")
{
    Family family;
    family.swarm.ask(family.kin, 100);
    CHECK(family.asked_of_stranger() == Pieces{1, 3, 5, 6, 7, 8, 9});
    family.swarm.set_have(3);
    family.swarm.announce(family.kin, 5);
    family.swarm.ask(family.kin, 100);
    CHECK(family.asked_of_stranger() == Pieces{1, 6, 7, 8, 9});
}

TEST_CASE("kin that give nothing for half a minute are not counted upon", "[picker][kin]")
{
    Family family;
    family.swarm.set_now(1h);
    family.swarm.ask(family.kin, 100);
    family.swarm.set_now(1h + 30s);
    CHECK_FALSE(family.asked_of_stranger().empty());
    family.swarm.set_now(1h + 31s);
    CHECK(family.asked_of_stranger().empty());
}

TEST_CASE("an open piece is finished before another is begun", "[picker][kin]")
{
    Family family;
    family.swarm.ask(family.kin, 100);
    family.swarm.request(family.stranger, {7, 0});
    family.swarm.request(family.stranger, {2, 0});
    const auto answer = family.swarm.ask(family.stranger, 4);
    CHECK(answer.refused.empty());
    REQUIRE(answer.picks.size() == 4);
    for (std::size_t i = 0; i < 3; ++i) CHECK(answer.picks[i].piece == 7);
    CHECK(answer.picks[3].piece != 2);
    CHECK(answer.picks[3].piece != 7);
}

TEST_CASE("only what is wanted most is asked for", "[picker][kin]")
{
    Family family;
    family.swarm.ask(family.kin, 100);
    family.swarm.set_priority(2, 7);
    family.swarm.set_priority(8, 6);
    family.swarm.set_priority(9, 0);
    CHECK(family.asked_of_stranger() == Pieces{8});
}

TEST_CASE("no more pieces are opened than may be", "[picker][kin]")
{
    Family family;
    family.swarm.ask(family.kin, 100);
    family.swarm.set_open_allowance(2);
    CHECK(family.asked_of_stranger().size() == 2);
}

TEST_CASE("snubbed and suspect strangers are left to the next picker", "[picker][kin]")
{
    Family family;
    family.swarm.ask(family.kin, 100);
    family.swarm.peer(family.stranger).flags |= GENERATE(SHOAL_PEER_SNUBBED, SHOAL_PEER_SUSPECT);
    CHECK(family.asked_of_stranger().empty());
}

TEST_CASE("members of a family do not begin with the same piece", "[picker][kin]")
{
    std::set<std::uint32_t> first;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        Family family(seed);
        family.swarm.ask(family.kin, 100);
        first.insert(family.swarm.ask(family.stranger, 1).picks.at(0).piece);
    }
    CHECK(first.size() >= 4);
}

} // namespace shoal::test
