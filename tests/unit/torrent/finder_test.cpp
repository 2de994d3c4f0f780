#include "torrent_bench.hpp"

#include "torrent/finder.hpp"

using namespace shoal;
using namespace shoal::torrent;
using namespace shoal::torrent::test;

using environment::Time;

namespace {

struct FinderOwner final : Finder::Owner {
    Announcer::Totals announced_totals() const override { return {0, 0, left}; }
    std::uint32_t peers_wanted() const override { return 50; }
    void on_candidates() override { ++woken; }
    void on_event(std::string_view name, control::Value) override { events.emplace_back(name); }

    std::uint64_t left = 1000;
    int woken = 0;
    std::vector<std::string> events;
};

// A finder without a torrent. The tests tick it as a swarm would, once a second.
struct FinderBench {
    explicit FinderBench(Finder::Sources sources = {})
        : finder({.environment = node.environment(), .trackers = trackers, .discovery = discovery}, Hash20{},
                 std::move(sources))
    {
        discovery.plugins = {"dht", "lsd"};
    }
    ~FinderBench() { finder.set_owner(nullptr); }

    void pass(int seconds, Finder::Company company)
    {
        for (int i = 0; i < seconds; ++i) {
            world.run_for(1s);
            finder.tick(company);
        }
    }
    std::vector<int> seconds_of(std::string_view plugin) const
    {
        std::vector<int> all;
        for (const auto& asked : discovery.asked) {
            if (asked.plugin == plugin) all.push_back(static_cast<int>((asked.at - Time{}) / 1s));
        }
        return all;
    }

    lab::World world;
    lab::Node& node = world.add_node();
    FakeTrackers trackers{node.loop()};
    FakeDiscovery discovery{node.loop()};
    FinderOwner owner;
    Finder finder;
};

const Endpoint near = *Endpoint::parse("192.168.1.5:6881");
const Endpoint far = *Endpoint::parse("98.76.54.32:6881");

}  // namespace

TEST_CASE("trackers and every discovery plug-in are asked at the start, and nobody waits for anybody", "[torrent]")
{
    FinderBench bench({.trackers = {{"http://dead/announce"}}});
    bench.discovery.peers = {far};
    bench.finder.start(bench.owner);
    bench.world.run_for(1s);
    CHECK(bench.trackers.asked.size() == 1);
    CHECK(bench.seconds_of("dht").size() == 1);
    CHECK(bench.seconds_of("lsd").size() == 1);
    CHECK(bench.finder.candidates().source_of(far)->name == "dht");
    CHECK(bench.owner.woken > 0);
}

TEST_CASE("who is hungry asks again with back-off, who has company every 15 minutes", "[torrent]")
{
    FinderBench bench;
    bench.finder.start(bench.owner);
    SECTION("hungry")
    {
        bench.pass(250, {.connected = 0});
        const auto at = bench.seconds_of("dht");
        REQUIRE(at.size() >= 4);
        CHECK(at[1] - at[0] == 15);
        CHECK(at[2] - at[1] == 30);
        CHECK(at[3] - at[2] == 60);
    }
    SECTION("with company")
    {
        bench.pass(1900, {.connected = 20});
        const auto at = bench.seconds_of("dht");
        REQUIRE(at.size() == 3);
        CHECK(at[1] - at[0] == 900);
    }
    SECTION("complete, and alone")
    {
        bench.pass(1000, {.connected = 0, .connecting = 0, .is_enough = true});
        CHECK(bench.seconds_of("dht").size() == 2);
    }
}

TEST_CASE("the loss of all peers is answered at once", "[torrent]")
{
    FinderBench bench;
    bench.finder.start(bench.owner);
    bench.pass(600, {.connected = 20});
    REQUIRE(bench.seconds_of("dht").size() == 1);
    bench.pass(2, {.connected = 0});
    CHECK(bench.seconds_of("dht").size() == 2);
}

