#include "support/crowd.hpp"

#include <catch2/catch.hpp>

#include <memory>

using namespace std::chrono_literals;
using shoal::support::Crowd;

namespace {

std::uint64_t fingerprint_of_a_run(std::uint64_t replicate)
{
    Crowd crowd({.pieces = 24, .files = {}, .trackers = {}}, {.experiment = 42, .replicate = replicate});
    crowd.add({.is_seed = true, .node = {.up = 1u << 20}});
    for (int i = 0; i < 12; ++i) crowd.add({.node = {.up = 1u << 20}});
    for (auto& member : crowd.members) {
        // What was decided counts, not only what was sent.
        member->on_any_event = [&crowd, id = member->node.index().value()](std::string_view name) {
            crowd.world.observe(id * 1000 + name.size());
        };
    }
    crowd.start();
    REQUIRE(crowd.run_until_complete(600s));
    return crowd.world.fingerprint();
}

// Changes where everything that follows is allocated.
std::vector<std::unique_ptr<char[]>> litter()
{
    std::vector<std::unique_ptr<char[]>> pieces;
    for (std::size_t size = 24; size < 60'000; size = size * 5 / 4) pieces.push_back(std::make_unique<char[]>(size));
    for (std::size_t i = 0; i < pieces.size(); i += 2) pieces[i].reset();
    return pieces;
}

// Frozen: g++ and clang, with and without address randomisation, today and next year. A change of the protocol's behaviour may
// change it; then it is replaced in the same commit that says why.
constexpr std::uint64_t golden = 0xf7e8ef3f84adb1cdU;

}  // namespace

TEST_CASE("the same experiment has the same fingerprint, wherever its objects lie", "[swarm][determinism]")
{
    const auto first = fingerprint_of_a_run(1);
    const auto garbage = litter();
    REQUIRE(fingerprint_of_a_run(1) == first);
}

TEST_CASE("another replicate has another fingerprint", "[swarm][determinism]")
{
    REQUIRE(fingerprint_of_a_run(1) != fingerprint_of_a_run(2));
}

TEST_CASE("the fingerprint is the frozen one", "[swarm][determinism]")
{
    REQUIRE(fingerprint_of_a_run(1) == golden);
}
