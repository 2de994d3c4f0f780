#include "swarm/client_scene.hpp"

#include <catch2/catch.hpp>

#include <limits>

using namespace shoal;
using namespace std::chrono_literals;
using control::Value;
using test::ClientScene;

// What people and programs may ask, and what is refused before it does harm.

TEST_CASE("a folder is an absolute path without an end in its middle, for adding and for moving", "[client]")
{
    ClientScene scene;
    const auto folder = GENERATE(as<std::string>{}, "relative", "", "./here", std::string("/a\0b", 4));
    const auto added = scene.call("torrents.add", Value::Map{}.set("source", scene.torrent_file).set("folder", folder));
    REQUIRE_FALSE(added);
    CHECK(added.error().code == Errc::invalid_argument);
    CHECK(scene.client->entries().empty());
    scene.add();
    const auto moved = scene.call("torrents.move", scene.of_torrent().set("folder", folder));
    REQUIRE_FALSE(moved);
    CHECK(moved.error().code == Errc::invalid_argument);
    scene.restart();
    CHECK(scene.client->entries().size() == 1);
}

TEST_CASE("limits of time and ratio that no clock could count are refused, and those of an old database are harmless", "[client]")
{
    ClientScene scene;
    scene.add();
    REQUIRE(scene.wait_for("seeding"));
    const auto set = [&](const char* name, Value value) {
        return scene.call("torrents.set", scene.of_torrent().set("changes", Value::Map{}.set(name, std::move(value))));
    };
    constexpr auto huge = std::numeric_limits<std::int64_t>::max();
    for (const auto* name : {"seed_time", "idle_time"}) {
        CHECK_FALSE(set(name, huge));
        CHECK_FALSE(set(name, -1));
        CHECK(set(name, 4'000'000'000));
    }
    CHECK_FALSE(set("ratio", 1e300));
    CHECK_FALSE(set("ratio", std::numeric_limits<double>::quiet_NaN()));
    scene.crowd.world.run_for(60s);
    CHECK(scene.state() == "seeding");
}

TEST_CASE("a torrent that is named like the info-hash of another does not hide it", "[client]")
{
    ClientScene scene;
    scene.add();
    auto other = "magnet:?xt=urn:btih:" + std::string(40, 'f') + "&dn=" + scene.hash();
    REQUIRE(scene.call("torrents.add", Value::Map{}.set("source", other).set("stopped", true)));
    const auto shown = scene.show();
    CHECK(*shown.find("torrent")->as_text() == scene.hash());
    CHECK(*shown.find("name")->as_text() != scene.hash());
    CHECK(scene.client->entries().size() == 2);
}

TEST_CASE("what a torrent has of its own can be read back", "[client]")
{
    ClientScene scene;
    scene.add();
    CHECK(scene.show().find("limits") == nullptr);
    REQUIRE(scene.call("torrents.set", scene.of_torrent().set("changes", Value::Map{}.set("down", 1000).set("ratio", 1.5).set(
                                                                             "pickers", Value::List{"rarest-first"}))));
    const auto shown = scene.show();
    REQUIRE(shown.find("limits") != nullptr);
    CHECK(*shown.find("limits") == Value(Value::Map{}.set("down", 1000).set("ratio", 1.5)));
    CHECK(*shown.find("pickers") == Value(Value::List{"rarest-first"}));
    const auto listed = scene.call("torrents.list", Value::Map{}.set("filter", "limits.down=1000"));
    REQUIRE(listed);
    CHECK(listed->as_list()->size() == 1);
}

TEST_CASE("a torrent that does not run, or does not yet, says which trackers it has", "[client]")
{
    ClientScene scene({.trackers = {"http://tracker.example/announce"}});
    REQUIRE(scene.call("torrents.add", Value::Map{}.set("source", scene.torrent_file).set("stopped", GENERATE(true, false))));
    const auto trackers = scene.call("torrents.trackers", scene.of_torrent());
    REQUIRE(trackers);
    REQUIRE(trackers->as_list()->size() == 1);
    CHECK(*trackers->as_list()->front().as_map()->find("url")->as_text() == "http://tracker.example/announce");
}
