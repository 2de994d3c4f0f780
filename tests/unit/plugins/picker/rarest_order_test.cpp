#include "testing/trial_swarm.hpp"

#include <rarest_order.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>
#include <vector>

namespace shoal::test {

using testing::TrialSwarm;

namespace {

using rarest_first::RarestOrder;

// What the order promises, checked the slow way.
void require_in_order(const RarestOrder& order, const SwarmView& swarm)
{
    std::set<std::uint32_t> seen;
    int last_priority = 256;
    for (const auto& group : order.groups()) {
        REQUIRE(group.priority < last_priority);
        last_priority = group.priority;
        const auto pieces = order.pieces(group);
        std::uint32_t last = 0;
        for (std::uint32_t place = 0; place < pieces.size(); ++place) {
            const auto piece = pieces[place];
            REQUIRE(seen.insert(piece).second);
            REQUIRE(swarm.is_openable(piece));
            REQUIRE(swarm.priority()[piece] == group.priority);
            REQUIRE(swarm.availability()[piece] >= last);
            REQUIRE(order.place(group, piece) == place);
            last = swarm.availability()[piece];
        }
        for (std::uint32_t piece = 0; piece < swarm.piece_count(); ++piece) {
            const bool in_group = std::ranges::find(pieces, piece) != pieces.end();
            REQUIRE(BitView{group.openable.data(), swarm.piece_count()}.test(piece) == in_group);
        }
    }
    for (std::uint32_t piece = 0; piece < swarm.piece_count(); ++piece) {
        REQUIRE(swarm.is_openable(piece) == seen.contains(piece));
    }
}

} // namespace

TEST_CASE("the order stays right through every kind of change", "[picker][rarest-first]")
{
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        RandomStream random(seed, 7);
        TrialSwarm swarm({.pieces = 130});
        RarestOrder order(random.fork(1));
        swarm.with_view([&](const SwarmView& view) { order.rebuild(view); });
        int rebuilds = 0;
        for (int step = 0; step < 300; ++step) {
            const auto piece = static_cast<std::uint32_t>(random.below(130));
            switch (random.below(4)) {
            case 0: swarm.set_priority(piece, static_cast<std::uint8_t>(random.below(8))); break;
            case 1:
                if (swarm.state(piece) == SHOAL_PIECE_MISSING) swarm.set_have(piece);
                break;
            default: swarm.set_availability(piece, static_cast<std::uint16_t>(random.below(40))); break;
            }
            swarm.with_view([&](const SwarmView& view) {
                if (!order.update(view, piece)) {
                    order.rebuild(view);
                    ++rebuilds;
                }
                if (step % 20 == 0) require_in_order(order, view);
            });
        }
        swarm.with_view([&](const SwarmView& view) { require_in_order(order, view); });
        // Only a new priority or a record availability asks for one.
        CHECK(rebuilds < 30);
    }
}

TEST_CASE("equally rare pieces come in a random order, another one for another seed",
          "[picker][rarest-first]")
{
    TrialSwarm swarm({.pieces = 64});
    const auto order_of = [&](std::uint64_t seed) {
        RarestOrder order(RandomStream(seed, 0));
        swarm.with_view([&](const SwarmView& view) { order.rebuild(view); });
        const auto pieces = order.pieces(order.groups().front());
        return std::vector<std::uint32_t>(pieces.begin(), pieces.end());
    };
    CHECK_FALSE(std::ranges::is_sorted(order_of(1)));
    CHECK(order_of(1) == order_of(1));
    CHECK(order_of(1) != order_of(2));
}

TEST_CASE("a piece that changes its band lands at a random place in the new one", "[picker][rarest-first]")
{
    std::set<std::uint32_t> places;
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        TrialSwarm swarm({.pieces = 20});
        RarestOrder order(RandomStream(seed, 0));
        swarm.set_availability(3, 1);
        swarm.with_view([&](const SwarmView& view) { order.rebuild(view); });
        swarm.set_availability(3, 0);
        swarm.with_view([&](const SwarmView& view) { REQUIRE(order.update(view, 3)); });
        places.insert(order.place(order.groups().front(), 3));
    }
    CHECK(places.size() > 10);
}

TEST_CASE("an availability beyond all bands is as common as can be", "[picker][rarest-first]")
{
    TrialSwarm swarm({.pieces = 4});
    swarm.set_availability(0, 65535);
    swarm.set_availability(1, 1);
    swarm.set_availability(2, 2000);
    RarestOrder order(RandomStream(1, 0));
    swarm.with_view([&](const SwarmView& view) { order.rebuild(view); });
    const auto pieces = order.pieces(order.groups().front());
    CHECK(pieces[0] == 3);
    CHECK(pieces[1] == 1);
    swarm.set_availability(1, 60000);
    swarm.with_view([&](const SwarmView& view) { REQUIRE(order.update(view, 1)); });
    CHECK(order.place(order.groups().front(), 1) >= 1);
}

} // namespace shoal::test
