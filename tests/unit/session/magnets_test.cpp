#include "support/crowd.hpp"

#include "lab/node.hpp"
#include "lab/world.hpp"
#include "session/session.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

using namespace shoal;
using namespace std::chrono_literals;
using metainfo::Magnet;
using metainfo::TorrentFile;
using session::AddOptions;
using session::Session;
using support::Crowd;
using support::Member;

namespace {

const std::vector<std::string> metadata = {"metadata"};

AddOptions in_memory(std::vector<Endpoint> peers = {})
{
    AddOptions options;
    options.folder = "/nowhere";
    options.storage = "memory";
    options.peers = std::move(peers);
    return options;
}

Magnet link_of(const TorrentFile& torrent)
{
    return {.info_hash = torrent.info_hash};
}

// A seed of three files, and one who has but the link.
struct Scene {
    explicit Scene(std::vector<std::string> extensions = metadata)
        : crowd({.piece_length = 16'384, .files = {40'000, 50'000, 60'000}, .has_octets = true, .trackers = {}}),
          seed(crowd.add({.is_seed = true, .extensions = metadata})), leecher(crowd.add({.extensions = std::move(extensions)}))
    {
        seed.start({});
    }

    Session& session() { return *leecher.session; }
    const TorrentFile& torrent() const { return crowd.content.torrent; }
    Result<TorrentHandle> add(Magnet magnet) { return session().add(std::move(magnet), in_memory({seed.endpoint()})); }
    Result<TorrentHandle> resolve()
    {
        return session().resolve(link_of(torrent()), {seed.endpoint()},
                                 [this](Result<TorrentFile> metainfo) { resolved.push_back(std::move(metainfo)); });
    }
    std::string last_state() const
    {
        const auto* payload = leecher.last("torrent.state");
        return payload == nullptr ? "" : *payload->as_map()->find("state")->as_text();
    }

    Crowd crowd;
    Member& seed;
    Member& leecher;
    std::vector<Result<TorrentFile>> resolved;
};

void fails(const Result<TorrentHandle>& added, Errc code, const std::string& text)
{
    REQUIRE_FALSE(added);
    CHECK(errc_name(added.error().code) == errc_name(code));
    CHECK_THAT(added.error().text, Catch::Contains(text));
}

}  // namespace

TEST_CASE("without a plug-in that fetches metadata a magnet link is an error that says so", "[session][magnets]")
{
    Scene scene(GENERATE(std::vector<std::string>{}, std::vector<std::string>{"bogus"}));
    fails(scene.add(link_of(scene.torrent())), Errc::unsupported, "needs an extension plug-in that fetches metadata");
    fails(scene.resolve(), Errc::unsupported, "shoal.extension/1");
    CHECK(scene.leecher.count("torrent.state") == 0);
}

TEST_CASE("a torrent is here once, whether it came as a link or as a file", "[session][magnets]")
{
    Scene scene;
    auto link = link_of(scene.torrent());
    const auto first = scene.add(link);
    REQUIRE(first);
    CHECK(scene.session().find(*first) == nullptr);
    CHECK(scene.session().find_resolution(*first) != nullptr);
    CHECK(scene.last_state() == "resolving");
    fails(scene.add(link), Errc::invalid_argument, link.info_hash.hex() + " is here already");
    link.name = "known by name";
    fails(scene.add(link), Errc::invalid_argument, "known by name is here already");
    fails(scene.resolve(), Errc::invalid_argument, "is here already");
    fails(scene.session().add(scene.torrent(), in_memory()), Errc::invalid_argument, "crowd is here already");
    scene.crowd.world.run_for(30s);
    CHECK(scene.session().find(*first) != nullptr);
    CHECK(scene.session().find_resolution(*first) == nullptr);
    fails(scene.add(link), Errc::invalid_argument, "is here already");
}

TEST_CASE("a link that is removed is not fetched any more, and can be added again", "[session][magnets]")
{
    Scene scene;
    const auto added = scene.add(link_of(scene.torrent()));
    REQUIRE(added);
    std::uint32_t last = 0;
    scene.session().remove(*added, [&](torrent::Torrent* stopped, const torrent::Resume&) {
        CHECK(stopped == nullptr);
        ++last;
    });
    CHECK(scene.session().find_resolution(*added) == nullptr);
    scene.crowd.world.run_for(60s);
    CHECK(last == 1);
    CHECK(scene.session().find(*added) == nullptr);
    CHECK(scene.leecher.count("torrent.metadata") == 0);
    CHECK(scene.add(link_of(scene.torrent())));
}

