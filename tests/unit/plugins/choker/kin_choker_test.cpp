#include "swarm_clock.hpp"

#include <kin_choker.hpp>

#include <catch2/catch.hpp>

namespace shoal::test {
namespace {

using Chosen = std::set<std::uint64_t>;

struct Family : SwarmClock {
    explicit Family(std::uint32_t slots)
    {
        other_choker = [this, slots](const ChokerView& view, UnchokeList& list) { policy.decide(view, slots, list); };
    }

    void add_kin(std::uint64_t peer) { add(peer).marks = SHOAL_MARK_PREFERRED; }

    kin::ChokingPolicy policy;
};

} // namespace

TEST_CASE("kin have the slots before strangers, however much those give", "[choker][kin]")
{
    Family family(2);
    family.is_seeding = GENERATE(false, true);
    family.add(1, 1'000'000);
    family.add(2, 500'000);
    CHECK(family.decide() == Chosen{1, 2});
    family.add_kin(3);
    family.add_kin(4);
    CHECK(family.decide() == Chosen{3, 4});
    family.lose_interest(3);
    CHECK(family.decide() == Chosen{1, 4});
}

TEST_CASE("more kin than slots take turns, and strangers none", "[choker][kin]")
{
    Family family(1);
    family.add_kin(1);
    family.add_kin(2);
    family.add(3);
    CHECK(family.decide() == Chosen{1});
    CHECK(family.intervals(2) == Chosen{1});
    CHECK(family.intervals(1) == Chosen{2});
    CHECK(family.intervals(3) == Chosen{1});
}

TEST_CASE("a private mark alone makes nobody kin", "[choker][kin]")
{
    Family family(1);
    family.add(1);
    family.add(2).marks = 0x10000;
    CHECK(family.decide() == Chosen{1});
}

TEST_CASE("while we download strangers get what they give for, and one slot goes round", "[choker][kin]")
{
    Family family(3);
    for (const std::uint64_t peer : {1, 2, 3, 4, 5}) family.add(peer, peer == 2 ? 0 : peer * 1000);
    family.peer(5).flags |= SHOAL_CHOKER_PEER_SNUBBED;
    CHECK(family.decide() == Chosen{1, 3, 4});
    CHECK(family.last[0].reason == 2);
    CHECK(family.last[2].reason == 3);
    CHECK(family.intervals(3) == Chosen{2, 3, 4});
    CHECK(family.intervals(3) == Chosen{3, 4, 5});
}

TEST_CASE("while we seed all slots of strangers go round", "[choker][kin]")
{
    Family family(1);
    family.is_seeding = true;
    for (const std::uint64_t peer : {1, 2}) family.add(peer, 0, 9000);
    CHECK(family.decide() == Chosen{1});
    CHECK(family.intervals(3) == Chosen{2});
    CHECK(family.intervals(3) == Chosen{1});
}

} // namespace shoal::test
