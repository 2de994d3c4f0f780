#include "host/registry.hpp"
#include "lab/node.hpp"
#include "lab/world.hpp"
#include "torrent/choking.hpp"

#include <catch2/catch.hpp>

#include <memory>
#include <set>
#include <string>
#include <vector>

using namespace shoal;
using namespace shoal::torrent;
using namespace std::chrono_literals;

namespace {

using Handles = std::set<PeerHandle>;

Handles handles(std::initializer_list<std::uint64_t> numbers)
{
    Handles set;
    for (const auto number : numbers) set.insert(PeerHandle{number});
    return set;
}

shoal_choker_peer chokable(std::uint64_t handle, bool is_interested = true, std::uint64_t unchoked_at_s = 0)
{
    shoal_choker_peer view{};
    view.peer = handle;
    view.flags = is_interested ? SHOAL_CHOKER_PEER_INTERESTED : 0u;
    view.unchoked_at_ns = unchoked_at_s * 1'000'000'000;
    return view;
}

struct ChokingBench {
    ChokingBench()
    {
        registry.scan(SHOAL_TEST_PLUGINS);
        registry.scan(TORRENT_TEST_PLUGINS);
    }

    void use(const std::string& name)
    {
        const auto factory = registry.find(SHOAL_KIND_CHOKER, name);
        INFO((factory ? "" : factory.error().text));
        REQUIRE(factory);
        auto instance = host::Instance::create(
            **factory, {.environment = node.environment(), .random = RandomStream(1, 1)});
        REQUIRE(instance);
        choking.set_choker(std::move(*instance));
    }

    Handles decide(const std::vector<shoal_choker_peer>& peers, std::uint32_t slots = 64)
    {
        return choking.decide(
            {.peers = peers, .slots = slots, .is_seeding = false, .trigger = SHOAL_CHOKER_TRIGGER_TIMER},
            environment::Time{100s});
    }

    host::Registry registry;  // its factories outlive all that was made with them, and the loop
    lab::World world;
    lab::Node& node = world.add_node();
    std::vector<std::string> replaced;
    Choking choking{
        [this](const std::string& name, const std::string& why) { replaced.push_back(name + ": " + why); }};
};

}  // namespace

TEST_CASE("without a choker those who want something and wait longest are served, four at a time",
          "[torrent]")
{
    ChokingBench bench;
    CHECK(bench.choking.name() == "default");
    CHECK(bench.decide({}).empty());
    CHECK(bench.decide({chokable(1), chokable(2), chokable(3), chokable(4), chokable(5)}) ==
          handles({1, 2, 3, 4}));
    CHECK(bench.decide({chokable(1, true, 10), chokable(2, true, 10), chokable(3, true, 10),
                        chokable(4, true, 20), chokable(5)}) == handles({5, 1, 2, 3}));
    CHECK(bench.decide({chokable(1, false), chokable(2)}) == handles({2}));
    CHECK(bench.decide({chokable(1), chokable(2), chokable(3)}, 2) == handles({1, 2}));
    CHECK(bench.choking.interval() == 30s);
}

TEST_CASE("without a choker every peer gets its turn", "[torrent]")
{
    ChokingBench bench;
    std::vector<shoal_choker_peer> peers;
    for (std::uint64_t p = 1; p <= 20; ++p) peers.push_back(chokable(p));
    Handles served;
    Handles now;
    for (std::uint64_t round = 1; round <= 10; ++round) {
        const auto chosen = bench.decide(peers);
        CHECK(chosen.size() == 4);
        for (auto& p : peers) {
            if (chosen.contains(PeerHandle{p.peer}) && !now.contains(PeerHandle{p.peer})) {
                p.unchoked_at_ns = round * 30'000'000'000;
            }
        }
        now = chosen;
        served.insert(chosen.begin(), chosen.end());
    }
    CHECK(served.size() == 20);
}

TEST_CASE("a choker's choice is followed", "[torrent]")
{
    ChokingBench bench;
    bench.use("tit-for-tat");
    CHECK(bench.choking.name() == "tit-for-tat");
    CHECK(bench.choking.interval() == 10s);
    const auto chosen = bench.decide({chokable(1), chokable(2), chokable(3, false), chokable(4)});
    CHECK_FALSE(chosen.empty());
    CHECK_FALSE(chosen.contains(PeerHandle{3}));
    CHECK(bench.replaced.empty());
}

TEST_CASE("wrong choices are dropped, and after too many the default decides", "[torrent]")
{
    ChokingBench bench;
    bench.use("wild_choker");
    const std::vector peers{chokable(1), chokable(2), chokable(3)};
    // A stranger, then the first peer twice.
    CHECK(bench.decide(peers) == handles({1}));
    CHECK(bench.decide(peers) == handles({1}));
    CHECK(bench.replaced.empty());
    for (int i = 0; i < 5; ++i) bench.decide(peers);
    REQUIRE(bench.replaced.size() == 1);
    CHECK_THAT(bench.replaced[0], Catch::StartsWith("wild_choker: too many wrong answers"));
    CHECK(bench.choking.name() == "default");
    CHECK(bench.decide(peers) == handles({1, 2, 3}));
    CHECK(bench.replaced.size() == 1);
}

TEST_CASE("P14 what a peer claims to have does not decide whether it is served", "[torrent]")
{
    // A peer may say for ever that it has nothing: only what it gave us and what we gave it counts.
    ChokingBench bench;
    bench.use("tit-for-tat");
    std::vector<shoal_choker_peer> peers;
    for (std::uint64_t p = 1; p <= 10; ++p) {
        peers.push_back(chokable(p));
        peers.back().download_rate = p * 1000;
    }
    const auto honest = bench.decide(peers);
    for (auto& p : peers) p.flags &= ~SHOAL_CHOKER_PEER_SEED;
    CHECK(bench.decide(peers).size() == honest.size());
    CHECK(honest.contains(PeerHandle{10}));
}