TEST_CASE("a picker that does not exist is an error at once, also with a link", "[session][magnets]")
{
    Scene scene;
    auto options = in_memory();
    options.pickers = {"psychic"};
    fails(scene.session().add(link_of(scene.torrent()), std::move(options)), Errc::not_found, "psychic");
}

TEST_CASE("a link's file numbers select files", "[session][magnets]")
{
    Scene scene;
    auto link = link_of(scene.torrent());
    link.selection = {{1, 1}, {7, 9}};
    const auto added = scene.add(link);
    REQUIRE(added);
    scene.crowd.world.run_for(30s);
    const auto* torrent = scene.session().find(*added);
    REQUIRE(torrent != nullptr);
    const auto& geometry = torrent->metainfo().geometry;
    CHECK(torrent->priority(*geometry.file(0)) == torrent::Priority::skip);
    CHECK(torrent->priority(*geometry.file(1)) == torrent::Priority::normal);
    CHECK(torrent->priority(*geometry.file(2)) == torrent::Priority::skip);
}

TEST_CASE("a link that selects nothing that there is fails with the reason, and may be added again", "[session][magnets]")
{
    Scene scene;
    auto link = link_of(scene.torrent());
    auto options = in_memory({scene.seed.endpoint()});
    std::string reason = "crowd has none of the files that the link selects";
    if (GENERATE(true, false)) {
        link.selection = {{3, 9}};
    } else {
        options.select = {"*.iso"};
        reason = "no file of crowd matches *.iso";
    }
    const auto added = scene.session().add(link, std::move(options));
    REQUIRE(added);
    CHECK(scene.session().resolution_failure(*added) == nullptr);
    scene.crowd.world.run_for(30s);
    CHECK(scene.session().find(*added) == nullptr);
    CHECK(scene.session().find_resolution(*added) == nullptr);
    REQUIRE(scene.session().resolution_failure(*added) != nullptr);
    CHECK(scene.session().resolution_failure(*added)->text == reason);
    CHECK(scene.last_state() == "failed");
    CHECK(*scene.leecher.last("torrent.state")->as_map()->find("why")->as_text() == reason);
    const auto again = scene.add(link_of(scene.torrent()));
    REQUIRE(again);
    CHECK(*again != *added);
    scene.crowd.world.run_for(30s);
    CHECK(scene.session().find(*again) != nullptr);
}

TEST_CASE("metadata that was asked for and nothing else comes once, with what the link says, and leaves nothing behind",
          "[session][magnets]")
{
    Scene scene;
    auto link = link_of(scene.torrent());
    link.trackers = {"x://one/announce"};
    link.web_seeds = {"http://seed.example/"};
    const auto handle = scene.session().resolve(link, {scene.seed.endpoint()}, [&](Result<TorrentFile> metainfo) {
        scene.resolved.push_back(std::move(metainfo));
    });
    REQUIRE(handle);
    CHECK(scene.resolved.empty());
    scene.crowd.world.run_for(60s);
    REQUIRE(scene.resolved.size() == 1);
    REQUIRE(scene.resolved[0]);
    CHECK(scene.resolved[0]->info == scene.torrent().info);
    CHECK(scene.resolved[0]->trackers == std::vector<std::vector<std::string>>{{"x://one/announce"}});
    CHECK(scene.resolved[0]->web_seeds == link.web_seeds);
    CHECK(scene.session().torrents().empty());
    CHECK(scene.session().find_resolution(*handle) == nullptr);
    CHECK(scene.seed.status().swarm.peers == 0);
}

