#include "swarm/client_scene.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>

using namespace shoal;
using namespace std::chrono_literals;
using control::Value;
using test::ClientScene;

TEST_CASE("a file is renamed, and has that name after a restart", "[client]")
{
    ClientScene scene;
    scene.add();
    REQUIRE(scene.wait_for("seeding"));
    const auto path = *scene.files().front().as_map()->find("path")->as_text();
    CHECK(scene.call("torrents.rename", scene.of_torrent().set("path", path).set("new_path", "other/name.bin")));
    CHECK(scene.folder.has("files/other/name.bin"));
    CHECK_FALSE(scene.folder.has("files/" + path));
    CHECK(*scene.files().front().as_map()->find("path")->as_text() == "other/name.bin");
    scene.seed->node.crash();
    scene.restart();
    CHECK(scene.wait_for("seeding", 2s));
    CHECK(*scene.files().front().as_map()->find("path")->as_text() == "other/name.bin");
}

TEST_CASE("a rename that a crash ended is brought to its end, and nothing is fetched again", "[client]")
{
    ClientScene scene;
    scene.add();
    REQUIRE(scene.wait_for("seeding"));
    scene.seed->node.crash();
    const auto path = *scene.files().front().as_map()->find("path")->as_text();
    scene.methods->call("torrents.rename", scene.of_torrent().set("path", path).set("new_path", "other/name.bin"),
                        [](const Result<Value>&) {});
    const auto steps = GENERATE(1, 5, 20, 50, 100, 200);
    CAPTURE(steps);
    scene.crowd.world.run_for(std::chrono::milliseconds(steps));
    scene.kill();
    CHECK(scene.wait_for("seeding", 10s));
    scene.crowd.world.run_for(5s);
    CHECK(scene.folder.has("files/other/name.bin") != scene.folder.has("files/" + path));
    CHECK(scene.folder.has("files/" + *scene.files().front().as_map()->find("path")->as_text()));
}

TEST_CASE("a folder is renamed, and so is the torrent's own, with all files below it", "[client]")
{
    ClientScene scene;
    scene.add();
    REQUIRE(scene.wait_for("seeding"));
    const auto path = *scene.files().front().as_map()->find("path")->as_text();
    REQUIRE(scene.call("torrents.rename", scene.of_torrent().set("path", path).set("new_path", "crowd/sub/a.bin")));
    CHECK(scene.call("torrents.rename", scene.of_torrent().set("path", "crowd/sub").set("new_path", "crowd/subs/deep")));
    CHECK(scene.folder.has("files/crowd/subs/deep/a.bin"));
    CHECK_FALSE(scene.folder.has("files/crowd/sub"));
    CHECK(scene.call("torrents.rename", scene.of_torrent().set("path", "crowd/").set("new_path", "show/")));
    CHECK_FALSE(scene.folder.has("files/crowd"));
    CHECK(scene.folder.has("files/show/subs/deep/a.bin"));
    CHECK(scene.folder.has("files/show/" + scene.crowd.content.torrent.files.back().path));
    scene.seed->node.crash();
    scene.restart();
    CHECK(scene.wait_for("seeding", 2s));
    CHECK(*scene.files().front().as_map()->find("path")->as_text() == "show/subs/deep/a.bin");
}

TEST_CASE("a folder is renamed whole or not at all", "[client]")
{
    ClientScene scene;
    scene.add();
    REQUIRE(scene.wait_for("seeding"));
    const auto last = scene.crowd.content.torrent.files.back().path;
    scene.folder.write("files/show/" + last, "not of the torrent");
    const auto renamed = scene.call("torrents.rename", scene.of_torrent().set("path", "crowd").set("new_path", "show"));
    REQUIRE_FALSE(renamed);
    CHECK_THAT(renamed.error().text, Catch::Contains("show/" + last));
    CHECK(scene.is_whole());
    CHECK(scene.folder.read("files/show/" + last) == "not of the torrent");
    scene.restart();
    CHECK(scene.wait_for("seeding", 5s));
    CHECK(*scene.files().front().as_map()->find("path")->as_text() == "crowd/" + scene.crowd.content.torrent.files.front().path);
}

