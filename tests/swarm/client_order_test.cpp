#include "swarm/client_scene.hpp"

#include <catch2/catch.hpp>

#include <optional>
#include <string>
#include <vector>

// Calls that come before the ones before them have ended.
using namespace shoal;
using namespace std::chrono_literals;
using control::Value;
using test::ClientScene;

namespace {

struct OrderScene : ClientScene {
    // Without waiting for it; what it answers, once it does.
    struct Asked {
        std::optional<Result<Value>> answer;
    };
    std::shared_ptr<Asked> ask(std::string_view method, Value::Map arguments)
    {
        auto asked = std::make_shared<Asked>();
        methods->call(method, std::move(arguments), [asked](Result<Value> given) { asked->answer = std::move(given); });
        return asked;
    }
    Value::Map move_to(const std::string& where) { return of_torrent().set("folder", folder / where); }
    bool is_at(const std::string& where) { return *show().find("folder")->as_text() == folder / where; }
};

}  // namespace

TEST_CASE("a torrent that is removed answers those who wait for a look at it", "[client]")
{
    OrderScene scene;
    scene.add();
    REQUIRE(scene.wait_for("seeding"));
    REQUIRE(scene.call("torrents.stop", scene.of_torrent()));
    const auto method = GENERATE("torrents.files", "torrents.recheck");
    const auto looked = scene.ask(method, scene.of_torrent());
    const auto removed = scene.ask("torrents.remove", scene.of_torrent());
    scene.crowd.world.run_for(10s);
    REQUIRE(looked->answer);
    REQUIRE_FALSE(*looked->answer);
    CHECK(looked->answer->error().code == Errc::cancelled);
    REQUIRE(removed->answer);
    CHECK(*removed->answer);
    CHECK(scene.client->entries().empty());
}

TEST_CASE("a torrent that is removed while somebody comes to look at it is removed", "[client]")
{
    OrderScene scene;
    scene.add();
    REQUIRE(scene.wait_for("seeding"));
    REQUIRE(scene.call("torrents.stop", scene.of_torrent()));
    const auto wait = GENERATE(0, 1, 2, 5, 10, 20, 50);
    CAPTURE(wait);
    const auto looked = scene.ask("torrents.files", scene.of_torrent());
    scene.crowd.world.run_for(std::chrono::milliseconds(wait));
    const auto removed = scene.ask("torrents.remove", scene.of_torrent().set("data", true));
    scene.crowd.world.run_for(10s);
    CHECK(looked->answer);
    REQUIRE(removed->answer);
    CHECK(*removed->answer);
    CHECK(scene.client->entries().empty());
}

TEST_CASE("a stopped torrent that is checked and started goes live, whenever the start comes", "[client]")
{
    OrderScene scene;
    scene.add();
    REQUIRE(scene.wait_for("seeding"));
    REQUIRE(scene.call("torrents.stop", scene.of_torrent()));
    const auto wait = GENERATE(range(0, 60, 3));
    CAPTURE(wait);
    const auto checked = scene.ask("torrents.recheck", scene.of_torrent());
    scene.crowd.world.run_for(std::chrono::milliseconds(wait));
    const auto started = scene.ask("torrents.start", scene.of_torrent());
    CHECK(scene.wait_for("seeding", 10s));
    CHECK(checked->answer);
    CHECK(started->answer);
}

TEST_CASE("a stop that a start follows is answered: cancelled", "[client]")
{
    OrderScene scene;
    scene.add();
    REQUIRE(scene.wait_for("seeding"));
    const auto wait = GENERATE(0, 1, 2, 5, 10);
    CAPTURE(wait);
    const auto stopped = scene.ask("torrents.stop", scene.of_torrent());
    scene.crowd.world.run_for(std::chrono::milliseconds(wait));
    const bool had_stopped = stopped->answer.has_value();
    const auto started = scene.ask("torrents.start", scene.of_torrent());
    CHECK(scene.wait_for("seeding", 10s));
    REQUIRE(stopped->answer);
    if (!had_stopped) {
        REQUIRE_FALSE(*stopped->answer);
        CHECK(stopped->answer->error().code == Errc::cancelled);
    }
    CHECK(started->answer);
}

TEST_CASE("a second move waits for its turn with whoever wants it, and the first is where it says after a crash", "[client]")
{
    OrderScene scene;
    scene.add();
    REQUIRE(scene.wait_for("seeding"));
    scene.seed->node.crash();
    const auto first = scene.ask("torrents.move", scene.move_to("b"));
    const auto second = scene.ask("torrents.move", scene.move_to("c"));
    const auto steps = GENERATE(1, 5, 20, 50, 100, 1000);
    CAPTURE(steps);
    scene.crowd.world.run_for(std::chrono::milliseconds(steps));
    REQUIRE(second->answer);
    REQUIRE_FALSE(*second->answer);
    CHECK(second->answer->error().code == Errc::refused);
    scene.kill();
    REQUIRE(scene.wait_for("seeding", 10s));
    scene.crowd.world.run_for(5s);
    CHECK(scene.is_whole(scene.is_at("b") ? "b" : "files"));
    CHECK_FALSE(scene.folder.has("c/crowd"));
    CHECK(scene.call("torrents.move", scene.move_to("c")));
    CHECK(scene.is_whole("c"));
}

TEST_CASE("a move that never began is not taken up at the next start", "[client]")
{
    OrderScene scene;
    scene.add();
    REQUIRE(scene.wait_for("seeding"));
    REQUIRE(scene.call("torrents.stop", scene.of_torrent()));
    scene.library->put_metainfo(scene.crowd.content.torrent.info_hash.wire(), Bytes(100), [](const Result<void>&) {});
    scene.restart();
    CHECK_FALSE(scene.call("torrents.move", scene.move_to("b")));
    scene.crowd.world.run_for(1s);
    const auto& record = scene.client->entries().begin()->second->record;
    CHECK(record.options.find("moving") == nullptr);
    CHECK(scene.is_at("files"));
}
