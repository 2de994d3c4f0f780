#include "swarm/client_scene.hpp"

#include "client/torrent_peek.hpp"
#include "support/made_torrent.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

using namespace shoal;
using namespace std::chrono_literals;
using control::Value;
using test::ClientScene;

namespace {

std::string magnet_of(const ClientScene& scene)
{
    return "magnet:?xt=urn:btih:" + scene.hash() + "&x.pe=" + scene.seed->endpoint().to_string();
}

Value::Map peek_at(const std::string& source) { return Value::Map{}.set("source", source); }

bool has_said(const ClientScene& scene, const std::string& event) { return std::ranges::find(scene.events, event) != scene.events.end(); }

}  // namespace

TEST_CASE("what is in a torrent is told, and nothing is added", "[client][peek]")
{
    ClientScene scene;
    const bool is_magnet = GENERATE(false, true);
    CAPTURE(is_magnet);
    const auto peeked = scene.call("torrents.peek", peek_at(is_magnet ? magnet_of(scene) : scene.torrent_file));
    if (!peeked) FAIL(peeked.error().text);
    const auto& said = *peeked->as_map();
    CHECK(*said.find("torrent") == Value(scene.hash()));
    CHECK(*said.find("is_here") == Value(false));
    CHECK(*said.find("name") == Value(scene.crowd.content.torrent.name));
    CHECK(*said.find("size") == Value(1'043'576));
    CHECK(*said.find("file_count") == Value(2));
    REQUIRE(said.find("files")->as_list()->size() == 2);
    CHECK(*said.find("files")->as_list()->front().as_map()->find("size") == Value(400'000));
    CHECK(scene.client->entries().empty());
    CHECK(scene.client->session().torrents().empty());
    CHECK_FALSE(has_said(scene, "torrent.added"));
    CHECK_FALSE(std::filesystem::exists(scene.folder / "files"));
}

TEST_CASE("a link that was looked into is added without asking peers for its metadata again", "[client][peek]")
{
    ClientScene scene;
    REQUIRE(scene.call("torrents.peek", peek_at(magnet_of(scene))));
    const auto added = scene.call("torrents.add", Value::Map{}.set("source", magnet_of(scene)));
    REQUIRE(added);
    CHECK(*scene.show().find("size") == Value(1'043'576));
    CHECK(scene.wait_for("seeding"));
    CHECK(scene.is_whole());
}

TEST_CASE("metadata that nobody has is waited for no longer than somebody is patient", "[client][peek]")
{
    ClientScene scene;
    const auto link = "magnet:?xt=urn:btih:" + scene.hash();
    const auto peeked = scene.call("torrents.peek", peek_at(link).set("patience", 3));
    REQUIRE_FALSE(peeked);
    CHECK(peeked.error().code == Errc::timed_out);
    CHECK(scene.add(link) == scene.hash());
}

TEST_CASE("who adds a torrent does not wait for one who only looks", "[client][peek]")
{
    ClientScene scene;
    std::optional<Result<Value>> looked;
    scene.methods->call("torrents.peek", peek_at("magnet:?xt=urn:btih:" + scene.hash()), [&](Result<Value> given) { looked = std::move(given); });
    scene.crowd.world.run_for(1s);
    CHECK(scene.add() == scene.hash());
    CHECK(scene.wait_for("seeding"));
    REQUIRE(looked);
    REQUIRE_FALSE(*looked);
    CHECK(looked->error().code == Errc::cancelled);
    const auto again = scene.call("torrents.peek", peek_at(scene.torrent_file));
    REQUIRE(again);
    CHECK(*again->as_map()->find("is_here") == Value(true));
}

TEST_CASE("two that look at one link get the same answer", "[client][peek]")
{
    ClientScene scene;
    int answers = 0;
    for (int i = 0; i < 2; ++i) {
        scene.methods->call("torrents.peek", peek_at(magnet_of(scene)), [&](const Result<Value>& given) { answers += given ? 1 : 0; });
    }
    scene.crowd.world.run_for(20s);
    CHECK(answers == 2);
}

TEST_CASE("what a torrent has of its own is there as soon as it is, and outlives the process", "[client][peek]")
{
    ClientScene scene;
    const auto own = Value::Map{}.set("ratio", 1.5).set("down", 50'000).set("priorities", Value::Map{}.set("*", "low"));
    SECTION("of a file")
    {
        REQUIRE(scene.call("torrents.add", peek_at(scene.torrent_file).set("stopped", true).set("own", own)));
        scene.kill();
        CHECK(*scene.show().find("limits")->as_map()->find("ratio") == Value(1.5));
        CHECK(*scene.files().at(1).as_map()->find("priority") == Value("low"));
    }
    SECTION("of a link, whose files are known later")
    {
        REQUIRE(scene.call("torrents.add", peek_at(magnet_of(scene)).set("own", own)));
        scene.kill();
        CHECK(*scene.show().find("limits")->as_map()->find("ratio") == Value(1.5));
        REQUIRE(scene.wait_for("seeding"));
        CHECK(*scene.files().at(0).as_map()->find("priority") == Value("low"));
    }
    SECTION("and what is wrong is refused before anything is fetched")
    {
        const auto added = scene.call("torrents.add", peek_at(scene.torrent_file).set("own", Value::Map{}.set("ratio", -1)));
        REQUIRE_FALSE(added);
        CHECK(added.error().code == Errc::invalid_argument);
    }
}

TEST_CASE("what is here already is no error for those who say so", "[client][peek]")
{
    ClientScene scene;
    CHECK(scene.add() == scene.hash());
    CHECK_FALSE(scene.call("torrents.add", peek_at(scene.torrent_file)));
    const auto again = scene.call("torrents.add", peek_at(scene.torrent_file).set("is_here_fine", true).set("label", "x"));
    REQUIRE(again);
    CHECK(*again == Value(scene.hash()));
    CHECK(scene.client->entries().size() == 1);
}

TEST_CASE("of what was looked into the newest are held, and for half an hour", "[client][peek]")
{
    ClientScene scene;
    std::vector<std::string> sources;
    for (std::size_t i = 0; i <= client::Peeks::most_held; ++i) {
        const auto name = "look" + std::to_string(i);
        const auto made = test::make_torrent({.name = name, .files = {{"", 20'000, false}}});
        sources.push_back(scene.folder.write(name + ".torrent", as_text(metainfo::to_torrent(*made.torrent))));
        REQUIRE(scene.call("torrents.peek", peek_at(sources.back())));
    }
    for (const auto& source : sources) std::filesystem::remove(source);  // what is added now was held
    const auto is_held = [&](const std::string& source) {
        return scene.call("torrents.add", Value::Map{}.set("source", source).set("stopped", true)).has_value();
    };
    CHECK_FALSE(is_held(sources[0]));
    CHECK(is_held(sources[1]));
    CHECK(is_held(sources.back()));
    scene.crowd.world.run_for(29min);
    CHECK(is_held(sources[2]));
    scene.crowd.world.run_for(2min);
    CHECK_FALSE(is_held(sources[3]));
}