TEST_CASE("a rename of a folder that a crash ended is brought to its end", "[client]")
{
    ClientScene scene;
    scene.add();
    REQUIRE(scene.wait_for("seeding"));
    scene.seed->node.crash();
    scene.methods->call("torrents.rename", scene.of_torrent().set("path", "crowd").set("new_path", "show"), [](const Result<Value>&) {});
    const auto steps = GENERATE(1, 5, 20, 50, 100, 200);
    CAPTURE(steps);
    scene.crowd.world.run_for(std::chrono::milliseconds(steps));
    scene.kill();
    CHECK(scene.wait_for("seeding", 10s));
    scene.crowd.world.run_for(5s);
    CHECK(scene.folder.has("files/show") != scene.folder.has("files/crowd"));
    for (const auto& file : scene.files()) CHECK(scene.folder.has("files/" + *file.as_map()->find("path")->as_text()));
}

TEST_CASE("a rename never leaves the folder and never goes over a file", "[client]")
{
    ClientScene scene;
    scene.add();
    REQUIRE(scene.wait_for("seeding"));
    const auto first = *scene.files().front().as_map()->find("path")->as_text();
    const auto second = *scene.files().back().as_map()->find("path")->as_text();
    for (const auto& wrong : std::vector<std::string>{"../outside", "/etc/passwd", "a/../../b", "", second}) {
        CAPTURE(wrong);
        CHECK_FALSE(scene.call("torrents.rename", scene.of_torrent().set("path", first).set("new_path", wrong)));
    }
    CHECK(scene.is_whole("files"));
    const auto none = scene.call("torrents.rename", scene.of_torrent().set("path", "nothing").set("new_path", "x"));
    REQUIRE_FALSE(none);
    CHECK(none.error().code == Errc::not_found);
}

TEST_CASE("a torrent is removed with its files, whether it runs or not", "[client]")
{
    ClientScene scene;
    scene.add();
    REQUIRE(scene.wait_for("seeding"));
    const bool runs = GENERATE(true, false);
    CAPTURE(runs);
    if (!runs) CHECK(scene.call("torrents.stop", scene.of_torrent()));
    scene.folder.write("files/crowd/mine.txt", "not of the torrent");
    CHECK(scene.call("torrents.remove", scene.of_torrent().set("data", true)));
    CHECK_FALSE(scene.call("torrents.show", scene.of_torrent()));
    for (const auto& file : scene.crowd.content.torrent.files) CHECK_FALSE(scene.folder.has("files/crowd/" + file.path));
    CHECK(scene.folder.has("files/crowd/mine.txt"));
    scene.restart();
    CHECK(scene.client->entries().empty());
}

TEST_CASE("a removal with its files that a crash ended does not come back as a download", "[client]")
{
    ClientScene scene;
    scene.add();
    REQUIRE(scene.wait_for("seeding"));
    scene.methods->call("torrents.remove", scene.of_torrent().set("data", true), [](const Result<Value>&) {});
    const auto steps = GENERATE(20, 50, 100, 200);
    CAPTURE(steps);
    scene.crowd.world.run_for(std::chrono::milliseconds(steps));
    scene.kill();
    scene.crowd.world.run_for(10s);
    CHECK(scene.client->entries().empty());
    for (const auto& file : scene.crowd.content.torrent.files) CHECK_FALSE(scene.folder.has("files/crowd/" + file.path));
}

