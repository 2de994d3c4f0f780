#include "probe.hpp"

#include <shoal/crossing.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <thread>
#include <vector>

namespace shoal::host::test {

namespace {

// Writes down what it is told, in order.
struct Listener final : DiscoverySink {
    void on_found(std::uint64_t operation, const std::vector<Endpoint>& peers) override
    {
        std::string line = std::to_string(operation) + " found";
        for (const auto& peer : peers) line += " " + peer.to_string();
        heard.push_back(line);
    }
    void on_ended(std::uint64_t operation, shoal_status status, const std::string& why) override
    {
        heard.push_back(std::to_string(operation) + " ended " + std::to_string(status) + (why.empty() ? "" : " " + why));
    }
    bool on_spotted(const Hash20& info_hash, const Endpoint& peer) override
    {
        heard.push_back(info_hash.hex().substr(0, 4) + " spotted " + peer.to_string());
        return is_ours;
    }

    std::vector<std::string> heard;
    bool is_ours = true;
};

struct DiscoveryStage : Stage {
    DiscoveryStage() : Stage({.kind = "discovery"})
    {
        auto with = context();
        with.discovery = &listener;
        start(std::move(with));
    }

    std::uint64_t search() { return instance->open_search(); }

    shoal_status found(std::uint64_t operation, const std::vector<std::string>& peers)
    {
        std::vector<shoal_endpoint> raw;
        for (const auto& peer : peers) raw.push_back(to_abi(*Endpoint::parse(peer)));
        return found(operation, raw.data(), static_cast<std::uint32_t>(raw.size()));
    }
    shoal_status found(std::uint64_t operation, const shoal_endpoint* peers, std::uint32_t count)
    {
        return as_plugin([&] { return probe.discovery->found(probe.host, operation, peers, count); });
    }
    shoal_status end(std::uint64_t operation, shoal_status status = SHOAL_OK)
    {
        return as_plugin([&] { return probe.discovery->ended(probe.host, operation, status); });
    }

    // "1 ended 0" of the only search.
    std::string ended(std::uint64_t operation, shoal_status status)
    {
        return std::to_string(operation) + " ended " + std::to_string(status);
    }

