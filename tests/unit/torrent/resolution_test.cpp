#include "scripted_extension.hpp"
#include "torrent_bench.hpp"

#include "torrent/resolution.hpp"

#include <shoal/sha1.hpp>
#include <shoal/sha256.hpp>

using namespace shoal;
using namespace shoal::torrent;
using namespace shoal::torrent::test;

namespace {

constexpr std::string_view unusable = "d4:name1:xe";  // a dictionary, and no torrent

struct ResolutionBench final : Resolution::Events {
    // `info` is what hashes to the link's info-hash.
    explicit ResolutionBench(ByteView info, Resolution::Settings settings = {})
        : ResolutionBench(InfoHash{.v1 = Sha1::of(info), .v2 = std::nullopt}, settings)
    {
    }
    explicit ResolutionBench(const InfoHash& hash, Resolution::Settings settings = {})
        : info_hash(hash),
          resolution({.environment = node.environment(),
                      .transport = node.transport(),
                      .identity = {},
                      .log = {},
                      .events = *this},
                     settings, info_hash, "a link",
                     std::make_unique<Finder>(
                         Finder::Parts{.environment = node.environment(), .trackers = trackers, .discovery = discovery},
                         info_hash.wire(), Finder::Sources{.trackers = {{"http://one/announce"}}}))
    {
        const auto failures = resolution.make_extensions(
            {"metadata"}, [this](const std::string&, host::TorrentSource& torrent, host::ExtensionSink& sink) {
                return plugin.make(node.environment(), sink, &torrent);
            });
        REQUIRE(failures.empty());
        resolution.start();
    }

    ScriptedPeer& add(peer::Capabilities can = {.fast = true, .extended = true})
    {
        peers.push_back(std::make_unique<ScriptedPeer>(world, info_hash.wire(), 4));
        peers.back()->can = can;
        resolution.add_peer(peers.back()->endpoint());
        return *peers.back();
    }
    void introduce(ScriptedPeer& peer)
    {
        const auto hello = peer::encode_extended_handshake({.extensions = {{"ut_metadata", 3}}});
        peer.say(peer::Extended{0, hello});
        world.run_for(1s);
    }
    shoal_status fetch(ByteView info) { return plugin.ask(&shoal_host_extension_v1::set_metadata, to_abi(info)); }

    void on_resolved(Result<metainfo::TorrentFile> metainfo) override { resolved.push_back(std::move(metainfo)); }
    void on_resolution_event(std::string_view, control::Value) override {}

