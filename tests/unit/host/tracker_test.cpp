#include "host/registry.hpp"
#include "probe.hpp"

#include <shoal/crossing.hpp>

#include <catch2/catch.hpp>

#include <cstring>
#include <thread>

namespace shoal::host::test {

namespace {

struct Announcer final : TrackerSink {
    struct Heard {
        std::uint64_t operation;
        shoal_status status;
        AnnounceReply reply;
        std::vector<ScrapeEntry> entries;
    };
    void on_announced(std::uint64_t operation, shoal_status status, const AnnounceReply& reply) override
    {
        heard.push_back({operation, status, reply, {}});
    }
    void on_scraped(std::uint64_t operation, shoal_status status,
                    const std::vector<ScrapeEntry>& entries) override
    {
        heard.push_back({operation, status, {}, entries});
    }
    std::vector<Heard> heard;
};

struct TrackerStage : Stage {
    TrackerStage() : Stage({.kind = "tracker"})
    {
        auto with = context();
        with.tracker = &announcer;
        start(std::move(with));
    }

    std::uint64_t announce() { return instance->open_operation(OperationKind::announce); }

    void complete(std::uint64_t operation, shoal_status status = SHOAL_OK,
                  const shoal_announce_reply* reply = nullptr)
    {
        probe.tracker->announced(probe.host, operation, status, reply);
    }