    Listener listener;
};

using Heard = std::vector<std::string>;

}  // namespace

TEST_CASE("what a search finds is told on the loop, in order, and before its end", "[host][discovery]")
{
    DiscoveryStage stage;
    const auto operation = stage.search();
    CHECK(stage.found(operation, {"10.0.0.2:6881", "[2001:db8::1]:51413"}) == SHOAL_OK);
    CHECK(stage.found(operation, {}) == SHOAL_OK);
    CHECK(stage.found(operation, {"10.0.0.3:1"}) == SHOAL_OK);
    CHECK(stage.end(operation) == SHOAL_OK);
    CHECK(stage.listener.heard.empty());
    stage.environment.loop.run();
    const auto number = std::to_string(operation);
    CHECK(stage.listener.heard == Heard{number + " found 10.0.0.2:6881 [2001:db8::1]:51413", number + " found",
                                        number + " found 10.0.0.3:1", number + " ended 0"});
    CHECK(stage.instance->strikes() == 0);
}

TEST_CASE("a search that fails ends with what the plug-in said", "[host][discovery]")
{
    DiscoveryStage stage;
    const auto operation = stage.search();
    stage.as_plugin([&] {
        const auto* host = stage.probe.host;
        host->set_error(host, SHOAL_E_NETWORK, text("no router answers"));
        CHECK(stage.probe.discovery->ended(host, operation, SHOAL_E_NETWORK) == SHOAL_OK);
    });
    stage.environment.loop.run();
    CHECK(stage.listener.heard == Heard{stage.ended(operation, SHOAL_E_NETWORK) + " no router answers"});
}

TEST_CASE("a second end of a search is a strike and reaches nobody", "[host][discovery]")
{
    DiscoveryStage stage;
    const auto operation = stage.search();
    CHECK(stage.end(operation) == SHOAL_OK);
    CHECK(stage.end(operation) == SHOAL_E_ARGUMENT);
    CHECK(stage.instance->strikes() == 1);
    stage.environment.loop.run();
    CHECK(stage.end(operation) == SHOAL_E_ARGUMENT);
    stage.environment.loop.run();
    CHECK(stage.listener.heard == Heard{stage.ended(operation, SHOAL_OK)});
    CHECK(stage.instance->strikes() == 2);
    CHECK(stage.lines.contains("ended a search twice, or one that never was"));
}

TEST_CASE("peers of a search that has ended, or never was, are refused", "[host][discovery]")
{
    DiscoveryStage stage;
    const auto operation = stage.search();
    stage.end(operation);
    CHECK(stage.found(operation, {"10.0.0.2:6881"}) == SHOAL_E_ARGUMENT);
    CHECK(stage.found(77, {"10.0.0.2:6881"}) == SHOAL_E_ARGUMENT);
    CHECK(stage.end(77) == SHOAL_E_ARGUMENT);
    stage.environment.loop.run();
    CHECK(stage.listener.heard == Heard{stage.ended(operation, SHOAL_OK)});
    CHECK(stage.instance->strikes() == 3);
}

TEST_CASE("a search that ends inside the call that started it is a strike, and still told later", "[host][discovery]")
{
    DiscoveryStage stage;
    const auto operation = stage.search();
    stage.instance->call("search", [&] {
        CHECK(stage.probe.discovery->ended(stage.probe.host, operation, SHOAL_OK) == SHOAL_OK);
        CHECK(stage.listener.heard.empty());
    });
    stage.environment.loop.run();
    CHECK(stage.listener.heard.size() == 1);
    CHECK(stage.instance->strikes() == 1);
    CHECK(stage.lines.contains("from inside the call that started it"));
}

TEST_CASE("an earlier search may end inside the call that starts another", "[host][discovery]")
{
    DiscoveryStage stage;
    const auto earlier = stage.search();
    stage.search();
    stage.instance->call("search", [&] { stage.probe.discovery->ended(stage.probe.host, earlier, SHOAL_OK); });
    stage.environment.loop.run();
    CHECK(stage.listener.heard == Heard{stage.ended(earlier, SHOAL_OK)});
    CHECK(stage.instance->strikes() == 0);
}

TEST_CASE("a search that ends with a status that does not exist is the plug-in's fault", "[host][discovery]")
{
    DiscoveryStage stage;
    const auto status = GENERATE(shoal_status{-4711}, shoal_status{1});
    const auto operation = stage.search();
    CHECK(stage.end(operation, status) == SHOAL_OK);
    stage.environment.loop.run();
    CHECK(stage.listener.heard == Heard{stage.ended(operation, SHOAL_E_PLUGIN)});
    CHECK(stage.instance->strikes() == 1);
}

TEST_CASE("peers that make no sense are refused as a whole, and the search goes on", "[host][discovery]")
{
    DiscoveryStage stage;
    const auto operation = stage.search();
    std::vector<shoal_endpoint> peers(10'001, to_abi(*Endpoint::parse("10.0.0.2:6881")));
    const auto check_refused = [&](const shoal_endpoint* first, std::uint32_t count) {
        CHECK(stage.found(operation, first, count) == SHOAL_E_ARGUMENT);
        stage.environment.loop.run();
        CHECK(stage.listener.heard.empty());
        CHECK(stage.instance->strikes() == 1);
        CHECK(stage.found(operation, {"10.0.0.3:1"}) == SHOAL_OK);
        stage.environment.loop.run();
        CHECK(stage.listener.heard.size() == 1);
    };
    SECTION("no pointer") { check_refused(nullptr, 1); }
    SECTION("too many") { check_refused(peers.data(), 10'001); }
    SECTION("one of no family")
    {
        peers[1].family = 5;
        check_refused(peers.data(), 2);
    }
}

TEST_CASE("an abandoned search is heard no more, and ends once without a strike", "[host][discovery]")
{
    DiscoveryStage stage;
    const auto operation = stage.search();
    stage.found(operation, {"10.0.0.2:6881"});  // on its way when it is abandoned
    stage.instance->abandon_search(operation);
    CHECK(stage.found(operation, {"10.0.0.3:6881"}) == SHOAL_OK);
    CHECK(stage.end(operation, SHOAL_E_CANCELLED) == SHOAL_OK);
    CHECK(stage.instance->strikes() == 0);
    CHECK(stage.end(operation) == SHOAL_E_ARGUMENT);
    CHECK(stage.instance->strikes() == 1);

    // Abandoned between its end and the loop's next turn.
    const auto crossed = stage.search();
    stage.end(crossed);
    stage.instance->abandon_search(crossed);
    stage.environment.loop.run();
    CHECK(stage.listener.heard.empty());
    stage.instance->abandon_search(crossed);
    CHECK(stage.end(crossed) == SHOAL_E_ARGUMENT);
}

TEST_CASE("searches end once when the instance is stopped: open ones as cancelled", "[host][discovery]")
{
    DiscoveryStage stage;
    const auto open = stage.search();
    const auto ended = stage.search();
    const auto abandoned = stage.search();
    stage.end(ended, SHOAL_E_TIMEOUT);
    stage.instance->abandon_search(abandoned);
    stage.instance->stop();
    const Heard expected{stage.ended(open, SHOAL_E_CANCELLED), stage.ended(ended, SHOAL_E_TIMEOUT)};
    CHECK(stage.listener.heard == expected);
    stage.environment.loop.run();
    stage.instance.reset();
    CHECK(stage.listener.heard == expected);
}

TEST_CASE("a plug-in may end its searches itself when it is stopped", "[host][discovery]")
{
    DiscoveryStage stage;
    const auto operation = stage.search();
    stage.probe.on_stop = [&] { stage.probe.discovery->ended(stage.probe.host, operation, SHOAL_E_CANCELLED); };
    stage.instance->stop();
    stage.environment.loop.run();
    CHECK(stage.listener.heard == Heard{stage.ended(operation, SHOAL_E_CANCELLED)});
    CHECK(stage.instance->strikes() == 0);
}

TEST_CASE("an instance that is just destroyed tells nobody of its searches", "[host][discovery]")
{
    DiscoveryStage stage;
    const auto operation = stage.search();
    stage.found(operation, {"10.0.0.2:6881"});
    stage.end(operation);
    stage.search();
    stage.instance.reset();
    stage.environment.loop.run();
    CHECK(stage.listener.heard.empty());
}

TEST_CASE("somebody who is spotted is told at once, and the answer says whether the torrent is ours", "[host][discovery]")
{
    DiscoveryStage stage;
    const std::uint8_t info_hash[20] = {0xab, 0xcd};
    const auto peer = to_abi(*Endpoint::parse("10.0.0.2:6881"));
    const auto spot = [&](const std::uint8_t* hash, const shoal_endpoint* who) {
        return stage.as_plugin([&] { return stage.probe.discovery->spotted(stage.probe.host, hash, who); });
    };
    CHECK(spot(info_hash, &peer) == SHOAL_OK);
    CHECK(stage.listener.heard == Heard{"abcd spotted 10.0.0.2:6881"});
    stage.listener.is_ours = false;
    CHECK(spot(info_hash, &peer) == SHOAL_E_NOT_FOUND);
    CHECK(stage.instance->strikes() == 0);
    CHECK(spot(nullptr, &peer) == SHOAL_E_ARGUMENT);
    CHECK(spot(info_hash, nullptr) == SHOAL_E_ARGUMENT);
    CHECK(stage.listener.heard.size() == 2);
    CHECK(stage.instance->strikes() == 2);
}

TEST_CASE("a discovery plug-in speaks on its strand", "[host][discovery]")
{
    DiscoveryStage stage;
    const auto operation = stage.search();
    shoal_status status = SHOAL_OK;
    std::thread([&] { status = stage.probe.discovery->ended(stage.probe.host, operation, SHOAL_OK); }).join();
    CHECK(status == SHOAL_E_THREAD);
    stage.environment.loop.run();
    CHECK(stage.listener.heard.empty());
}

TEST_CASE("the service of searches is lent to instances that somebody listens to", "[host][discovery]")
{
    Stage stage({.kind = "discovery"});
    stage.start();
    CHECK(stage.probe.discovery == nullptr);
}

}  // namespace shoal::host::test