    ScriptedExtension plugin{"ut_metadata", SHOAL_EXTENSION_METADATA};  // outlives the loop
    lab::World world;
    lab::Node& node = world.add_node();
    FakeTrackers trackers{node.loop()};
    FakeDiscovery discovery{node.loop()};
    std::vector<std::unique_ptr<ScriptedPeer>> peers;
    std::vector<Result<metainfo::TorrentFile>> resolved;
    InfoHash info_hash;
    Resolution resolution;
};

Bytes real_info()
{
    const auto info = shoal::test::make_torrent({.files = {{"", 40'000, false}}}).torrent->info;
    return {info.begin(), info.end()};
}

}  // namespace

TEST_CASE("a peer that does not speak BEP 10 is of no use for a link, and is refused", "[torrent]")
{
    ResolutionBench bench(real_info());
    auto& mute = bench.add({.fast = true});
    auto& able = bench.add();
    bench.world.run_for(5s);
    CHECK(bench.resolution.status().peers == 1);
    CHECK(mute.closed);
    CHECK(able.link != nullptr);
    CHECK(able.has_heard("extended 0"));
    CHECK(bench.plugin.told.empty());
    bench.introduce(able);
    CHECK(bench.plugin.told.size() == 1);
}

TEST_CASE("metadata with the wrong hash is corrupt, and the right one is still awaited", "[torrent]")
{
    const auto info = real_info();
    ResolutionBench bench(info);
    CHECK(bench.fetch(as_bytes(unusable)) == SHOAL_E_CORRUPT);
    bench.world.run_for(5s);
    CHECK(bench.resolved.empty());
    CHECK(bench.fetch(info) == SHOAL_OK);
    CHECK(bench.resolved.empty());  // we are inside the plug-in's call
    CHECK(bench.fetch(info) == SHOAL_E_STATE);
    bench.world.run_for(5s);
    REQUIRE(bench.resolved.size() == 1);
    REQUIRE(bench.resolved[0]);
    CHECK(bench.resolved[0]->info_hash.wire() == bench.info_hash.wire());
}

TEST_CASE("metadata with the right hash that cannot be used fails, once: nobody has a better one", "[torrent]")
{
    ResolutionBench bench(as_bytes(unusable));
    CHECK(bench.fetch(as_bytes(unusable)) == SHOAL_OK);
    CHECK(bench.fetch(as_bytes(unusable)) == SHOAL_E_STATE);
    bench.world.run_for(60s);
    REQUIRE(bench.resolved.size() == 1);
    REQUIRE_FALSE(bench.resolved[0]);
    CHECK_FALSE(bench.resolved[0].error().text.empty());
}

TEST_CASE("X2 metadata is checked by its SHA-256 where a link has no other hash", "[torrent]")
{
    const auto info = real_info();
    ResolutionBench bench(InfoHash{.v1 = std::nullopt, .v2 = Sha256::of(info)});
    CHECK(bench.fetch(as_bytes(unusable)) == SHOAL_E_CORRUPT);
    bench.world.run_for(60s);
    CHECK(bench.resolved.empty());
    CHECK(bench.fetch(info) == SHOAL_OK);
}

TEST_CASE("a peer that was of no help for as long as the patience lasts makes room for another", "[torrent]")
{
    ResolutionBench bench(real_info(), {.most_peers = 1, .patience = 60s});
    auto& useless = bench.add();
    bench.world.run_for(5s);
    bench.introduce(useless);
    auto& other = bench.add();
    bench.world.run_for(50s);
    CHECK(useless.link != nullptr);
    CHECK(other.connections == 0);
    bench.world.run_for(20s);
    CHECK(other.link != nullptr);
    CHECK(bench.plugin.told == std::vector<std::string>{"peer 1", "gone 1"});
    CHECK(bench.resolution.status().peers == 1);
}

TEST_CASE("X2 who talks of everything but the metadata makes room when all places are taken and somebody waits", "[torrent]")
{
    ResolutionBench bench(real_info(), {.most_peers = 1, .patience = 60s});
    auto& talker = bench.add();
    bench.world.run_for(5s);
    bench.introduce(talker);
    const auto talk_for = [&](int minutes, std::uint8_t id) {
        for (int i = 0; i < 6 * minutes; ++i) {
            talker.say(peer::Extended{id, as_bytes("de")});
            bench.world.run_for(10s);
        }
    };
    talk_for(5, 77);
    CHECK(talker.link != nullptr);  // nobody wants its place
    auto& other = bench.add();
    talk_for(1, 1);  // about the metadata
    CHECK(other.connections == 0);
    talk_for(1, 77);
    CHECK(other.link != nullptr);
    CHECK(talker.closed);
}

TEST_CASE("P11 one address does not take all places of a link", "[torrent]")
{
    ResolutionBench bench(real_info());
    auto& crowd = bench.add();
    auto& other = bench.add();
    bench.world.run_for(5s);
    REQUIRE(bench.resolution.status().peers == 2);
    std::vector<std::unique_ptr<environment::Listener>> listeners;
    std::vector<std::unique_ptr<peer::Link>> links;
    struct Silent final : peer::LinkEvents {
        void on_handshake(const peer::Handshake&) override {}
        void on_message(const peer::Message&) override {}
        peer::BlockSink on_block_begin(const peer::BlockHead&) override { return {}; }
        void on_block_end(const peer::BlockHead&, peer::Payload) override {}
        void on_sent() override {}
        void on_closed(const Error&) override {}
    } silent;
    for (std::uint16_t i = 1; i <= 40; ++i) {
        auto listening = crowd.node.transport().listen(crowd.node.endpoint(static_cast<std::uint16_t>(7000 + i)), [&, i](auto link) {
            WirePeerId id;
            id.bytes.fill(static_cast<std::byte>(100 + i));
            link->set_events(&silent);
            link->send(peer::Handshake{.capabilities = {.fast = true, .extended = true}, .info_hash = bench.info_hash.wire(), .peer_id = id});
            links.push_back(std::move(link));
        });
        REQUIRE(listening);
        listeners.push_back(std::move(*listening));
        bench.resolution.add_peer(crowd.node.endpoint(static_cast<std::uint16_t>(7000 + i)));
    }
    bench.world.run_for(10s);
    CHECK(bench.resolution.status().peers == 17);
    CHECK(other.link != nullptr);
}

TEST_CASE("a peer that is connected already is not met a second time", "[torrent]")
{
    ResolutionBench bench(real_info());
    auto& first = bench.add();
    auto& twin = bench.add();
    twin.id = first.id;
    bench.world.run_for(5s);
    CHECK(bench.resolution.status().peers == 1);
}

TEST_CASE("a plug-in that speaks before it has a peer finds none, and no metadata", "[torrent]")
{
    ResolutionBench bench(real_info());
    using Service = shoal_host_extension_v1;
    shoal_bytes info{};
    CHECK(bench.plugin.ask(&Service::metadata, &info) == SHOAL_E_NOT_FOUND);
    CHECK(bench.plugin.ask(&Service::piece_lost, 1, 0) == SHOAL_E_STALE);
    auto& peer = bench.add();
    bench.world.run_for(5s);
    bench.introduce(peer);
    CHECK(bench.plugin.ask(&Service::piece_lost, 1, 0) == SHOAL_E_ARGUMENT);  // nobody knows a piece yet
    CHECK(bench.plugin.ask(&Service::disconnect, 1, to_abi("it lied")) == SHOAL_OK);
    bench.world.run_for(1s);
    CHECK(bench.resolution.status().peers == 0);
}

TEST_CASE("a resolution that is stopped in the turn in which the metadata came tells nobody of it", "[torrent]")
{
    const auto info = real_info();
    ResolutionBench bench(info);
    bench.world.run_for(5s);
    CHECK(bench.fetch(info) == SHOAL_OK);
    int stopped = 0;
    bench.resolution.stop([&] { ++stopped; });
    bench.world.run_for(60s);
    CHECK(stopped == 1);
    CHECK(bench.resolved.empty());
}

TEST_CASE("who was connected for the metadata may be called at once for the download", "[torrent]")
{
    const auto info = real_info();
    ResolutionBench bench(info);
    auto& peer = bench.add();
    bench.world.run_for(5s);
    bench.introduce(peer);
    REQUIRE(bench.fetch(info) == SHOAL_OK);
    bench.world.run_for(1s);
    const auto finder = bench.resolution.release_finder();
    REQUIRE(finder);
    CHECK(finder->candidates().next(bench.node.loop().now()) == peer.endpoint());
    CHECK(bench.plugin.told.back() == "gone 1");
    CHECK(bench.resolution.status().peers == 0);
}