TEST_CASE("files that cannot be removed are told of", "[client]")
{
    ClientScene scene;
    scene.add();
    REQUIRE(scene.wait_for("seeding"));
    CHECK(scene.call("torrents.stop", scene.of_torrent()));
    const auto path = scene.folder / ("files/crowd/" + scene.crowd.content.torrent.files.front().path);
    std::filesystem::remove(path);
    std::filesystem::create_directory(path);
    scene.folder.write("files/crowd/" + scene.crowd.content.torrent.files.front().path + "/mine.txt", "in the way");
    const auto removed = scene.call("torrents.remove", scene.of_torrent().set("data", true));
    REQUIRE_FALSE(removed);
    CHECK_THAT(removed.error().text, Catch::Contains(scene.crowd.content.torrent.files.front().path) &&
                                         Catch::Contains("crowd is forgotten, but files of it are still in " + (scene.folder / "files")));
    CHECK_FALSE(scene.call("torrents.show", scene.of_torrent()));
}

TEST_CASE("a check finds what was changed behind our back, and it is fetched again", "[client]")
{
    ClientScene scene;
    scene.add();
    REQUIRE(scene.wait_for("seeding"));
    const auto path = "files/" + *scene.files().front().as_map()->find("path")->as_text();
    auto octets = scene.folder.read(path);
    octets[100'000] = static_cast<char>(octets[100'000] + 1);
    scene.folder.write(path, octets);
    CHECK(scene.call("torrents.recheck", scene.of_torrent()));
    REQUIRE(scene.wait_for("seeding"));
    CHECK(scene.is_whole("files"));
}