TEST_CASE("a private torrent asks its trackers and nobody else", "[torrent]")
{
    FinderBench bench({.trackers = {{"http://tracker/announce"}},
                 .nodes = {{"router.example", 6881}},
                 .peers = {},
                 .is_private = true});
    bench.discovery.node_port = 6881;
    bench.finder.start(bench.owner);
    bench.pass(1000, {.connected = 0});
    bench.finder.introduce(far);
    bench.finder.add({far}, "pex");
    bench.finder.expect(far, "holepunch");
    CHECK(bench.discovery.asked.empty());
    CHECK(bench.discovery.introduced.empty());
    CHECK(bench.finder.node_port() == 0);
    CHECK(bench.finder.candidates().size() == 0);
    CHECK_FALSE(bench.trackers.asked.empty());
}

TEST_CASE("M21 a magnet's torrent that turns out private stops all searches and forgets what they found", "[torrent]")
{
    FinderBench bench({.is_metadata_known = false});
    bench.discovery.peers = {far};
    bench.finder.start(bench.owner);
    bench.world.run_for(1s);
    REQUIRE(bench.finder.candidates().size() == 1);
    bench.pass(20, {.connected = 0});
    for (const auto& asked : bench.discovery.asked) CHECK(asked.query.may_be_private);
    bench.finder.on_metadata(true);
    CHECK(bench.finder.candidates().size() == 0);
    const auto before = bench.discovery.asked.size();
    bench.pass(1000, {.connected = 0});
    CHECK(bench.discovery.asked.size() == before);
}

TEST_CASE("a magnet's torrent that turns out public is searched for again, and may be announced then", "[torrent]")
{
    FinderBench bench({.is_metadata_known = false});
    bench.finder.start(bench.owner);
    bench.pass(2, {.connected = 20});
    REQUIRE(bench.seconds_of("dht").size() == 1);
    CHECK(bench.discovery.asked.front().query.may_be_private);
    bench.finder.on_metadata(false);
    bench.pass(2, {.connected = 20});
    REQUIRE(bench.seconds_of("dht").size() == 2);
    CHECK_FALSE(bench.discovery.asked.back().query.may_be_private);
}

TEST_CASE("T9 a public tracker does not lead into the local network, a local one may", "[torrent]")
{
    for (const auto& [url, count] : std::vector<std::pair<std::string, std::size_t>>{
             {"http://tracker.example/announce", 1},
             {"http://8.8.8.8/announce", 1},
             {"http://both.example/announce", 1},
             {"http://nowhere.example/announce", 1},
             {"udp://192.168.1.1:6969/announce", 2},
             {"http://[::1]:6969/announce", 2},
             {"http://user@nas.example:80/announce", 2}}) {
        INFO(url);
        FinderBench bench({.trackers = {{url}}});
        bench.world.add_name("nas.example", {near.address});
        bench.world.add_name("tracker.example", {far.address});
        bench.world.add_name("both.example", {near.address, far.address});
        bench.trackers.peers = {near, far};
        bench.finder.start(bench.owner);
        bench.world.run_for(1s);
        CHECK(bench.finder.candidates().size() == count);
    }
}

TEST_CASE("what a magnet link names is called for ever, by name or by address", "[torrent]")
{
    FinderBench bench({.trackers = {}, .nodes = {}, .peers = {{"98.76.54.32", 6881}, {"no-such-host.example", 80}}});
    bench.finder.start(bench.owner);
    bench.world.run_for(10s);
    CHECK(bench.finder.candidates().size() == 1);
    CHECK(bench.finder.candidates().source_of(far) == PeerSource::magnet);
}

