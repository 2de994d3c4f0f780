#include "support/made_torrent.hpp"
#include "unit/torrent/scripted_peer.hpp"

#include "lab/node.hpp"
#include "lab/world.hpp"
#include "session/session.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

using namespace shoal;
using namespace std::chrono_literals;
using session::AddOptions;
using session::Session;
using test::make_torrent;
using torrent::test::ScriptedPeer;

namespace {

test::MadeTorrent three_files(std::uint64_t seed = 1)
{
    return make_torrent(
        {.name = "three",
         .files = {{"a.txt", 40'000, false}, {"b.mkv", 200'000, false}, {"c.txt", 30'000, false}},
         .seed = seed});
}

struct SessionBench : torrent::TorrentEvents {
    SessionBench() { registry.scan(SHOAL_TEST_PLUGINS); }

    void open(session::SessionSettings settings = {})
    {
        settings.checked = true;
        made = std::make_unique<Session>(
            Session::Parts{node.environment(), node.transport(), registry, *this, {}}, std::move(settings));
    }

    Result<TorrentHandle> add(const test::MadeTorrent& torrent, AddOptions options = {})
    {
        options.storage = "memory";
        options.folder = "/nowhere";
        return made->add(*torrent.torrent, std::move(options));
    }

    void on_event(TorrentHandle torrent, std::string_view name, control::Value) override
    {
        events.push_back(std::to_string(torrent.value()) + " " + std::string(name));
    }

    host::Registry registry;  // its factories outlive all that was made with them, and the loop
    lab::World world;
    lab::Node& node = world.add_node();
    std::vector<std::string> events;
    std::unique_ptr<Session> made;
};

// A session that listens, with one torrent, and strangers who come to it.
struct Visited : SessionBench {
    Visited()
    {
        open({.listen = {node.endpoint(6881)}});
        REQUIRE(made->listen());
        const auto added = add(torrent);
        REQUIRE(added);
        handle = *added;
        world.run_for(1s);
    }

    ScriptedPeer& stranger()
    {
        strangers.push_back(std::make_unique<ScriptedPeer>(world, torrent.torrent->info_hash.wire(),
                                                           torrent.torrent->geometry.piece_count()));
        strangers.back()->pieces.clear_all();
        return *strangers.back();
    }
    void come(ScriptedPeer& stranger)
    {
        stranger.connect(node.endpoint(6881));
        world.run_for(5s);
    }
    std::uint32_t peers() { return made->find(handle)->status().swarm.peers; }

    test::MadeTorrent torrent = three_files();
    TorrentHandle handle{0};
    std::vector<std::unique_ptr<ScriptedPeer>> strangers;
};

void refuses(const Result<TorrentHandle>& added, Errc code, const std::string& text)
{
    REQUIRE_FALSE(added);
    CHECK(errc_name(added.error().code) == errc_name(code));
    CHECK_THAT(added.error().text, Catch::Contains(text));
}

}  // namespace

TEST_CASE("a torrent that was removed is shown a last time, and can be added again", "[session]")
{
    SessionBench bench;
    bench.open();
    const auto torrent = three_files();
    const auto handle = bench.add(torrent);
    REQUIRE(handle);
    bench.world.run_for(1s);
    refuses(bench.add(torrent), Errc::invalid_argument, "is here already");

    std::vector<torrent::Stage> last;
    bench.made->remove(*handle, [&](torrent::Torrent* stopped, const torrent::Resume&) {
        REQUIRE(stopped != nullptr);
        last.push_back(stopped->stage());
    });
    CHECK(last.empty());
    refuses(bench.add(torrent), Errc::invalid_argument, "is here already");
    bench.world.run_for(10s);
    CHECK(last == std::vector{torrent::Stage::paused});
    CHECK(bench.made->find(*handle) == nullptr);
    const auto again = bench.add(torrent);
    REQUIRE(again);
    CHECK(*again != *handle);
}

TEST_CASE("what is removed may be gone already", "[session]")
{
    SessionBench bench;
    bench.open();
    std::uint32_t last = 0;
    bench.made->remove(TorrentHandle{77}, [&](torrent::Torrent* stopped, const torrent::Resume&) {
        CHECK(stopped == nullptr);
        ++last;
    });
    bench.world.run_for(1s);
    CHECK(last == 1);
}

TEST_CASE("a session names itself after its client, and each differently", "[session]")
{
    SessionBench one;
    SessionBench two;
    one.open();
    auto& other = two.world.add_node();
    two.made = std::make_unique<Session>(
        Session::Parts{other.environment(), other.transport(), two.registry, two, {}},
        session::SessionSettings{});
    const auto id = one.made->identity().peer_id;
    CHECK(as_text(id.bytes).substr(0, 8) == "-SH0100-");
    CHECK(id != two.made->identity().peer_id);
    SessionBench same;
    same.open();
    CHECK(id == same.made->identity().peer_id);  // the same seed, the same run
}

TEST_CASE("a session listens where it is told and tells others its first port", "[session]")
{
    SessionBench bench;
    bench.open({.listen = {bench.node.endpoint(6881), bench.node.endpoint(0)}});
    REQUIRE(bench.made->listen());
    const auto all = bench.made->listening();
    REQUIRE(all.size() == 2);
    CHECK(all[0].port == 6881);
    CHECK(all[1].port != 0);
    CHECK(bench.made->identity().listen_port == 6881);
}

TEST_CASE("an address that is taken is an error that names it", "[session]")
{
    SessionBench bench;
    auto taken = bench.node.transport().listen(bench.node.endpoint(6881), [](auto) {});
    REQUIRE(taken);
    bench.open({.listen = {bench.node.endpoint(6881)}});
    const auto listening = bench.made->listen();
    REQUIRE_FALSE(listening);
    CHECK_THAT(listening.error().text, Catch::Contains(bench.node.endpoint(6881).to_string()));
}

TEST_CASE("a torrent is added once", "[session]")
{
    SessionBench bench;
    bench.open();
    const auto first = bench.add(three_files());
    REQUIRE(first);
    refuses(bench.add(three_files()), Errc::invalid_argument, "three is here already");
    const auto other = bench.add(three_files(2));
    REQUIRE(other);
    CHECK(*first != *other);
    CHECK(bench.made->torrents().size() == 2);
    CHECK(bench.made->find(*first) != nullptr);
    CHECK(bench.made->find(TorrentHandle{99}) == nullptr);
}

TEST_CASE("who comes for a torrent that is here is met", "[session]")
{
    Visited session;
    auto& stranger = session.stranger();
    session.come(stranger);
    CHECK(session.peers() == 1);
    CHECK(stranger.link != nullptr);
    CHECK(stranger.has_heard("have none"));
}

TEST_CASE("P9 who comes for the torrent with the hash of zeros, or another that is not here, hears nothing", "[session]")
{
    Visited session;
    for (const auto octet : {std::byte{0}, std::byte{0x77}}) {
        auto& stranger = session.stranger();
        stranger.info_hash.bytes.fill(octet);
        session.come(stranger);
        CHECK(stranger.connections == 1);
        CHECK(stranger.closed);
        CHECK(stranger.heard.empty());
    }
    CHECK(session.peers() == 0);
}

TEST_CASE("P9 who comes with our own peer id is dropped unanswered, and others are met", "[session]")
{
    Visited session;
    auto& mirror = session.stranger();
    mirror.id = session.made->identity().peer_id;
    session.come(mirror);
    CHECK(mirror.closed);
    CHECK(mirror.heard.empty());
    CHECK(session.peers() == 0);
    session.come(session.stranger());
    CHECK(session.peers() == 1);
}

TEST_CASE("P9 who comes with the peer id of somebody who is here is dropped, and may come when that one has left",
          "[session]")
{
    Visited session;
    auto& first = session.stranger();
    auto& second = session.stranger();
    second.id = first.id;
    session.come(first);
    session.come(second);
    CHECK(first.link != nullptr);
    CHECK(second.closed);
    CHECK(second.heard.empty());
    CHECK(session.peers() == 1);
    first.leave();
    session.come(second);
    CHECK(second.link != nullptr);
    CHECK(session.peers() == 1);
}

TEST_CASE("a storage that does not exist is an error that names those that do", "[session]")
{
    SessionBench bench;
    bench.open();
    const auto added = bench.made->add(*three_files().torrent, {.folder = "/nowhere", .storage = "tape"});
    refuses(added, Errc::not_found, "memory");
    CHECK(bench.made->torrents().empty());
}

TEST_CASE("a picker or choker that does not exist is an error at once, and of that torrent only", "[session]")
{
    SessionBench bench;
    bench.open();
    const auto good = bench.add(three_files());
    REQUIRE(good);
    AddOptions options;
    options.pickers = {"rarest-first", "psychic"};
    refuses(bench.add(three_files(2), std::move(options)), Errc::not_found, "psychic");
    options = {};
    options.choker = "boa";
    refuses(bench.add(three_files(2), std::move(options)), Errc::not_found, "boa");
    CHECK(bench.made->torrents().size() == 1);
    bench.world.run_for(1s);
    CHECK(bench.made->find(*good)->stage() == torrent::Stage::downloading);
}

TEST_CASE("a glob may begin with the torrent's own folder", "[session]")
{
    SessionBench bench;
    bench.open();
    AddOptions options;
    options.select = {"three/b.mkv"};
    const auto added = bench.add(three_files(), std::move(options));
    REQUIRE(added);
    auto* torrent = bench.made->find(*added);
    const auto& geometry = torrent->metainfo().geometry;
    CHECK(torrent->priority(*geometry.file(0)) == torrent::Priority::skip);
    CHECK(torrent->priority(*geometry.file(1)) == torrent::Priority::normal);
}

TEST_CASE("settings are checked against every plug-in of that name or id", "[session]")
{
    SessionBench bench;
    const auto checked = [&](const std::string& plugin, const std::string& setting, const char* value) {
        session::PluginSettings settings;
        settings[plugin][setting] = value;
        const auto known = session::check_settings(bench.registry, settings);
        CHECK((known || known.error().code == Errc::invalid_argument));
        return known.has_value();
    };
    CHECK(checked("memory", "max_bytes", "60"));
    CHECK(checked("org.shoal.storage.memory", "max_bytes", "60"));
    CHECK_FALSE(checked("memory", "max_bytes", "plenty"));
    CHECK_FALSE(checked("memory", "bogus", "1"));
    CHECK_FALSE(checked("bogus", "max_bytes", "60"));
}

TEST_CASE("what no glob selects is skipped", "[session]")
{
    SessionBench bench;
    bench.open();
    AddOptions options;
    options.select = {"*.mkv", "c.*"};
    const auto handle = bench.add(three_files(), std::move(options));
    REQUIRE(handle);
    auto* torrent = bench.made->find(*handle);
    const auto& geometry = torrent->metainfo().geometry;
    CHECK(torrent->priority(*geometry.file(0)) == torrent::Priority::skip);
    CHECK(torrent->priority(*geometry.file(1)) == torrent::Priority::normal);
    CHECK(torrent->priority(*geometry.file(2)) == torrent::Priority::normal);
    // 32 KiB pieces: the first is of the skipped file alone, the second has a byte of the next.
    CHECK(torrent->ledger().priority(*geometry.piece(0)) == 0);
    CHECK(torrent->ledger().priority(*geometry.piece(1)) == 4);
    CHECK(torrent->ledger().wanted_count() == geometry.piece_count() - 1);
}

TEST_CASE("globs that select nothing are an error that shows them", "[session]")
{
    SessionBench bench;
    bench.open();
    AddOptions options;
    options.select = {"*.iso", "x/*"};
    refuses(bench.add(three_files(), std::move(options)), Errc::invalid_argument, "*.iso, x/*");
    CHECK(bench.made->torrents().empty());
}

TEST_CASE("M20 selecting from very many files takes no long time", "[session]")
{
    test::Recipe recipe{.name = "many", .piece_length = 16384};
    for (int i = 0; i < 20'000; ++i)
        recipe.files.push_back({"f" + std::to_string(i), 100 + static_cast<std::uint64_t>(i % 7), false});
    const auto many = make_torrent(recipe);
    SessionBench bench;
    bench.open();
    AddOptions options;
    options.select = {"f19999"};
    const auto handle = bench.add(many, std::move(options));
    REQUIRE(handle);
    CHECK(bench.made->find(*handle)->ledger().wanted_count() == 1);
}

TEST_CASE("settings of plug-ins are read as their manifests say, or refused", "[session]")
{
    SessionBench bench;
    session::SessionSettings settings;
    settings.plugins["memory"]["max_bytes"] = "1000";
    bench.open(std::move(settings));
    CHECK(bench.add(three_files()));

    SessionBench wrong;
    settings = {};
    settings.plugins["memory"]["max_bytes"] = "plenty";
    wrong.open(std::move(settings));
    const auto added = wrong.add(three_files());
    REQUIRE_FALSE(added);
    CHECK_THAT(added.error().text, Catch::Contains("max_bytes"));

    SessionBench unknown;
    settings = {};
    settings.plugins["memory"]["colour"] = "red";
    unknown.open(std::move(settings));
    CHECK_FALSE(unknown.add(three_files()));
}

TEST_CASE("stopping ends every torrent and then says so, once", "[session]")
{
    SessionBench bench;
    bench.open();
    const auto one = bench.add(three_files());
    const auto two = bench.add(three_files(2));
    bench.world.run_for(5s);
    int stopped = 0;
    bench.made->stop([&] { ++stopped; });
    CHECK(stopped == 0);
    bench.world.run_for(60s);
    CHECK(stopped == 1);
    CHECK(bench.made->find(*one)->stage() == torrent::Stage::paused);
    CHECK(bench.made->find(*two)->stage() == torrent::Stage::paused);
    CHECK(bench.made->buffers().in_use() == 0);
}

TEST_CASE("a session without torrents stops as well", "[session]")
{
    SessionBench bench;
    bench.open();
    bool is_stopped = false;
    bench.made->stop([&] { is_stopped = true; });
    CHECK_FALSE(is_stopped);
    bench.world.run_for(1s);
    CHECK(is_stopped);
}

TEST_CASE("a session that ends before it has stopped tells nobody that it has", "[session]")
{
    const bool has_torrent = GENERATE(false, true);
    SessionBench bench;
    bench.open();
    if (has_torrent) REQUIRE(bench.add(three_files()));
    bool is_stopped = false;
    bench.made->stop([&] { is_stopped = true; });
    bench.made.reset();
    bench.world.run_for(60s);
    CHECK_FALSE(is_stopped);
}

TEST_CASE("a session may end at any moment of its life", "[session]")
{
    for (int after = 0; after < 40; ++after) {
        SessionBench bench;
        bench.open({.listen = {bench.node.endpoint(6881)}});
        REQUIRE(bench.made->listen());
        REQUIRE(bench.add(three_files()));
        for (int i = 0; i < after; ++i) bench.world.step();
        bench.made.reset();
        bench.world.run_for(10s);
    }
}
