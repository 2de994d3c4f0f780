#include "swarm/client_scene.hpp"

#include "control/json.hpp"

#include <catch2/catch.hpp>

using namespace shoal;
using namespace std::chrono_literals;
using control::Value;
using test::ClientScene;

namespace {

// A client, and the last that was said of each kind of event.
struct LastSaid : ClientScene {
    explicit LastSaid(test::SceneSettings given = {}) : ClientScene(std::move(given))
    {
        ear = methods->subscribe([this](std::string_view event, const Value::Map& payload) {
            said[std::string(event)] = payload;
            if (event == "torrent.state") states.push_back(text("torrent.state", "from") + " " + text("torrent.state", "state"));
        });
    }
    const Value* field(const std::string& event, std::string_view name) { return said[event].find(name); }
    std::string text(const std::string& event, std::string_view name)
    {
        const auto* value = field(event, name);
        return value == nullptr ? std::string() : value->as_text() != nullptr ? *value->as_text() : control::to_json(*value);
    }
    bool wait_to_hear(const std::string& event)
    {
        for (int turn = 0; turn < 600 && !said.contains(event); ++turn) crowd.world.run_for(100ms);
        return said.contains(event);
    }

    std::map<std::string, Value::Map> said;
    std::vector<std::string> states;
    std::unique_ptr<control::Registry::Subscription> ear;
};

using States = std::vector<std::string>;

}  // namespace

TEST_CASE("a state is told with the one before it, of a new torrent from stopped", "[client][events]")
{
    LastSaid scene;
    scene.add();
    REQUIRE(scene.wait_for("seeding"));
    REQUIRE(scene.call("torrents.stop", scene.of_torrent()));
    CHECK(scene.states == States{"stopped checking", "checking downloading", "downloading seeding", "seeding stopped"});
}

TEST_CASE("what is added says where it came from, and when it is finished how long it took", "[client][events]")
{
    LastSaid scene;
    scene.unix_time = 1000;
    scene.add();
    CHECK(scene.text("torrent.added", "source") == R"({"kind":"file"})");
    CHECK(scene.text("torrent.added", "time") == "1000");
    scene.unix_time = 1090;
    REQUIRE(scene.wait_to_hear("torrent.finished"));
    CHECK(scene.text("torrent.finished", "took") == "90");
}

TEST_CASE("a magnet link says that it is one", "[client][events]")
{
    LastSaid scene;
    REQUIRE(scene.add("magnet:?xt=urn:btih:" + scene.hash()) == scene.hash());
    CHECK(scene.text("torrent.added", "source") == R"({"kind":"magnet"})");
}

TEST_CASE("how long it took is not told by a clock that was put back", "[client][events]")
{
    LastSaid scene;
    scene.add();
    scene.unix_time -= 3600;
    REQUIRE(scene.wait_to_hear("torrent.finished"));
    CHECK(scene.field("torrent.finished", "took") == nullptr);
}

TEST_CASE("a torrent that has given enough says which limit it was", "[client][events]")
{
    LastSaid scene;
    scene.add();
    REQUIRE(scene.wait_for("seeding"));
    REQUIRE(scene.call("torrents.set", scene.of_torrent().set("changes", Value::Map{}.set("seed_time", 20))));
    REQUIRE(scene.wait_to_hear("torrent.ended"));
    CHECK(scene.text("torrent.ended", "limit") == "seed_time");
}

TEST_CASE("files that are moved say from where", "[client][events]")
{
    LastSaid scene;
    scene.add();
    REQUIRE(scene.wait_for("seeding"));
    REQUIRE(scene.call("torrents.move", scene.of_torrent().set("folder", scene.folder / "other")));
    CHECK(scene.text("torrent.moved", "from") == scene.folder / "files");
    CHECK(scene.text("torrent.moved", "folder") == scene.folder / "other");
}

TEST_CASE("what is removed says what it was, and whether its files go, too", "[client][events]")
{
    const bool with_data = GENERATE(false, true);
    LastSaid scene;
    scene.add();
    REQUIRE(scene.wait_for("seeding"));
    REQUIRE(scene.call("torrents.set", scene.of_torrent().set("changes", Value::Map{}.set("label", "linux"))));
    REQUIRE(scene.call("torrents.remove", scene.of_torrent().set("data", with_data)));
    CHECK(scene.text("torrent.removed", "data") == (with_data ? "true" : "false"));
    CHECK(scene.text("torrent.removed", "folder") == scene.folder / "files");
    CHECK(scene.text("torrent.removed", "label") == "linux");
    CHECK(scene.text("torrent.removed", "done") == "1043576");
    CHECK(scene.text("torrent.removed", "state") == "seeding");
    CHECK(scene.text("torrent.removed", "torrent") == scene.hash());
}

TEST_CASE("a move that is refused says why in a word, too", "[client][events]")
{
    LastSaid scene({.guarded = {"guarded"}});
    scene.add();
    REQUIRE(scene.wait_for("seeding"));
    REQUIRE_FALSE(scene.call("torrents.move", scene.of_torrent().set("folder", scene.folder / "guarded")));
    CHECK(scene.text("torrent.error", "doing") == "move");
    CHECK(scene.text("torrent.error", "code") == "permission_denied");
}
