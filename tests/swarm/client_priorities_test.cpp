#include "swarm/client_scene.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <string>

using namespace shoal;
using namespace std::chrono_literals;
using control::Value;
using test::ClientScene;

namespace {

constexpr int file_count = 100'000;

metainfo::TorrentFile many_files()
{
    std::string info = "d5:filesl";
    for (int i = 0; i < file_count; ++i) {
        const auto name = "f" + std::to_string(i);
        info += "d6:lengthi1e4:pathl" + std::to_string(name.size()) + ":" + name + "ee";
    }
    const int pieces = (file_count + 16'383) / 16'384;
    info += "e4:name4:many12:piece lengthi16384e6:pieces" + std::to_string(pieces * 20) + ":" + std::string(static_cast<std::size_t>(pieces) * 20, 'x') + "e";
    const auto text = "d4:info" + info + "e";
    const auto* octets = reinterpret_cast<const std::byte*>(text.data());
    auto parsed = metainfo::parse(Bytes(octets, octets + text.size()));
    REQUIRE(parsed);
    return std::move(*parsed);
}

}  // namespace

TEST_CASE("the priorities of 100,000 files are set at once", "[client]")
{
    ClientScene scene;
    const auto torrent = many_files();
    const auto source = scene.folder.write("many.torrent", as_text(metainfo::to_torrent(torrent)));
    REQUIRE(scene.call("torrents.add", Value::Map{}.set("source", source).set("stopped", true)));
    const auto of_it = Value::Map{}.set("torrent", torrent.info_hash.hex());
    const auto set = [&](Value::Map priorities) {
        return scene.call("torrents.set", Value::Map(of_it).set("changes", Value::Map{}.set("priorities", std::move(priorities))));
    };
    const auto begun = std::chrono::steady_clock::now();
    CHECK(set(Value::Map{}.set("*", "low").set("many/f7", "skip")));
    CHECK(std::chrono::steady_clock::now() - begun < 10s);  // file by file it took minutes
    const auto listed = scene.call("torrents.files", of_it);
    REQUIRE(listed);
    const auto priority = [&](std::size_t file) { return *(*listed->as_list())[file].as_map()->find("priority")->as_text(); };
    CHECK(priority(7) == "skip");
    CHECK(priority(8) == "low");
    CHECK(priority(file_count - 1) == "low");

    SECTION("globs that would keep everybody waiting are refused")
    {
        Value::Map globs;
        for (int i = 0; i < 100; ++i) globs.append("*" + std::to_string(i), "skip");
        const auto refused = set(std::move(globs));
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == Errc::invalid_argument);
    }
    SECTION("thousands of paths are not")
    {
        Value::Map paths;
        for (int i = 0; i < 5000; ++i) paths.append("many/f" + std::to_string(i), "high");
        CHECK(set(std::move(paths)));
    }
}

TEST_CASE("a torrent with skipped files is as far when it does not run as it was when it ran", "[client]")
{
    ClientScene scene;
    scene.add();
    const auto skipped = *scene.files().back().as_map()->find("path")->as_text();
    const auto changes = Value::Map{}.set("priorities", Value::Map{}.set(skipped, "skip"));
    REQUIRE(scene.call("torrents.set", scene.of_torrent().set("changes", changes)));
    const bool is_whole = GENERATE(true, false);
    CAPTURE(is_whole);
    if (is_whole) REQUIRE(scene.wait_for("seeding"));
    else REQUIRE(scene.wait_for_progress(0.3));
    REQUIRE(scene.call("torrents.stop", scene.of_torrent()));
    REQUIRE(scene.wait_for("stopped"));
    const auto stopped = scene.show();
    const auto wanted = *stopped.find("wanted")->as_integer();
    CHECK(wanted == 25 * 16'384);
    const auto done = *stopped.find("done")->as_integer();
    CHECK((done == wanted) == is_whole);
    CHECK(scene.progress() == static_cast<double>(done) / static_cast<double>(wanted));
    const auto is_as_before = [&] {
        const auto shown = scene.show();
        return shown.find("progress") != nullptr && *shown.find("progress") == *stopped.find("progress") && shown.find("wanted") != nullptr &&
               *shown.find("wanted") == Value(wanted) && shown.find("done") != nullptr && *shown.find("done") == Value(done);
    };
    scene.restart();
    REQUIRE(scene.state() == "stopped");
    CHECK(is_as_before());
    scene.client->set_defaults({.folder = scene.folder / "files", .queue = {.active = 0}});
    REQUIRE(scene.call("torrents.start", scene.of_torrent()));
    REQUIRE(scene.wait_for("waiting"));
    CHECK(is_as_before());
    // And where it does run again, it says the same.
    if (!is_whole) return;
    scene.client->set_defaults({.folder = scene.folder / "files"});
    REQUIRE(scene.wait_for("seeding"));
    CHECK(is_as_before());
}

TEST_CASE("no priorities are normal ones, also of files that were not selected", "[client]")
{
    ClientScene scene;
    const bool is_selected = GENERATE(true, false);
    CAPTURE(is_selected);
    Value::Map arguments;
    arguments.set("source", scene.torrent_file).set("peers", Value::List{scene.seed->endpoint().to_string()});
    if (is_selected) arguments.set("select", Value::List{"*file0*"});
    else arguments.set("own", Value::Map{}.set("priorities", Value::Map{}.set("*file1*", "skip")));
    REQUIRE(scene.call("torrents.add", std::move(arguments)));
    REQUIRE(scene.wait_for("seeding"));
    const auto priority = [&](std::size_t file) { return *scene.files()[file].as_map()->find("priority")->as_text(); };
    REQUIRE(priority(1) == "skip");
    REQUIRE(scene.call("torrents.set", scene.of_torrent().set("changes", Value::Map{}.set("priorities", Value{}))));
    CHECK(priority(0) == "normal");
    CHECK(priority(1) == "normal");
    REQUIRE(scene.client->add_peers(scene.crowd.content.torrent.info_hash.wire(), {scene.seed->endpoint()}));  // it may have left a seed
    scene.crowd.world.run_for(60s);
    CHECK(*scene.show().find("done")->as_integer() == 1'043'576);
    scene.restart();
    CHECK(priority(1) == "normal");
    CHECK(scene.is_whole());
}