TEST_CASE("G5 a link full of names that nobody answers for keeps one look-up busy, and its addresses do not wait", "[torrent]")
{
    struct Tarpit final : environment::Resolver {
        environment::OperationId resolve(const std::string& name, Resolved done) override
        {
            asked.push_back(name);
            pending.emplace(asked.size(), std::move(done));
            return environment::OperationId{asked.size()};
        }
        void cancel(environment::OperationId operation) override { pending.erase(operation.value()); }

        std::vector<std::string> asked;
        std::map<std::uint64_t, Resolved> pending;
    };
    lab::World world;
    auto& node = world.add_node();
    Tarpit tarpit;
    auto& given = node.environment();
    environment::Environment ours{given.loop,        given.network, tarpit,       given.http,
                                  given.http_server, given.workers, given.random};
    FakeTrackers trackers{node.loop()};
    FakeDiscovery discovery{node.loop()};
    FinderOwner owner;
    Finder::Sources sources;
    for (int i = 0; i < 1000; ++i) sources.peers.push_back({"tar-" + std::to_string(i) + ".example", 80});
    sources.peers.push_back({"98.76.54.32", 6881});
    Finder finder({.environment = ours, .trackers = trackers, .discovery = discovery}, Hash20{}, sources);
    finder.start(owner);
    CHECK(finder.candidates().source_of(far) == PeerSource::magnet);
    CHECK(tarpit.pending.size() == 1);
    auto answer = tarpit.pending.extract(1);
    answer.mapped()(make_error(Errc::not_found, "no such host"));
    CHECK(tarpit.asked == std::vector<std::string>{"tar-0.example", "tar-1.example"});
    finder.stop([] {});
    CHECK(tarpit.pending.empty());
    finder.set_owner(nullptr);
    world.run_for(1s);
}

TEST_CASE("a stopped finder has nothing under way", "[torrent]")
{
    FinderBench bench({.trackers = {{"http://tracker/announce"}}});
    bench.finder.start(bench.owner);
    bool is_over = false;
    bench.finder.stop([&] { is_over = true; });
    CHECK(bench.discovery.cancelled == 2);
    bench.world.run_for(10s);
    CHECK(is_over);
    bench.pass(1000, {.connected = 0});
    CHECK(bench.seconds_of("dht").size() == 1);
}

TEST_CASE("nodes of a torrent and port messages are passed on", "[torrent]")
{
    FinderBench bench({.trackers = {}, .nodes = {{"router.example", 6881}}});
    bench.finder.start(bench.owner);
    bench.finder.introduce(far);
    CHECK(bench.discovery.introduced == std::vector<std::string>{"router.example:6881", "98.76.54.32:6881"});
}

TEST_CASE("who leaves quietly tells nobody, and when it is due again is known", "[torrent]")
{
    FinderBench bench({.trackers = {{"http://a/announce"}}});
    bench.finder.start(bench.owner);
    bench.world.run_for(200s);
    const auto asked = bench.trackers.asked.size();
    const auto memory = bench.finder.leave_quietly();
    bool is_stopped = false;
    bench.finder.stop([&] { is_stopped = true; });
    bench.world.run_for(10s);
    CHECK(is_stopped);
    CHECK(bench.trackers.asked.size() == asked);
    CHECK(memory.due > bench.node.loop().now());
    CHECK(memory.due <= memory.searched + 30min);
}

TEST_CASE("a finder with a memory searches again after ten quiet minutes, and adds up what the trackers were told", "[torrent]")
{
    Finder::Memory memory;
    memory.trackers.met.push_back(
        {.url = "http://a/announce", .has_heard_started = true, .id = {}, .message = {}, .seeds = {}, .leechers = {}});
    memory.totals = {.uploaded = 500, .downloaded = 100, .left = 0};
    FinderBench bench({.trackers = {{"http://a/announce"}}, .memory = memory});
    bench.owner.left = 0;
    SECTION("soon")
    {
        bench.finder.start(bench.owner);
        bench.world.run_for(5s);
        CHECK(bench.seconds_of("dht").empty());
    }
    SECTION("late")
    {
        bench.world.run_for(11min);
        bench.finder.start(bench.owner);
        bench.world.run_for(5s);
        CHECK(bench.seconds_of("dht").size() == 1);
    }
    SECTION("never: it says goodbye")
    {
        bench.finder.stop([] {});
        bench.world.run_for(5s);
        CHECK(bench.trackers.asked.back().event == AnnounceEvent::stopped);
        CHECK(bench.seconds_of("dht").empty());
    }
    REQUIRE(bench.trackers.asked.size() == 1);
    CHECK(bench.trackers.asked.front().event != AnnounceEvent::started);
    CHECK(bench.trackers.asked.front().uploaded == 500);
}