TEST_CASE("a session that fetches metadata stops at any moment, says so once, and tells and begins nothing after it",
          "[session][magnets]")
{
    const bool is_to_download = GENERATE(false, true);
    bool is_always_stopped = true;
    bool was_resolved = false;
    for (int after = 0; !was_resolved; ++after) {
        REQUIRE(after < 2000);
        Scene scene;
        const auto added = is_to_download ? scene.add(link_of(scene.torrent())) : scene.resolve();
        REQUIRE(added);
        for (int i = 0; i < after; ++i) scene.crowd.world.step();
        was_resolved = !scene.resolved.empty() || scene.session().find(*added) != nullptr;
        const auto told = scene.resolved.size();
        int stopped = 0;
        scene.session().stop([&] { ++stopped; });
        scene.crowd.world.run_for(30s);
        const auto* torrent = scene.session().find(*added);
        const bool is_begun = torrent != nullptr && torrent->stage() != torrent::Stage::paused;
        is_always_stopped = is_always_stopped && stopped == 1 && !is_begun && (torrent == nullptr || was_resolved);
        if (!is_to_download && told == 1) CHECK(scene.resolved.size() == 1);
    }
    CHECK(is_always_stopped);
}

TEST_CASE("a session that fetches metadata may end at any moment", "[session][magnets]")
{
    for (int after = 0; after < 400; after += 7) {
        Scene scene;
        REQUIRE(scene.resolve());
        for (int i = 0; i < after; ++i) scene.crowd.world.step();
        const auto told = scene.resolved.size();
        scene.leecher.session.reset();
        scene.crowd.world.run_for(10s);
        CHECK(scene.resolved.size() == told);
    }
}

namespace {

// A host of the local network that says in the group of BEP 14 what it has, each torrent at another port, and counts who calls.
struct Neighbour {
    explicit Neighbour(lab::World& world) : node(world.add_node())
    {
        auto joined = node.environment().network.open_group(*Endpoint::parse("239.192.152.143:6771"), [](auto&&...) {});
        REQUIRE(joined);
        socket = std::move(*joined);
    }

    void has(const Hash20& info_hash, std::uint16_t port)
    {
        auto listening = node.transport().listen(node.endpoint(port), [this, port](auto link) {
            called.push_back(port);
            links.push_back(std::move(link));
        });
        REQUIRE(listening);
        listeners.push_back(std::move(*listening));
        const auto message = "BT-SEARCH * HTTP/1.1\r\nHost: 239.192.152.143:6771\r\nPort: " + std::to_string(port)
                             + "\r\nInfohash: " + info_hash.hex() + "\r\n\r\n\r\n";
        socket->send(*Endpoint::parse("239.192.152.143:6771"), as_bytes(message));
    }

    lab::Node& node;
    std::unique_ptr<environment::DatagramSocket> socket;
    std::vector<std::unique_ptr<environment::Listener>> listeners;
    std::vector<std::unique_ptr<peer::Link>> links;
    std::vector<std::uint16_t> called;
};

struct Silent final : torrent::TorrentEvents {
    void on_event(TorrentHandle, std::string_view, control::Value) override {}
};

}  // namespace

TEST_CASE("who is spotted is called for a torrent or a link of ours, not for a private or an unknown one",
          "[session][magnets]")
{
    host::Registry registry;
    registry.scan(SHOAL_TEST_PLUGINS);
    Silent silent;
    lab::World world;
    auto& node = world.add_node();
    Session session({node.environment(), node.transport(), registry, silent, {}},
                    {.listen = {node.endpoint(6881)}, .checked = true, .discoveries = {"lsd"}, .extensions = metadata});
    REQUIRE(session.listen());
    const auto is_open = support::make_content({.pieces = 4, .files = {}, .trackers = {}}).torrent;
    const auto is_private = support::make_content({.pieces = 5, .files = {}, .is_private = true, .trackers = {}}).torrent;
    const Hash20 link{{std::byte{1}}};
    REQUIRE(session.add(is_open, in_memory()));
    REQUIRE(session.add(is_private, in_memory()));
    REQUIRE(session.add(Magnet{.info_hash = {.v1 = link, .v2 = std::nullopt}}, in_memory()));
    world.run_for(60s);

    Neighbour neighbour(world);
    neighbour.has(is_open.info_hash.wire(), 7001);
    neighbour.has(is_private.info_hash.wire(), 7002);
    neighbour.has(link, 7003);
    neighbour.has(Hash20{{std::byte{9}}}, 7004);
    world.run_for(5s);
    std::ranges::sort(neighbour.called);
    CHECK(neighbour.called == std::vector<std::uint16_t>{7001, 7003});
}
