#include "swarm/client_scene.hpp"

#include <catch2/catch.hpp>

using namespace shoal;
using namespace std::chrono_literals;
using control::Value;
using test::ClientScene;

namespace {

// Nobody has named the seed to the client: it finds nothing until it is told.
struct Alone : ClientScene {
    Alone()
    {
        also_heard = methods->subscribe([this](std::string_view event, const Value::Map& fields) {
            if (event != "torrent.stalled" && event != "torrent.recovered") return;
            told.push_back(fields);
            told.back().set("event", event);
        });
    }
    void add_alone(const std::string& source = {})
    {
        REQUIRE(call("torrents.add", Value::Map{}.set("source", source.empty() ? torrent_file : source)));
    }
    Result<Value> connect()
    {
        return call("torrents.connect", of_torrent().set("peers", Value::List{seed->endpoint().to_string()}));
    }
    void stall_after(std::chrono::seconds time) { client->set_defaults({.folder = folder / "files", .stalled_after = time}); }
    std::string event(std::size_t which) const { return *told.at(which).find("event")->as_text(); }
    std::int64_t seconds(std::size_t which) const { return *told.at(which).find("seconds")->as_integer(); }

    std::vector<Value::Map> told;
    std::unique_ptr<control::Registry::Subscription> also_heard;
};

}  // namespace

TEST_CASE("a download that gets nothing is told of after five minutes, once, with the reason that is shown", "[client][stall]")
{
    Alone scene;
    scene.add_alone();
    scene.crowd.world.run_for(295s);
    CHECK(scene.told.empty());
    scene.crowd.world.run_for(20s);
    REQUIRE(scene.told.size() == 1);
    CHECK(scene.event(0) == "torrent.stalled");
    CHECK(*scene.told[0].find("torrent") == Value(scene.hash()));
    CHECK(*scene.told[0].find("why") == *scene.show().find("stall"));
    CHECK((scene.seconds(0) >= 300 && scene.seconds(0) <= 310));
    scene.crowd.world.run_for(2h);
    CHECK(scene.told.size() == 1);
}

TEST_CASE("when something comes again it is told, with the time in which nothing did", "[client][stall]")
{
    Alone scene;
    scene.add_alone();
    scene.crowd.world.run_for(600s);
    REQUIRE(scene.connect());
    REQUIRE(scene.wait_for("seeding"));
    scene.crowd.world.run_for(10s);
    REQUIRE(scene.told.size() == 2);
    CHECK(scene.event(1) == "torrent.recovered");
    CHECK((scene.seconds(1) >= 600 && scene.seconds(1) <= 640));
    scene.crowd.world.run_for(2h);
    CHECK(scene.told.size() == 2);  // it seeds, and wants nothing
}

TEST_CASE("a magnet link whose metadata does not come has stalled, and recovers with it", "[client][stall]")
{
    Alone scene;
    scene.add_alone(metainfo::to_magnet(scene.crowd.content.torrent));
    scene.crowd.world.run_for(320s);
    REQUIRE(scene.told.size() == 1);
    CHECK_FALSE(scene.told[0].find("why")->as_text()->empty());
    REQUIRE(scene.connect());
    REQUIRE(scene.wait_for("seeding"));
    REQUIRE(scene.told.size() == 2);
    CHECK(scene.event(1) == "torrent.recovered");
}

TEST_CASE("one that is stopped has not stalled, and when it is started again the time begins anew", "[client][stall]")
{
    Alone scene;
    scene.add_alone();
    scene.crowd.world.run_for(200s);
    CHECK(scene.call("torrents.stop", scene.of_torrent()));
    scene.crowd.world.run_for(1h);
    CHECK(scene.told.empty());
    CHECK(scene.call("torrents.start", scene.of_torrent()));
    scene.crowd.world.run_for(290s);
    CHECK(scene.told.empty());
    scene.crowd.world.run_for(30s);
    CHECK(scene.told.size() == 1);
}

TEST_CASE("what moves, however slowly, has not stalled", "[client][stall]")
{
    Alone scene;
    scene.stall_after(60s);
    scene.add_alone();
    REQUIRE(scene.call("torrents.set", scene.of_torrent().set("changes", Value::Map{}.set("down", 1'000))));
    REQUIRE(scene.connect());
    scene.crowd.world.run_for(10min);
    CHECK(scene.state() == "downloading");
    CHECK(scene.told.empty());
}

TEST_CASE("after how long is a setting that holds at once, and 0 is never", "[client][stall]")
{
    Alone scene;
    scene.stall_after(0s);
    scene.add_alone();
    scene.crowd.world.run_for(2h);
    CHECK(scene.told.empty());
    scene.stall_after(60s);
    scene.crowd.world.run_for(11s);
    CHECK(scene.told.size() == 1);
}
