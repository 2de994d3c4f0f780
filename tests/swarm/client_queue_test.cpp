#include "swarm/client_scene.hpp"

#include "support/made_torrent.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <algorithm>

using namespace shoal;
using namespace std::chrono_literals;
using control::Value;
using test::ClientScene;

namespace {

// The scene's torrent, and one that nobody has.
struct Two : ClientScene {
    Two()
    {
        const auto made = test::make_torrent({.name = "rare.bin", .files = {{"", 50'000, false}}});
        rare_file = folder.write("rare.torrent", as_text(metainfo::to_torrent(*made.torrent)));
        rare = made.torrent->info_hash.hex();
    }
    std::string state_of(const std::string& torrent)
    {
        const auto shown = call("torrents.show", Value::Map{}.set("torrent", torrent));
        return shown ? *shown->as_map()->find("state")->as_text() : shown.error().text;
    }
    void limit(queue::Limits limits) { client->set_defaults({.folder = folder / "files", .queue = limits}); }

    std::string rare_file;
    std::string rare;
};

struct Given : ClientScene {
    void limit(queue::EndDefaults ends) { client->set_defaults({.folder = folder / "files", .ends = ends}); }
    bool has_ended() const { return std::ranges::find(events, "torrent.ended") != events.end(); }
};

}  // namespace

TEST_CASE("who finishes makes room for the next in the queue", "[client][queue]")
{
    Two two;
    two.limit({.downloads = 1});
    two.add();
    REQUIRE(two.call("torrents.add", Value::Map{}.set("source", two.rare_file)));
    two.crowd.world.run_for(1s);
    CHECK(two.state() == "downloading");
    CHECK(two.state_of(two.rare) == "waiting");
    REQUIRE(two.wait_for("seeding"));
    two.crowd.world.run_for(5s);
    CHECK(two.state_of(two.rare) == "downloading");
}

TEST_CASE("a seed further up in the queue gives its place to a download when only one may be active", "[client][queue]")
{
    Two two;
    two.add();
    REQUIRE(two.wait_for("seeding"));
    two.limit({.active = 1});
    two.crowd.world.run_for(1s);
    CHECK(two.state() == "seeding");
    REQUIRE(two.call("torrents.add", Value::Map{}.set("source", two.rare_file)));
    two.crowd.world.run_for(5s);
    CHECK(two.state_of(two.rare) == "downloading");
    CHECK(two.state() == "waiting");
    CHECK(two.call("torrents.stop", Value::Map{}.set("torrent", two.rare)));
    CHECK(two.wait_for("seeding", 5s));
}

TEST_CASE("who is put before another in the queue runs instead of it, and so it stays", "[client][queue]")
{
    Two two;
    two.limit({.downloads = 1});
    two.add();
    REQUIRE(two.call("torrents.add", Value::Map{}.set("source", two.rare_file)));
    two.crowd.world.run_for(1s);
    CHECK(two.state_of(two.rare) == "waiting");
    CHECK(two.call("torrents.queue", Value::Map{}.set("torrent", two.rare).set("to", "top")));
    two.crowd.world.run_for(1s);
    CHECK(two.state_of(two.rare) == "downloading");
    CHECK(two.state() == "waiting");
    two.restart();
    two.limit({.downloads = 1});
    two.crowd.world.run_for(1s);
    CHECK(two.state_of(two.rare) == "downloading");
    CHECK(two.state() == "waiting");
    const auto nowhere = two.call("torrents.queue", Value::Map{}.set("torrent", two.rare).set("to", "left"));
    CHECK(errc_name(nowhere.error().code) == errc_name(Errc::invalid_argument));
}

TEST_CASE("who is stopped makes room, and waits when it is started again", "[client][queue]")
{
    Two two;
    two.limit({.downloads = 1});
    REQUIRE(two.call("torrents.add", Value::Map{}.set("source", two.rare_file)));
    two.add();
    two.crowd.world.run_for(1s);
    CHECK(two.state() == "waiting");
    CHECK(two.call("torrents.stop", Value::Map{}.set("torrent", two.rare)));
    two.crowd.world.run_for(1s);
    CHECK(two.state() == "downloading");
    CHECK(two.state_of(two.rare) == "stopped");
    two.limit({});
    CHECK(two.call("torrents.start", Value::Map{}.set("torrent", two.rare)));
    two.crowd.world.run_for(1s);
    CHECK(two.state_of(two.rare) == "downloading");
}

TEST_CASE("a seed stops when it has seeded so long, counted from its own beginning", "[client][queue]")
{
    Given scene;
    scene.limit({.seeding_time = 60s});
    scene.crowd.world.run_for(1h);
    scene.add();
    REQUIRE(scene.wait_for("seeding"));
    scene.crowd.world.run_for(40s);
    CHECK(scene.state() == "seeding");
    CHECK_FALSE(scene.has_ended());
    CHECK(scene.wait_for("stopped", 60s));
    CHECK(scene.has_ended());
    scene.restart();
    scene.crowd.world.run_for(5s);
    CHECK(scene.state() == "stopped");
}

TEST_CASE("a seed that nobody takes anything of stops after its idle time, counted anew after a restart", "[client][queue]")
{
    Given scene;
    scene.add();
    REQUIRE(scene.wait_for("seeding"));
    scene.crowd.world.run_for(1h);
    scene.restart();
    scene.limit({.idle_time = 60s});
    REQUIRE(scene.wait_for("seeding", 5s));
    scene.crowd.world.run_for(40s);
    CHECK(scene.state() == "seeding");
    CHECK(scene.wait_for("stopped", 60s));
}

TEST_CASE("a torrent's own limit goes before that of all, and 0 is none", "[client][queue]")
{
    Given scene;
    scene.limit({.seeding_time = 60s});
    scene.add();
    CHECK(scene.call("torrents.set", scene.of_torrent().set("changes", Value::Map{}.set("seed_time", 0))));
    REQUIRE(scene.wait_for("seeding"));
    scene.crowd.world.run_for(1h);
    CHECK(scene.state() == "seeding");
    CHECK(scene.call("torrents.set", scene.of_torrent().set("changes", Value::Map{}.set("seed_time", Value{}))));
    CHECK(scene.wait_for("stopped", 30s));
}

TEST_CASE("a torrent is stopped at its ratio", "[client][queue]")
{
    Given scene;
    scene.limit({.ratio = 0.5});
    scene.add();
    REQUIRE(scene.wait_for("seeding"));
    scene.crowd.world.run_for(60s);
    CHECK(scene.state() == "seeding");  // it gave nothing yet
    auto& leecher = scene.crowd.add({.extensions = {"metadata"}});
    scene.seed->node.crash();
    leecher.start({scene.node->endpoint(6881)});
    CHECK(scene.wait_for("stopped", 300s));
    CHECK(scene.has_ended());
}

TEST_CASE("among many torrents the queue decides a moment later, and decides", "[client][queue]")
{
    Two two;
    two.limit({.downloads = 1});
    for (int i = 0; i < 510; ++i) {
        const auto link = fmt::format("magnet:?xt=urn:btih:{:040x}", i + 1);
        REQUIRE(two.call("torrents.add", Value::Map{}.set("source", link).set("stopped", true)));
    }
    two.add();
    REQUIRE(two.call("torrents.add", Value::Map{}.set("source", two.rare_file)));
    two.crowd.world.run_for(1s);
    CHECK(two.state() == "downloading");
    CHECK(two.state_of(two.rare) == "waiting");
    REQUIRE(two.call("torrents.stop", two.of_torrent()));
    two.crowd.world.run_for(1s);
    CHECK(two.state() == "stopped");
    CHECK(two.state_of(two.rare) == "downloading");
}
