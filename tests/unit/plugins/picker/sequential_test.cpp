#include "policies.hpp"
#include "testing/trial_swarm.hpp"

#include <catch2/catch.hpp>

#include <vector>

namespace shoal::test {

using testing::TrialSwarm;

TEST_CASE("pieces come from the first to the last, a higher priority before a lower one",
          "[picker][sequential]")
{
    TrialSwarm swarm({.pieces = 6});
    SequentialPicker picker;
    swarm.attach(picker);
    swarm.set_priority(4, 7);
    swarm.set_priority(1, 1);
    const auto answer = swarm.refill(swarm.add_seed(), 100);
    CHECK(answer.refused.empty());
    CHECK(answer.pieces() == std::vector<std::uint32_t>{4, 0, 2, 3, 5, 1});
}

TEST_CASE("in-order ranking sets no deadlines", "[picker][sequential]")
{
    TrialSwarm swarm({.pieces = 6});
    SequentialPicker picker;
    swarm.attach(picker);
    for (const auto deadline : swarm.rank().deadlines) CHECK(deadline == SHOAL_NO_DEADLINE);
}

} // namespace shoal::test
