#include "swarm/client_scene.hpp"

#include "client/torrent_report.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>

using namespace shoal;
using namespace std::chrono_literals;
using control::Value;
using test::ClientScene;

TEST_CASE("a torrent is moved while it runs, and is found in its new folder after a restart", "[client]")
{
    ClientScene scene;
    scene.add();
    REQUIRE(scene.wait_for("seeding"));
    CHECK(scene.call("torrents.move", scene.of_torrent().set("folder", scene.folder / "elsewhere")));
    CHECK(scene.is_whole("elsewhere"));
    CHECK_FALSE(scene.folder.has("files/crowd"));
    CHECK(*scene.show().find("folder")->as_text() == scene.folder / "elsewhere");
    scene.seed->node.crash();
    scene.restart();
    CHECK(scene.wait_for("seeding", 2s));
    CHECK(scene.is_whole("elsewhere"));
}

TEST_CASE("a stopped torrent is moved, and is stopped afterwards", "[client]")
{
    ClientScene scene;
    scene.add();
    REQUIRE(scene.wait_for("seeding"));
    CHECK(scene.call("torrents.stop", scene.of_torrent()));
    CHECK(scene.call("torrents.move", scene.of_torrent().set("folder", scene.folder / "elsewhere")));
    scene.crowd.world.run_for(5s);
    CHECK(scene.state() == "stopped");
    CHECK(scene.is_whole("elsewhere"));
    CHECK(scene.client->session().torrents().empty());
}

TEST_CASE("a move that a crash ended is brought to its end at the next start", "[client]")
{
    ClientScene scene;
    scene.add();
    REQUIRE(scene.wait_for("seeding"));
    scene.seed->node.crash();
    scene.methods->call("torrents.move", scene.of_torrent().set("folder", scene.folder / "elsewhere"), [](const Result<Value>&) {});
    const auto steps = GENERATE(1, 5, 20, 50, 100, 200);
    CAPTURE(steps);
    scene.crowd.world.run_for(std::chrono::milliseconds(steps));
    scene.kill();
    CHECK(scene.wait_for("seeding", 10s));
    scene.crowd.world.run_for(5s);
    const bool is_asked_for = *scene.show().find("folder")->as_text() == scene.folder / "elsewhere";
    CHECK(scene.is_whole(is_asked_for ? "elsewhere" : "files"));
    CHECK(scene.folder.has("elsewhere/crowd") != scene.folder.has("files/crowd"));
}

TEST_CASE("a move that an end in peace cut short goes on at the next start", "[client]")
{
    ClientScene scene;
    scene.add();
    REQUIRE(scene.wait_for("seeding"));
    scene.seed->node.crash();
    scene.methods->call("torrents.move", scene.of_torrent().set("folder", scene.folder / "elsewhere"), [](const Result<Value>&) {});
    scene.crowd.world.run_for(std::chrono::milliseconds(GENERATE(0, 5, 20, 50)));
    scene.restart();
    CHECK(scene.wait_for("seeding", 10s));
    scene.crowd.world.run_for(5s);
    const bool is_asked_for = *scene.show().find("folder")->as_text() == scene.folder / "elsewhere";
    CHECK(scene.is_whole(is_asked_for ? "elsewhere" : "files"));
}

namespace {

// Its files are there, and nothing is on record of them.
void find_again(ClientScene& scene, bool is_stopped)
{
    scene.add();
    REQUIRE(scene.wait_for("seeding"));
    scene.seed->node.crash();
    REQUIRE(scene.call("torrents.remove", scene.of_torrent()));
    REQUIRE(scene.call("torrents.add", Value::Map{}.set("source", scene.torrent_file).set("stopped", is_stopped)));
}

}  // namespace

TEST_CASE("what was there already goes along with a move that is asked for before the check has ended", "[client]")
{
    ClientScene scene;
    const bool is_stopped = GENERATE(false, true);
    find_again(scene, is_stopped);
    CHECK(scene.call("torrents.move", scene.of_torrent().set("folder", scene.folder / "elsewhere")));
    CHECK(scene.is_whole("elsewhere"));
    CHECK_FALSE(scene.folder.has("files/crowd"));
    scene.restart();
    CHECK(scene.state() == (is_stopped ? "stopped" : "seeding"));
    CHECK(scene.progress() == 1);
    CHECK(*scene.show().find("finished_at")->as_integer() != 0);
}

