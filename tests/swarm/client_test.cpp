#include "swarm/client_scene.hpp"

#include <catch2/catch.hpp>

using namespace shoal;
using namespace std::chrono_literals;
using control::Value;
using test::ClientScene;

TEST_CASE("a torrent that was added is fetched, and seeded again after a restart without a check", "[client]")
{
    ClientScene scene;
    CHECK(scene.add() == scene.hash());
    REQUIRE(scene.wait_for("seeding"));
    CHECK(scene.is_whole());
    CHECK(*scene.show().find("finished_at")->as_integer() == 1'800'000'000);
    const auto uploaded_by_seed = scene.seed->status().totals.uploaded;

    scene.events.clear();
    scene.restart();
    REQUIRE(scene.wait_for("seeding", 2s));
    CHECK(scene.seed->status().totals.uploaded == uploaded_by_seed);
    CHECK(*scene.show().find("downloaded")->as_integer() >= 1'043'576);
    CHECK(*scene.show().find("finished_at")->as_integer() == 1'800'000'000);
}

TEST_CASE("after a restart in the middle nothing is fetched twice", "[client]")
{
    ClientScene scene;
    scene.add();
    REQUIRE(scene.wait_for_progress(0.4));
    scene.restart();
    REQUIRE(scene.wait_for("downloading", 5s));
    CHECK(scene.progress() >= 0.4);
    CHECK(scene.call("torrents.stop", scene.of_torrent()));
    CHECK(scene.call("torrents.start", scene.of_torrent()));
    // Nobody is known after a restart: the seed is named again.
    scene.client->running(*scene.client->entry(*scene.client->find(scene.hash())))->add_peer(scene.seed->endpoint());
    REQUIRE(scene.wait_for("seeding"));
    CHECK(scene.is_whole());
    CHECK(scene.seed->status().totals.uploaded <= 1'043'576 + 16 * 16'384);  // what was under way at the end
}

TEST_CASE("a client that dies in the middle serves no wrong octet and fetches no piece on record again", "[client]")
{
    ClientScene scene;
    scene.add();
    REQUIRE(scene.wait_for_progress(0.4));
    scene.kill();
    CHECK(scene.wait_for("downloading", 5s));
    CHECK(scene.progress() >= 0.3);  // and what is not on record was checked
    scene.client->running(*scene.client->entry(*scene.client->find(scene.hash())))->add_peer(scene.seed->endpoint());
    REQUIRE(scene.wait_for("seeding"));
    CHECK(scene.is_whole());
}

TEST_CASE("a stopped torrent is stopped after a restart, and goes on when it is told to", "[client]")
{
    ClientScene scene;
    scene.add();
    scene.crowd.world.run_for(1s);
    CHECK(scene.call("torrents.stop", scene.of_torrent()));
    CHECK(scene.state() == "stopped");
    CHECK(scene.client->running(*scene.client->entry(*scene.client->find(scene.hash()))) == nullptr);
    scene.restart();
    scene.crowd.world.run_for(5s);
    CHECK(scene.state() == "stopped");
    CHECK(scene.call("torrents.start", scene.of_torrent()));
    CHECK(scene.wait_for("downloading", 5s));
}

TEST_CASE("a magnet link survives a restart before its metadata is known, and is a torrent afterwards", "[client]")
{
    ClientScene scene;
    const auto link = metainfo::to_magnet(scene.crowd.content.torrent);
    scene.seed->node.crash();
    CHECK(scene.add(link) == scene.hash());
    scene.crowd.world.run_for(5s);
    CHECK(scene.state() == "resolving");
    scene.restart();
    CHECK(scene.wait_for("resolving", 5s));
    CHECK(*scene.show().find("size")->as_integer() == 0);
}

TEST_CASE("a link becomes a torrent whose metadata is on record", "[client]")
{
    ClientScene scene;
    scene.add(metainfo::to_magnet(scene.crowd.content.torrent));
    REQUIRE(scene.wait_for("seeding"));
    CHECK(*scene.show().find("size")->as_integer() == 1'043'576);
    scene.seed->node.crash();
    scene.restart();
    CHECK(scene.wait_for("seeding", 2s));
    CHECK(scene.is_whole());
}

TEST_CASE("the files that a link selects stay selected after a restart", "[client]")
{
    ClientScene scene;
    scene.add(metainfo::to_magnet(scene.crowd.content.torrent) + "&so=0");
    REQUIRE(scene.wait_for("seeding"));
    CHECK_FALSE(scene.is_whole());
    const auto priority_of_last = [&] { return *scene.files().back().as_map()->find("priority")->as_text(); };
    CHECK(priority_of_last() == "skip");
    scene.restart();
    CHECK(scene.wait_for("seeding", 2s));
    CHECK(priority_of_last() == "skip");
}

TEST_CASE("a torrent is added once, and is gone when it is removed", "[client]")
{
    ClientScene scene;
    scene.add();
    CHECK_THAT(scene.add(), Catch::Contains("is here already"));
    REQUIRE(scene.wait_for("seeding"));
    CHECK(scene.call("torrents.remove", scene.of_torrent()));
    const auto shown = scene.call("torrents.show", scene.of_torrent());
    REQUIRE_FALSE(shown);
    CHECK(shown.error().code == Errc::not_found);
    CHECK(scene.is_whole());  // its files stay
    scene.restart();
    CHECK(scene.client->entries().empty());
    CHECK(scene.add() == scene.hash());
}

TEST_CASE("what changed since a revision is told, and nothing else", "[client]")
{
    ClientScene scene;
    scene.add();
    REQUIRE(scene.wait_for("seeding"));
    scene.crowd.world.run_for(60s);
    const auto changes = [&](std::int64_t since) {
        return *scene.call("torrents.changes", Value::Map{}.set("since", since))->as_map();
    };
    const auto first = changes(0);
    CHECK(*first.find("everything")->as_bool());
    REQUIRE(first.find("changed")->as_list()->size() == 1);
    const auto second = changes(*first.find("revision")->as_integer());
    CHECK_FALSE(*second.find("everything")->as_bool());
    CHECK(second.find("changed")->as_list()->empty());
    CHECK(scene.call("torrents.stop", scene.of_torrent()));
    const auto third = changes(*first.find("revision")->as_integer());
    REQUIRE(third.find("changed")->as_list()->size() == 1);
    CHECK(scene.call("torrents.remove", scene.of_torrent()));
    const auto fourth = changes(*third.find("revision")->as_integer());
    CHECK(fourth.find("changed")->as_list()->empty());
    CHECK(*fourth.find("gone")->as_list() == Value::List{scene.hash()});
}

TEST_CASE("what changed can be asked for, whatever the clock says", "[client]")
{
    ClientScene scene;
    scene.unix_time = GENERATE(std::int64_t{-86'400}, std::int64_t{1} << 60);
    scene.restart();
    const auto first = scene.call("torrents.changes", {});
    REQUIRE(first);
    const auto revision = *first->as_map()->find("revision")->as_integer();
    REQUIRE(scene.add() == scene.hash());
    const auto second = scene.call("torrents.changes", Value::Map{}.set("since", revision));
    REQUIRE(second);
    CHECK(second->as_map()->find("changed")->as_list()->size() == 1);
}

TEST_CASE("a name that no torrent has is told back in short", "[client]")
{
    ClientScene scene;
    const auto shown = scene.call("torrents.show", Value::Map{}.set("torrent", std::string(1'000'000, 'x')));
    REQUIRE_FALSE(shown);
    CHECK(shown.error().text.size() < 200);
}

TEST_CASE("a torrent is named by its info-hash, the beginning of it or its name", "[client]")
{
    ClientScene scene;
    scene.add();
    for (const auto& name : {scene.hash(), scene.hash().substr(0, 6), scene.crowd.content.torrent.name}) {
        CAPTURE(name);
        CHECK(scene.call("torrents.show", Value::Map{}.set("torrent", name)));
    }
    const auto none = scene.call("torrents.show", Value::Map{}.set("torrent", "nobody"));
    REQUIRE_FALSE(none);
    CHECK_THAT(none.error().text, Catch::Contains("there is no torrent nobody"));
}

TEST_CASE("a list is filtered and has the fields that were asked for", "[client]")
{
    ClientScene scene;
    scene.add();
    REQUIRE(scene.wait_for("seeding"));
    const auto list = [&](const std::string& filter) {
        return *scene.call("torrents.list", Value::Map{}.set("filter", filter).set("fields", Value::List{"name", "state"}))->as_list();
    };
    REQUIRE(list("state=seeding and size>1000000").size() == 1);
    CHECK(list("state=seeding").front().as_map()->size() == 2);
    CHECK(list("state=downloading").empty());
    const auto wrong = scene.call("torrents.list", Value::Map{}.set("filter", "state="));
    REQUIRE_FALSE(wrong);
    CHECK(wrong.error().code == Errc::bad_input);
}

TEST_CASE("a filter that asks for a field that no torrent ever has is refused, also when there is no torrent", "[client]")
{
    ClientScene scene;
    const auto complaint = [&](std::string_view method, const char* argument, Value value) {
        const auto answer = scene.call(method, Value::Map{}.set(argument, std::move(value)));
        return answer ? std::string("fine") : answer.error().text;
    };
    for (const bool is_there : {false, true}) {
        if (is_there) scene.add();
        CHECK_THAT(complaint("torrents.list", "filter", "state=seeding and raito>1"), Catch::StartsWith("torrents.list: 'raito' is no field; did you mean 'ratio'?"));
        CHECK_THAT(complaint("torrents.list", "fields", Value::List{"nmae"}), Catch::Contains("did you mean 'name'?"));
        CHECK_THAT(complaint("torrents.changes", "fields", Value::List{"nmae"}), Catch::Contains("did you mean 'name'?"));
        CHECK(complaint("torrents.list", "filter", "error or moving_to or limits.down>0") == "fine");  // which are seldom there
    }
}

TEST_CASE("what is added may be an info-hash alone, and a torrent of its own is fetched by it", "[client]")
{
    ClientScene scene;
    CHECK(scene.add(scene.hash()) == scene.hash());
    REQUIRE(scene.wait_for("seeding"));
    CHECK(scene.is_whole());
}

TEST_CASE("what cannot be added is said in words, and nothing of it is kept", "[client]")
{
    ClientScene scene;
    const auto missing = scene.folder / "none.torrent";
    CHECK(scene.add(missing) == missing + ": No such file or directory");
    CHECK_THAT(scene.add(scene.folder.write("page", "<html>")), Catch::Contains("page: not a torrent: "));
    CHECK_THAT(scene.add("magnet:?xt=urn:btmh:1220" + std::string(64, 'a')), Catch::Contains("BitTorrent v2 alone (urn:btmh)"));
    CHECK(scene.add("gopher://x") == "gopher://x: none of the source plug-ins (magnet, file) knows what this is");
    CHECK(scene.client->entries().empty());
}

TEST_CASE("a client that stops while it reads what to add ends that, too", "[client]")
{
    ClientScene scene;
    std::string answer;
    scene.methods->call("torrents.add", Value::Map{}.set("source", scene.torrent_file), [&](const Result<Value>& added) {
        answer = added ? "added" : added.error().text;
    });
    bool is_stopped = false;
    scene.client->stop([&](const Result<void>&) { is_stopped = true; });
    scene.crowd.world.run_for(10s);
    CHECK(is_stopped);
    CHECK_FALSE(answer.empty());
}
