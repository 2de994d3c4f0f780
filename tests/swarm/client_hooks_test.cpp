#include "swarm/client_scene.hpp"

#include <catch2/catch.hpp>

using namespace shoal;
using namespace std::chrono_literals;
using control::Hooks;
using control::Value;
using test::ClientScene;

namespace {

Hooks::Asked with(Value::Map changes)
{
    return [changes](const Value::Map&, Hooks::Decide decide) { decide(changes); };
}

Hooks::Asked no(std::string why)
{
    return [why](const Value::Map&, Hooks::Decide decide) { decide(make_error(Errc::permission_denied, why)); };
}

}  // namespace

TEST_CASE("who attends before.add is told what comes, and says where it goes and what it is called", "[client][hooks]")
{
    ClientScene scene;
    Value::Map told;
    const auto attendance = scene.methods->hooks().attend("before.add", 50, [&](const Value::Map& question, Hooks::Decide decide) {
        told = question;
        decide(Value::Map{}.set("folder", scene.folder / "elsewhere").set("label", "linux").set("stopped", true));
    });
    CHECK(scene.add() == scene.hash());
    CHECK(*told.find("torrent")->as_text() == scene.hash());
    CHECK(*told.find("name")->as_text() == scene.crowd.content.torrent.name);
    CHECK(*told.find("size")->as_integer() == 1'043'576);
    CHECK(*told.find("files")->as_integer() == 2);
    CHECK(*told.find("source")->as_text() == scene.torrent_file);
    const auto shown = scene.show();
    CHECK(*shown.find("folder")->as_text() == scene.folder / "elsewhere");
    CHECK(*shown.find("label")->as_text() == "linux");
    CHECK(scene.state() == "stopped");
}

TEST_CASE("who attends before.add may keep a torrent out", "[client][hooks]")
{
    ClientScene scene;
    const auto attendance = scene.methods->hooks().attend("before.add", 50, no("too big for this disk"));
    CHECK(scene.add() == "too big for this disk");
    CHECK(scene.client->entries().empty());
}

TEST_CASE("a change that torrents.add would not take is an error that names the hook", "[client][hooks]")
{
    ClientScene scene;
    auto changes = GENERATE(as<Value::Map>{}, Value::Map{}.set("folder", 5), Value::Map{}.set("no_such", "x"), Value::Map{}.set("source", "x"));
    const auto attendance = scene.methods->hooks().attend("before.add", 50, with(changes));
    CHECK_THAT(scene.add(), Catch::Contains("before.add"));
    CHECK(scene.client->entries().empty());
}

TEST_CASE("removing, starting and moving can be forbidden, and a removal keep the files", "[client][hooks]")
{
    ClientScene scene;
    scene.add();
    REQUIRE(scene.wait_for("seeding"));
    auto& hooks = scene.methods->hooks();
    SECTION("remove")
    {
        const auto attendance = hooks.attend("before.remove", 50, no("it has to seed two days more"));
        const auto removed = scene.call("torrents.remove", scene.of_torrent());
        REQUIRE_FALSE(removed);
        CHECK(removed.error().code == Errc::permission_denied);
        CHECK(removed.error().text == "it has to seed two days more");
        CHECK(scene.state() == "seeding");
    }
    SECTION("remove with its files, without")
    {
        const auto attendance = hooks.attend("before.remove", 50, with(Value::Map{}.set("data", false)));
        CHECK(scene.call("torrents.remove", scene.of_torrent().set("data", true)));
        CHECK(scene.client->entries().empty());
        CHECK(scene.is_whole());
    }
    SECTION("start")
    {
        CHECK(scene.call("torrents.stop", scene.of_torrent()));
        const auto attendance = hooks.attend("before.start", 50, no("not now"));
        CHECK_FALSE(scene.call("torrents.start", scene.of_torrent()));
        CHECK(scene.state() == "stopped");
    }
    SECTION("move")
    {
        const auto attendance = hooks.attend("before.move", 50, with(Value::Map{}.set("folder", scene.folder / "third")));
        CHECK(scene.call("torrents.move", scene.of_torrent().set("folder", scene.folder / "second")));
        CHECK(scene.is_whole("third"));
    }
}

TEST_CASE("a torrent that is gone when its hook was decided is an error, not a crash", "[client][hooks]")
{
    ClientScene scene;
    scene.add();
    std::optional<Hooks::Decide> kept;
    const auto attendance =
        scene.methods->hooks().attend("before.start", 50, [&](const Value::Map&, Hooks::Decide decide) { kept = std::move(decide); });
    std::optional<Result<Value>> answer;
    scene.methods->call("torrents.start", scene.of_torrent(), [&](Result<Value> given) { answer = std::move(given); });
    CHECK(scene.call("torrents.remove", scene.of_torrent()));
    (*kept)(Value::Map{});
    REQUIRE(answer);
    CHECK(answer->error().code == Errc::not_found);
}

TEST_CASE("a client that ends while a hook is open lets go of it", "[client][hooks]")
{
    ClientScene scene;
    scene.add();
    std::optional<Hooks::Decide> kept;
    auto attendance =
        scene.methods->hooks().attend("before.remove", 50, [&](const Value::Map&, Hooks::Decide decide) { kept = std::move(decide); });
    std::optional<Result<Value>> answer;
    scene.methods->call("torrents.remove", scene.of_torrent(), [&](Result<Value> given) { answer = std::move(given); });
    scene.client.reset();
    (*kept)(Value::Map{});
    kept.reset();
    REQUIRE(answer);
    CHECK(answer->error().code == Errc::cancelled);
    attendance.reset();
    scene.close();
    scene.open();
}
