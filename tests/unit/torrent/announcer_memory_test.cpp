#include "torrent_bench.hpp"

#include "torrent/announcer.hpp"

#include <algorithm>

// From one announcer to the next, while their torrent sleeps.
using namespace shoal;
using namespace shoal::torrent;
using namespace shoal::torrent::test;

namespace {

// Its trackers answer, and want to hear every half hour.
struct MemoryBench {
    explicit MemoryBench(environment::Duration later = {})
    {
        world.run_for(later);
        announcer = std::make_unique<Announcer>(node.loop(), trackers, Hash20{},
                                                Announcer::Actions{.totals = [] { return Announcer::Totals{1, 2, 0}; },
                                                                   .peers_wanted = [] { return 30u; },
                                                                   .on_peers = [](const auto&, const auto&) {},
                                                                   .on_reply = [](const auto&, const auto*, const auto*) {}});
    }

    lab::World world;
    lab::Node& node = world.add_node();
    FakeTrackers trackers{node.loop()};
    std::unique_ptr<Announcer> announcer;
};

const std::vector<std::vector<std::string>> two_tiers{{"http://a"}, {"http://never"}};

Announcer::Memory after_five_minutes()
{
    MemoryBench bench;
    bench.announcer->start(two_tiers, RandomStream(1, 1));
    bench.world.run_for(5min);
    return bench.announcer->memory();
}

}  // namespace

TEST_CASE("who goes on where another announcer left says nothing before it is due, and no beginning", "[torrent]")
{
    const auto memory = after_five_minutes();
    CHECK(memory.is_expected_back());
    REQUIRE(memory.met.size() == 1);
    CHECK(memory.met.front().url == "http://a");

    MemoryBench next(5min);
    next.announcer->resume(two_tiers, RandomStream(1, 1), memory);
    next.world.run_for(24min);
    CHECK(next.trackers.asked.empty());
    next.world.run_for(2min);
    REQUIRE(next.trackers.asked.size() == 1);
    CHECK(next.trackers.asked.front().event == AnnounceEvent::none);
}

TEST_CASE("who only says goodbye for another tells those that count us in", "[torrent]")
{
    const auto memory = after_five_minutes();
    MemoryBench next(5min);
    next.announcer->resume(two_tiers, RandomStream(1, 1), memory);
    bool is_stopped = false;
    next.announcer->stop([&] { is_stopped = true; });
    next.world.run_for(10s);
    CHECK(is_stopped);
    REQUIRE(next.trackers.asked.size() == 1);
    CHECK(next.trackers.asked.front().url == "http://a");
    CHECK(next.trackers.asked.front().event == AnnounceEvent::stopped);
}

TEST_CASE("a memory in which peers are wanted is due at once, if the tracker allows it", "[torrent]")
{
    auto memory = after_five_minutes();
    const environment::Time now{5min};
    CHECK(memory.next > now);
    memory.want_peers(now);
    CHECK(memory.next == now);
    memory.met.front().not_before = memory.next = now + 1h;
    memory.want_peers(now);
    CHECK(memory.next == now + 1h);
}

TEST_CASE("a memory that is overdue is announced at once", "[torrent]")
{
    const auto memory = after_five_minutes();
    MemoryBench next(2h);
    next.announcer->resume(two_tiers, RandomStream(1, 1), memory);
    next.world.run_for(1s);
    CHECK(next.trackers.count(AnnounceEvent::none) == 1);
}