TEST_CASE("a stopped torrent is checked, and is stopped with what is right afterwards", "[client]")
{
    ClientScene scene;
    scene.add();
    REQUIRE(scene.wait_for("seeding"));
    REQUIRE(scene.call("torrents.stop", scene.of_torrent()));
    CHECK(scene.call("torrents.recheck", scene.of_torrent()));
    REQUIRE(scene.wait_for("stopped", 5s));
    CHECK(scene.progress() == 1);
    const auto path = "files/crowd/" + scene.crowd.content.torrent.files.front().path;
    auto octets = scene.folder.read(path);
    octets[100'000] = static_cast<char>(octets[100'000] + 1);
    scene.folder.write(path, octets);
    CHECK(scene.call("torrents.recheck", scene.of_torrent()));
    REQUIRE(scene.wait_for("stopped", 5s));
    CHECK(scene.progress() == Approx((1'043'576.0 - 16'384) / 1'043'576));  // of octets, as while it runs
    scene.crowd.world.run_for(10s);
    CHECK(scene.state() == "stopped");
    CHECK(scene.client->session().torrents().empty());
}

TEST_CASE("a torrent that has failed is checked, and is stopped without its failure afterwards", "[client]")
{
    ClientScene scene;
    scene.add();
    REQUIRE(scene.wait_for("seeding"));
    REQUIRE(scene.call("torrents.stop", scene.of_torrent()));
    std::filesystem::rename(scene.folder / "files", scene.folder / "away");
    REQUIRE(scene.call("torrents.start", scene.of_torrent()));
    REQUIRE(scene.wait_for("failed"));
    std::filesystem::remove_all(scene.folder / "files");
    std::filesystem::rename(scene.folder / "away", scene.folder / "files");
    CHECK(scene.call("torrents.recheck", scene.of_torrent()));
    REQUIRE(scene.wait_for("stopped", 5s));
    CHECK(scene.progress() == 1);
    CHECK(scene.show().find("error") == nullptr);
    REQUIRE(scene.call("torrents.start", scene.of_torrent()));
    CHECK(scene.wait_for("seeding"));
}

TEST_CASE("a torrent is finished once, and one that is complete is never downloading", "[client]")
{
    ClientScene scene;
    scene.add();
    REQUIRE(scene.wait_for("seeding"));
    CHECK(std::ranges::count(scene.events, "torrent.finished") == 1);
    REQUIRE(scene.call("torrents.stop", scene.of_torrent()));
    scene.events.clear();
    std::vector<std::string> states;
    const auto hear = [&](std::string_view event, const Value::Map& said) {
        if (event == "torrent.state") states.push_back(*said.find("state")->as_text());
    };
    {
        const auto heard = scene.methods->subscribe(hear);
        REQUIRE(scene.call("torrents.start", scene.of_torrent()));
        REQUIRE(scene.wait_for("seeding"));
        REQUIRE(scene.call("torrents.stop", scene.of_torrent()));
        CHECK(states == std::vector<std::string>{"checking", "seeding", "stopped"});
    }
    REQUIRE(scene.call("torrents.start", scene.of_torrent()));
    scene.restart();
    REQUIRE(scene.wait_for("seeding"));
    CHECK(std::ranges::count(scene.events, "torrent.finished") == 0);
    // What was lost and is fetched again is finished again.
    std::filesystem::remove(scene.folder / ("files/crowd/" + scene.crowd.content.torrent.files.front().path));
    REQUIRE(scene.call("torrents.recheck", scene.of_torrent()));
    REQUIRE(scene.call("torrents.connect", scene.of_torrent().set("peers", Value::List{scene.seed->endpoint().to_string()})));
    REQUIRE(scene.wait_for("seeding"));
    CHECK(std::ranges::count(scene.events, "torrent.finished") == 1);
}

TEST_CASE("a check that finds a torrent complete says that it is finished", "[client]")
{
    ClientScene scene;
    std::size_t at = 0;
    for (const auto& file : scene.crowd.content.torrent.files) {
        scene.folder.write("files/crowd/" + file.path, as_text(scene.crowd.content.octets).substr(at, file.length));
        at += file.length;
    }
    REQUIRE(scene.call("torrents.add", Value::Map{}.set("source", scene.torrent_file).set("stopped", true)));
    CHECK(scene.call("torrents.recheck", scene.of_torrent()));
    REQUIRE(scene.wait_for("stopped", 5s));
    CHECK(scene.progress() == 1);
    CHECK(std::ranges::count(scene.events, "torrent.finished") == 1);
    CHECK(*scene.show().find("finished_at")->as_integer() != 0);
}

TEST_CASE("what cannot work is refused when it is added", "[client]")
{
    ClientScene scene;
    scene.folder.write("taken", "a file");
    const auto refused = [&](Value::Map how, const std::string& why) {
        const auto added = scene.call("torrents.add", how.set("source", scene.torrent_file));
        REQUIRE_FALSE(added);
        CHECK(added.error().code == Errc::invalid_argument);
        CHECK_THAT(added.error().text, Catch::Contains(why));
        CHECK(scene.client->entries().empty());
    };
    refused(Value::Map{}.set("select", Value::List{"*.nothing"}), "no file of crowd matches *.nothing");
    refused(Value::Map{}.set("folder", scene.folder / "taken"), "taken is a file, not a folder");
    refused(Value::Map{}.set("folder", scene.folder / "taken/below"), "taken is a file, not a folder");
    CHECK(scene.add() == scene.hash());
}

TEST_CASE("priorities are kept, by file", "[client]")
{
    ClientScene scene;
    scene.add();
    const auto path = *scene.files().back().as_map()->find("path")->as_text();
    const auto changes = Value::Map{}.set("priorities", Value::Map{}.set(path, "skip")).set("label", "linux");
    CHECK(scene.call("torrents.set", scene.of_torrent().set("changes", changes)));
    CHECK(*scene.files().back().as_map()->find("priority")->as_text() == "skip");
    scene.restart();
    REQUIRE(scene.wait_for("downloading", 5s));
    CHECK(*scene.files().back().as_map()->find("priority")->as_text() == "skip");
    CHECK(*scene.show().find("label")->as_text() == "linux");
}

TEST_CASE("what a torrent has of its own is read as settings are, with units", "[client]")
{
    ClientScene scene;
    scene.add();
    const auto changes = Value::Map{}.set("down", "10 MiB/s").set("up", 512).set("seed_time", "2h").set("ratio", "1.5").set("idle_time", "90s");
    REQUIRE(scene.call("torrents.set", scene.of_torrent().set("changes", changes)));
    const auto limits = *scene.show().find("limits")->as_map();
    CHECK(*limits.find("down") == Value(10 << 20));
    CHECK(*limits.find("up") == Value(512));
    CHECK(*limits.find("seed_time") == Value(7200));
    CHECK(*limits.find("idle_time") == Value(90));
    CHECK(*limits.find("ratio") == Value(1.5));
    REQUIRE(scene.call("torrents.set", scene.of_torrent().set("changes", Value::Map{}.set("down", Value{}))));
    CHECK(scene.show().find("limits")->as_map()->find("down") == nullptr);
}

TEST_CASE("what people and scripts keep with a torrent is kept by key, also over a restart, and can be looked for", "[client]")
{
    ClientScene scene;
    scene.add();
    const auto set = [&](Value meta) { return scene.call("torrents.set", scene.of_torrent().set("changes", Value::Map{}.set("meta", std::move(meta)))); };
    CHECK(scene.show().find("meta") == nullptr);
    REQUIRE(set(Value::Map{}.set("seen", "yes").set("count", 3)));
    REQUIRE(set(Value::Map{}.set("count", Value{}).set("by", "me")));
    scene.restart();
    REQUIRE(scene.wait_for("downloading", 5s));
    CHECK(*scene.show().find("meta") == Value(Value::Map{}.set("seen", "yes").set("by", "me")));
    const auto found = scene.call("torrents.list", Value::Map{}.set("filter", "meta.seen=yes"));
    REQUIRE(found);
    CHECK(found->as_list()->size() == 1);
    CHECK(scene.call("torrents.list", Value::Map{}.set("filter", "meta.seen=no"))->as_list()->empty());
    CHECK_FALSE(set("a text"));
    CHECK_FALSE(set(Value::Map{}.set("list", Value::List{1})));
    Value::Map many;
    for (int i = 0; i < 100'000; ++i) many.append(std::to_string(i), 1);
    CHECK_THAT(set(std::move(many)).error().text, Catch::Contains("at most 128 keys"));
    CHECK_FALSE(set(Value::Map{}.set(std::string(65, 'k'), 1)));
    CHECK(set(Value::Map{}.set("long", std::string(5000, 'x'))).error().code == Errc::limit_exceeded);
    CHECK(*scene.show().find("meta") == Value(Value::Map{}.set("seen", "yes").set("by", "me")));
    REQUIRE(set(Value{}));
    CHECK(scene.show().find("meta") == nullptr);
}

TEST_CASE("what a torrent cannot have is refused, and nothing changes", "[client]")
{
    ClientScene scene;
    scene.add();
    const auto refused = [&](Value::Map changes, const std::string& why) {
        const auto set = scene.call("torrents.set", scene.of_torrent().set("changes", changes.set("label", "changed")));
        REQUIRE_FALSE(set);
        CHECK(set.error().code == Errc::invalid_argument);
        CHECK_THAT(set.error().text, Catch::Contains(why));
        CHECK(*scene.show().find("label")->as_text() == "");
    };
    refused(Value::Map{}.set("colour", "red"), "a torrent has no 'colour'");
    refused(Value::Map{}.set("rato", 1), "did you mean 'ratio'?");
    refused(Value::Map{}.set("down", "fast"), "down must be a rate like \"512k\"");
    refused(Value::Map{}.set("up", -1), "from 0 to");
    refused(Value::Map{}.set("priorities", Value::Map{}.set("*", "urgent")), "skip, low, normal or high");
    const auto unknown = scene.call("torrents.set", scene.of_torrent().set("changes", Value::Map{}.set("choker", "psychic")));
    REQUIRE_FALSE(unknown);
    CHECK_THAT(unknown.error().text, Catch::Contains("psychic"));
}