    Announcer announcer;
};

shoal_announce_reply empty_reply()
{
    shoal_announce_reply reply{};
    reply.struct_size = sizeof reply;
    reply.interval_s = reply.min_interval_s = reply.complete = reply.incomplete = SHOAL_UNKNOWN;
    return reply;
}

}  // namespace

TEST_CASE("a completed announce reaches the sink once, on the loop, as a copy", "[host][tracker]")
{
    TrackerStage stage;
    const auto operation = stage.announce();
    auto reply = empty_reply();
    std::array peers{to_abi(*Endpoint::parse("10.0.0.2:6881")),
                     to_abi(*Endpoint::parse("[2001:db8::1]:51413")), to_abi(*Endpoint::parse("10.0.0.3:0")),
                     to_abi(*Endpoint::parse("0.0.0.0:6881"))};
    std::string id = "abc";
    reply.interval_s = 1800;
    reply.complete = 5;
    reply.peers = peers.data();
    reply.peer_count = peers.size();
    reply.tracker_id = to_abi(as_bytes(id));
    reply.warning = text("slow \xff");
    std::thread([&] { stage.complete(operation, SHOAL_OK, &reply); }).join();
    CHECK(stage.announcer.heard.empty());
    id = "xyz";
    peers.fill({});
    stage.environment.loop.run();
    REQUIRE(stage.announcer.heard.size() == 1);
    const auto& heard = stage.announcer.heard.front();
    CHECK(heard.operation == operation);
    CHECK(heard.status == SHOAL_OK);
    CHECK(heard.reply.interval_s == 1800u);
    CHECK_FALSE(heard.reply.min_interval_s);
    CHECK(heard.reply.complete == 5u);
    CHECK(as_text(heard.reply.tracker_id) == "abc");
    CHECK(heard.reply.warning == "slow \xef\xbf\xbd");
    REQUIRE(heard.reply.peers.size() == 2);
    CHECK(heard.reply.peers[0].to_string() == "10.0.0.2:6881");
    CHECK(heard.reply.peers[1].to_string() == "[2001:db8::1]:51413");
    CHECK(stage.instance->strikes() == 0);
}

TEST_CASE("a scrape is completed with its entries", "[host][tracker]")
{
    TrackerStage stage;
    const auto operation = stage.instance->open_operation(OperationKind::scrape);
    shoal_scrape_entry entry{{1, 2, 3}, 4, 5, 6};
    stage.probe.tracker->scraped(stage.probe.host, operation, SHOAL_OK, &entry, 1);
    stage.environment.loop.run();
    REQUIRE(stage.announcer.heard.size() == 1);
    REQUIRE(stage.announcer.heard[0].entries.size() == 1);
    CHECK(stage.announcer.heard[0].entries[0].info_hash.hex().starts_with("010203"));
    CHECK(stage.announcer.heard[0].entries[0].downloaded == 5);
}

TEST_CASE("a second completion is a strike and reaches nobody", "[host][tracker]")
{
    TrackerStage stage;
    const auto operation = stage.announce();
    stage.complete(operation);
    stage.complete(operation);
    stage.environment.loop.run();
    stage.complete(operation);
    stage.environment.loop.run();
    CHECK(stage.announcer.heard.size() == 1);
    CHECK(stage.instance->strikes() == 2);
    CHECK(stage.lines.contains("completed an operation twice, or one that never was"));
}

TEST_CASE("a loaded tracker that answers twice is found out", "[host][tracker]")
{
    static Registry registry;
    registry.scan(HOST_TEST_PLUGINS);
    FakeEnvironment environment;
    Announcer announcer;
    auto found = registry.find("tracker", "twice");
    REQUIRE(found);
    auto made = Instance::create(
        **found, {.environment = environment.all, .tracker = &announcer, .random = RandomStream(1, 1)});
    REQUIRE(made);
    auto& instance = **made;
    const auto operation = instance.open_operation(OperationKind::announce);
    shoal_announce announce{};
    announce.struct_size = sizeof announce;
    CHECK(instance.call("announce", [&] {
        return instance.table<shoal_tracker_v1>().announce(instance.self(), operation, &announce);
    }) == SHOAL_OK);
    environment.loop.run();
    CHECK(announcer.heard.size() == 1);
    CHECK(instance.strikes() == 1);
}

TEST_CASE("an operation that never was, or of another kind, cannot be completed", "[host][tracker]")
{
    TrackerStage stage;
    stage.complete(77);
    stage.complete(0);
    const auto scrape = stage.instance->open_operation(OperationKind::scrape);
    stage.complete(scrape);
    stage.environment.loop.run();
    CHECK(stage.announcer.heard.empty());
    CHECK(stage.instance->strikes() == 3);
}

TEST_CASE("a completion after the deadline is ignored, a second one is a strike", "[host][tracker]")
{
    TrackerStage stage;
    const auto late = stage.announce();
    stage.instance->abandon_operation(late);
    stage.complete(late);
    CHECK(stage.instance->strikes() == 0);
    stage.complete(late);
    CHECK(stage.instance->strikes() == 1);

    // Abandoned between its completion and the loop's next turn.
    const auto crossed = stage.announce();
    stage.complete(crossed);
    stage.instance->abandon_operation(crossed);
    stage.environment.loop.run();
    CHECK(stage.announcer.heard.empty());
}

TEST_CASE("a completion from inside the submitting call is a strike, and still told later", "[host][tracker]")
{
    TrackerStage stage;
    const auto operation = stage.announce();
    stage.instance->call("announce", [&] {
        stage.complete(operation);
        CHECK(stage.announcer.heard.empty());
    });
    stage.environment.loop.run();
    CHECK(stage.announcer.heard.size() == 1);
    CHECK(stage.instance->strikes() == 1);
}

TEST_CASE("an operation of a plug-in that talks nonsense ends as the plug-in's fault", "[host][tracker]")
{
    TrackerStage stage;
    auto reply = empty_reply();
    shoal_status status = SHOAL_OK;
    shoal_endpoint peer{};
    const auto check_ends = [&] {
        stage.complete(stage.announce(), status, &reply);
        stage.environment.loop.run();
        REQUIRE(stage.announcer.heard.size() == 1);
        CHECK(stage.announcer.heard[0].status == SHOAL_E_PLUGIN);
        CHECK(stage.announcer.heard[0].reply.peers.empty());
        CHECK(stage.instance->strikes() == 1);
    };
    SECTION("a status that does not exist")
    {
        status = -4711;
        check_ends();
    }
    SECTION("a positive status")
    {
        status = 1;
        check_ends();
    }
    SECTION("peers without a pointer")
    {
        reply.peer_count = 3;
        check_ends();
    }
    SECTION("more peers than anybody has")
    {
        reply.peers = &peer;
        reply.peer_count = UINT32_MAX;
        check_ends();
    }
    SECTION("a peer of no family")
    {
        reply.peers = &peer;
        reply.peer_count = 1;
        check_ends();
    }
    SECTION("a reply cut short")
    {
        reply.struct_size = 8;
        check_ends();
    }
    SECTION("a text without a pointer")
    {
        reply.failure.size = 9;
        check_ends();
    }
}

TEST_CASE("open operations complete as cancelled when the instance is stopped", "[host][tracker]")
{
    TrackerStage stage;
    const auto open = stage.announce();
    const auto completed = stage.announce();
    const auto abandoned = stage.announce();
    stage.complete(completed);
    stage.instance->abandon_operation(abandoned);
    stage.instance->stop();
    REQUIRE(stage.announcer.heard.size() == 2);
    CHECK(stage.announcer.heard[0].operation == open);
    CHECK(stage.announcer.heard[0].status == SHOAL_E_CANCELLED);
    CHECK(stage.announcer.heard[1].operation == completed);
    CHECK(stage.announcer.heard[1].status == SHOAL_OK);
    stage.environment.loop.run();
    stage.instance.reset();
    CHECK(stage.announcer.heard.size() == 2);
}

TEST_CASE("an instance that is just destroyed calls no sink", "[host][tracker]")
{
    TrackerStage stage;
    stage.announce();
    stage.instance.reset();
    stage.environment.loop.run();
    CHECK(stage.announcer.heard.empty());
}

}  // namespace shoal::host::test
