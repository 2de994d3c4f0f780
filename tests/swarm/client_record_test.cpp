#include "swarm/client_scene.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <string>

// What is on record of a torrent is so on the disk, whenever the process dies.
using namespace shoal;
using namespace std::chrono_literals;
using control::Value;
using test::ClientScene;

namespace {

struct RecordScene : ClientScene {
    std::string path_of_first() { return "files/" + *files().front().as_map()->find("path")->as_text(); }
    void damage(const std::string& path)
    {
        auto octets = folder.read(path);
        octets[100'000] = static_cast<char>(octets[100'000] + 1);
        folder.write(path, octets);
    }
    // Of the pieces that the torrent says it has: each is as it ought to be.
    bool has_what_it_claims()
    {
        const auto& torrent = *client->session().torrents().begin()->second;
        std::string all;
        for (const auto& file : crowd.content.torrent.files) {
            auto octets = whole_of(file.path);
            octets.resize(file.length);  // what was not written at its end
            all += octets;
        }
        const auto right = as_text(crowd.content.octets);
        const auto& have = torrent.ledger().have();
        for (auto piece = have.find_first_set(); piece; piece = have.find_first_set(*piece + 1)) {
            const std::size_t from = std::size_t{*piece} * 16'384;
            if (all.compare(from, 16'384, right, from, 16'384) != 0) return false;
        }
        return true;
    }
    // Under its own name, or as it is called while it is not whole.
    std::string whole_of(const std::string& path)
    {
        const auto name = "files/" + crowd.content.torrent.name + "/" + path;
        return folder.has(name) ? folder.read(name) : folder.has(name + ".part") ? folder.read(name + ".part") : std::string();
    }
};

}  // namespace

TEST_CASE("what a check found to be wrong is not believed after a crash", "[client]")
{
    RecordScene scene;
    scene.add();
    REQUIRE(scene.wait_for("seeding"));
    scene.crowd.world.run_for(20s);
    scene.seed->node.crash();  // nobody gives it the piece again
    scene.damage(scene.path_of_first());
    REQUIRE(scene.call("torrents.recheck", scene.of_torrent()));
    REQUIRE(scene.progress() < 1.0);
    scene.crowd.world.run_for(std::chrono::seconds(GENERATE(0, 25)));
    scene.kill();
    REQUIRE(scene.wait_for("downloading", 30s));
    CHECK(scene.progress() < 1.0);
    CHECK(scene.has_what_it_claims());
}

TEST_CASE("a check that a crash ended leaves nothing that is believed", "[client]")
{
    RecordScene scene;
    scene.add();
    REQUIRE(scene.wait_for("seeding"));
    scene.crowd.world.run_for(20s);
    scene.seed->node.crash();
    scene.damage(scene.path_of_first());
    bool is_answered = false;
    scene.methods->call("torrents.recheck", scene.of_torrent(), [&](const Result<Value>&) { is_answered = true; });
    for (int turn = 0; turn < 10'000 && scene.progress() == 1.0 && !is_answered; ++turn) scene.crowd.world.run_for(1ms);
    scene.kill();
    REQUIRE(scene.wait_for("downloading", 30s));
    CHECK(scene.progress() < 1.0);
    CHECK(scene.has_what_it_claims());
}

TEST_CASE("a file that was lost while the torrent was stopped is off the record before it is written again", "[client]")
{
    RecordScene scene;
    scene.add();
    REQUIRE(scene.wait_for("seeding"));
    const auto path = scene.path_of_first();
    REQUIRE(scene.call("torrents.stop", scene.of_torrent()));
    std::filesystem::remove(scene.folder / path);
    REQUIRE(scene.call("torrents.start", scene.of_torrent()));
    REQUIRE(scene.wait_for("downloading", 10s));
    static_cast<void>(scene.call("torrents.connect", scene.of_torrent().set("peers", Value::List{scene.seed->endpoint().to_string()})));
    const auto part = path + ".part";
    for (int turn = 0; turn < 2000 && !(scene.folder.has(part) && scene.folder.read(part).size() >= 390'000); ++turn) {
        scene.crowd.world.run_for(5ms);
    }
    REQUIRE(scene.folder.has(part));
    REQUIRE(scene.state() == "downloading");
    scene.seed->node.crash();
    scene.kill();
    REQUIRE(scene.wait_for("downloading", 30s));
    CHECK(scene.has_what_it_claims());
}

TEST_CASE("what is added again brings back metainfo that the database has lost", "[client]")
{
    RecordScene scene;
    scene.add();
    REQUIRE(scene.wait_for("seeding"));
    CHECK_THAT(scene.add(), Catch::Contains("is here already"));
    scene.seed->node.crash();
    REQUIRE(scene.call("torrents.stop", scene.of_torrent()));
    const bool is_another = GENERATE(true, false);
    CAPTURE(is_another);
    auto other = std::string(as_text(metainfo::to_torrent(scene.crowd.content.torrent)));
    const auto name = other.find("5:crowd");
    REQUIRE(name != std::string::npos);
    other.replace(name, 7, "5:crowe");
    const auto octets = as_bytes(other);
    const auto wrong = is_another ? Bytes(octets.begin(), octets.end()) : Bytes(100);
    scene.library->put_metainfo(scene.crowd.content.torrent.info_hash.wire(), wrong, [](const Result<void>&) {});
    scene.restart();
    REQUIRE(scene.call("torrents.start", scene.of_torrent()));
    REQUIRE(scene.wait_for("failed", 10s));
    if (is_another) CHECK_THAT(*scene.show().find("error")->as_text(), Catch::Contains("another torrent"));
    CHECK(scene.add() == scene.hash());
    CHECK(scene.wait_for("seeding", 10s));
    CHECK(scene.is_whole());
}