TEST_CASE("what was there already is renamed before the check has ended, too", "[client]")
{
    ClientScene scene;
    const bool is_stopped = GENERATE(false, true);
    find_again(scene, is_stopped);
    CHECK(scene.call("torrents.rename", scene.of_torrent().set("path", "crowd").set("new_path", "show")));
    CHECK_FALSE(scene.folder.has("files/crowd"));
    for (const auto& file : scene.crowd.content.torrent.files) CHECK(scene.folder.has("files/show/" + file.path));
    scene.restart();
    CHECK(scene.state() == (is_stopped ? "stopped" : "seeding"));
    CHECK(scene.progress() == 1);
}

TEST_CASE("an end in peace does not wait for the check that a move waits for, and the next start brings both to their end", "[client]")
{
    ClientScene scene;
    find_again(scene, false);
    scene.methods->call("torrents.move", scene.of_torrent().set("folder", scene.folder / "elsewhere"), [](const Result<Value>&) {});
    scene.crowd.world.run_for(std::chrono::milliseconds(GENERATE(0, 1, 5, 20)));
    scene.restart();
    CHECK(scene.wait_for("seeding", 10s));
    CHECK(scene.is_whole("elsewhere"));
}

TEST_CASE("a torrent whose folder turns out to be a file is moved to another", "[client]")
{
    ClientScene scene;
    scene.add();
    REQUIRE(scene.call("torrents.stop", scene.of_torrent()));
    std::filesystem::remove_all(scene.folder / "files");
    scene.folder.write("files", "a file");
    REQUIRE(scene.call("torrents.start", scene.of_torrent()));
    REQUIRE(scene.wait_for("failed"));
    REQUIRE(scene.progress() == 0);
    REQUIRE(scene.call("torrents.move", scene.of_torrent().set("folder", scene.folder / "elsewhere")));
    CHECK(*scene.show().find("folder")->as_text() == scene.folder / "elsewhere");
    REQUIRE(scene.call("torrents.start", scene.of_torrent()));
    scene.crowd.world.run_for(2s);
    REQUIRE(scene.call("torrents.connect", scene.of_torrent().set("peers", Value::List{scene.seed->endpoint().to_string()})));
    REQUIRE(scene.wait_for("seeding"));
    CHECK(scene.is_whole("elsewhere"));
}

TEST_CASE("a magnet link goes to another folder and has a label before its metadata is known", "[client]")
{
    ClientScene scene;
    REQUIRE(scene.call("torrents.add", Value::Map{}.set("source", "magnet:?xt=urn:btih:" + scene.hash())));
    REQUIRE(scene.wait_for("resolving", 5s));
    CHECK(scene.call("torrents.set", scene.of_torrent().set("changes", Value::Map{}.set("label", "linux"))));
    CHECK(scene.call("torrents.move", scene.of_torrent().set("folder", scene.folder / "elsewhere")));
    CHECK(*scene.show().find("folder")->as_text() == scene.folder / "elsewhere");
    REQUIRE(scene.wait_for("resolving", 5s));
    REQUIRE(scene.call("torrents.connect", scene.of_torrent().set("peers", Value::List{scene.seed->endpoint().to_string()})));
    REQUIRE(scene.wait_for("seeding"));
    CHECK(scene.is_whole("elsewhere"));
    CHECK(*scene.show().find("label")->as_text() == "linux");
}

TEST_CASE("a torrent that is being moved says so, where to and how far, and one that cannot be says why", "[client]")
{
    ClientScene scene;
    scene.add();
    REQUIRE(scene.wait_for("seeding"));
    bool is_shown = false;
    const auto heard = scene.methods->subscribe([&](std::string_view event, const Value::Map&) {
        if (event != "torrent.moving" || is_shown) return;
        const auto shown = client::report_torrent(*scene.client, *scene.client->entries().begin()->second);
        is_shown = *shown.find("state")->as_text() == "moving" && shown.find("moved") != nullptr &&
                   *shown.find("moving_to")->as_text() == scene.folder / "elsewhere";
    });
    CHECK(scene.call("torrents.move", scene.of_torrent().set("folder", scene.folder / "elsewhere")));
    CHECK(is_shown);
    CHECK(scene.state() == "seeding");
    CHECK(scene.show().find("moving_to") == nullptr);
    CHECK_FALSE(scene.folder.has("files/crowd"));
    scene.folder.write("files/crowd/" + scene.crowd.content.torrent.files.front().path, "in the way");
    scene.events.clear();
    const bool runs = GENERATE(true, false);
    CAPTURE(runs);
    if (!runs) REQUIRE(scene.call("torrents.stop", scene.of_torrent()));
    CHECK_FALSE(scene.call("torrents.move", scene.of_torrent().set("folder", scene.folder / "files")));
    CHECK(std::ranges::count(scene.events, "torrent.error") == 1);
    CHECK(scene.is_whole("elsewhere"));
}
