#include "swarm/client_scene.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>

// Files that two torrents have in common, and files that are nobody's.
using namespace shoal;
using namespace std::chrono_literals;
using control::Value;
using test::ClientScene;

namespace {

struct TwinScene : ClientScene {
    // Another torrent: what lies in the folder, as it is.
    std::string add_made_of(const std::string& place, bool is_stopped = false, std::uint32_t piece_length = 32'768)
    {
        const auto made = metainfo::create(folder / place, {.piece_length = piece_length});
        REQUIRE(made);
        const auto file = folder.write("twin-" + std::to_string(++made_) + ".torrent", as_text(made->torrent));
        const auto added = call("torrents.add", Value::Map{}.set("source", file).set("stopped", is_stopped));
        REQUIRE(added);
        return *added->as_text();
    }
    std::string first_path() const { return "crowd/" + crowd.content.torrent.files.front().path; }
    // Other content under the same paths.
    std::string add_twin(bool is_stopped = false)
    {
        folder.write("twin/" + first_path(), std::string(300'000, 'x'));
        return add_made_of("twin/crowd", is_stopped);
    }
    Value::Map map_of(const std::string& torrent) { return Value::Map{}.set("torrent", torrent); }
    Value::Map show_one(const std::string& torrent)
    {
        const auto shown = call("torrents.show", map_of(torrent));
        REQUIRE(shown);
        return *shown->as_map();
    }
    std::string state_of(const std::string& torrent) { return *show_one(torrent).find("state")->as_text(); }
    std::string error_of(const std::string& torrent)
    {
        const auto shown = show_one(torrent);
        return shown.find("error") != nullptr ? *shown.find("error")->as_text() : std::string();
    }
    bool wait_for_one(const std::string& torrent, const std::string& wanted)
    {
        for (int turn = 0; turn < 100 && state_of(torrent) != wanted; ++turn) crowd.world.run_for(100ms);
        return state_of(torrent) == wanted;
    }

private:
    int made_ = 0;
};

}  // namespace

TEST_CASE("a torrent does not write to a file that another one has, and says which and whose", "[client][claims]")
{
    TwinScene scene;
    scene.add();
    const bool runs = GENERATE(true, false);
    CAPTURE(runs);
    REQUIRE(scene.wait_for("seeding"));
    if (!runs) REQUIRE(scene.call("torrents.stop", scene.of_torrent()));
    const auto twin = scene.add_twin();
    REQUIRE(scene.wait_for_one(twin, "failed"));
    CHECK_THAT(scene.error_of(twin), Catch::Contains("files/" + scene.first_path()) && Catch::Contains("the torrent crowd, too"));
    CHECK(scene.is_whole());
    // Nor after a restart, nor when it is started again.
    scene.restart();
    CHECK(scene.wait_for_one(twin, "failed"));
    REQUIRE(scene.call("torrents.start", scene.map_of(twin)));
    CHECK(scene.wait_for_one(twin, "failed"));
    // And what it never had is not removed with it.
    CHECK(scene.call("torrents.remove", scene.map_of(twin).set("data", true)));
    CHECK(scene.is_whole());
}

TEST_CASE("of two torrents that are to write the same file the first does", "[client][claims]")
{
    TwinScene scene;
    scene.add();
    const auto twin = scene.add_twin();
    REQUIRE(scene.wait_for_one(twin, "failed"));
    REQUIRE(scene.wait_for("seeding"));
    CHECK(scene.is_whole());
}

TEST_CASE("a torrent that was refused a file goes to another folder and starts there, and the other's file stays", "[client][claims]")
{
    TwinScene scene;
    scene.add();
    REQUIRE(scene.wait_for("seeding"));
    const auto twin = scene.add_twin();
    REQUIRE(scene.wait_for_one(twin, "failed"));
    SECTION("by a move")
    {
        CHECK(scene.call("torrents.move", scene.map_of(twin).set("folder", scene.folder / "elsewhere")));
    }
    SECTION("by a rename")
    {
        CHECK(scene.call("torrents.rename", scene.map_of(twin).set("path", scene.first_path()).set("new_path", "twin.bin")));
    }
    CHECK(scene.is_whole());
    REQUIRE(scene.call("torrents.start", scene.map_of(twin)));
    CHECK(scene.wait_for_one(twin, "downloading"));
    CHECK(scene.is_whole());
}

TEST_CASE("two torrents share files that are right for both, and removing one with its data leaves them", "[client][claims]")
{
    TwinScene scene;
    scene.add();
    REQUIRE(scene.wait_for("seeding"));
    const auto twin = scene.add_made_of("files/crowd");
    REQUIRE(scene.wait_for_one(twin, "seeding"));
    CHECK(scene.state() == "seeding");
    const auto moved = scene.call("torrents.move", scene.map_of(twin).set("folder", scene.folder / "elsewhere"));
    REQUIRE_FALSE(moved);
    CHECK_THAT(moved.error().text, Catch::Contains("the torrent crowd, too"));
    CHECK_FALSE(scene.call("torrents.rename", scene.map_of(twin).set("path", scene.first_path()).set("new_path", "crowd/other")));
    CHECK(scene.is_whole());
    CHECK(scene.call("torrents.remove", scene.map_of(twin).set("data", true)));
    CHECK(scene.is_whole());
    // The last one takes them away.
    CHECK(scene.call("torrents.remove", scene.of_torrent().set("data", true)));
    CHECK_FALSE(scene.folder.has("files/" + scene.first_path()));
}

TEST_CASE("a torrent that has to write into a file that it shares fails, and the file stays as it is", "[client][claims]")
{
    TwinScene scene;
    scene.add();
    REQUIRE(scene.wait_for("seeding"));
    const auto twin = scene.add_made_of("files/crowd");
    REQUIRE(scene.wait_for_one(twin, "seeding"));
    auto octets = scene.folder.read("files/" + scene.first_path());
    octets[100'000] = static_cast<char>(octets[100'000] + 1);
    scene.folder.write("files/" + scene.first_path(), octets);
    static_cast<void>(scene.call("torrents.recheck", scene.map_of(twin)));  // which ends, or fails with the torrent
    CHECK(scene.wait_for_one(twin, "failed"));
    CHECK_THAT(scene.error_of(twin), Catch::Contains("the torrent crowd, too"));
    CHECK(scene.folder.read("files/" + scene.first_path()) == octets);
}

TEST_CASE("a torrent is moved neither to where another has its files nor onto them by a rename", "[client][claims]")
{
    TwinScene scene;
    scene.add();
    REQUIRE(scene.wait_for("seeding"));
    scene.folder.write("twin/" + scene.first_path(), std::string(300'000, 'x'));
    scene.folder.write("apart/" + scene.first_path(), std::string(300'000, 'x'));
    const auto made = metainfo::create(scene.folder / "twin/crowd", {.piece_length = 32'768});
    REQUIRE(made);
    const auto file = scene.folder.write("apart.torrent", as_text(made->torrent));
    const auto added = scene.call("torrents.add", Value::Map{}.set("source", file).set("folder", scene.folder / "apart"));
    REQUIRE(added);
    const auto twin = *added->as_text();
    REQUIRE(scene.wait_for_one(twin, "seeding"));
    scene.events.clear();
    const auto moved = scene.call("torrents.move", scene.map_of(twin).set("folder", scene.folder / "files"));
    REQUIRE_FALSE(moved);
    CHECK_THAT(moved.error().text, Catch::Contains("the torrent crowd, too"));
    CHECK(std::ranges::count(scene.events, "torrent.error") == 1);
    CHECK(*scene.show_one(twin).find("folder")->as_text() == scene.folder / "apart");
    CHECK(scene.is_whole());
    CHECK(scene.folder.read("apart/" + scene.first_path()) == std::string(300'000, 'x'));
}

TEST_CASE("a file that is nobody's is not written over, and goes neither with a move nor with a removal", "[client][claims]")
{
    TwinScene scene;
    const std::string mine(GENERATE(5, 400'000, 500'000), 'm');
    scene.folder.write("files/" + scene.first_path(), mine);
    scene.add();
    REQUIRE(scene.wait_for("failed"));
    CHECK_THAT(scene.error_of(scene.hash()), Catch::Contains("files/" + scene.first_path()) && Catch::Contains("there already"));
    CHECK(scene.folder.read("files/" + scene.first_path()) == mine);
    REQUIRE(scene.call("torrents.move", scene.of_torrent().set("folder", scene.folder / "elsewhere")));
    CHECK(scene.folder.read("files/" + scene.first_path()) == mine);
    REQUIRE(scene.call("torrents.start", scene.of_torrent()));
    scene.crowd.world.run_for(2s);
    REQUIRE(scene.call("torrents.connect", scene.of_torrent().set("peers", Value::List{scene.seed->endpoint().to_string()})));
    REQUIRE(scene.wait_for("seeding"));
    CHECK(scene.is_whole("elsewhere"));
    CHECK(scene.call("torrents.remove", scene.of_torrent().set("data", true)));
    CHECK(scene.folder.read("files/" + scene.first_path()) == mine);
}

TEST_CASE("a file that appears beside one that is being fetched is not written over, whenever the client starts again", "[client][claims]")
{
    TwinScene scene;
    scene.add();
    REQUIRE(scene.wait_for_progress(0.2));
    REQUIRE(scene.folder.has("files/" + scene.first_path() + ".part"));
    scene.folder.write("files/" + scene.first_path(), "mine");
    scene.restart();
    REQUIRE(scene.call("torrents.connect", scene.of_torrent().set("peers", Value::List{scene.seed->endpoint().to_string()})));
    REQUIRE(scene.wait_for("failed"));
    CHECK_THAT(scene.error_of(scene.hash()), Catch::Contains("it has appeared while"));
    CHECK(scene.folder.read("files/" + scene.first_path()) == "mine");
}

TEST_CASE("half of a file that is right is gone on with, whoever wrote it", "[client][claims]")
{
    TwinScene scene;
    const auto whole = std::string(as_text(scene.crowd.content.octets));
    scene.folder.write("files/" + scene.first_path(), whole.substr(0, 200'000) + std::string(200'000, '-'));
    scene.add();
    REQUIRE(scene.wait_for("seeding"));
    CHECK(scene.is_whole());
    CHECK(*scene.show().find("downloaded")->as_integer() < 900'000);
}

TEST_CASE("a renaming that came to its end is nothing that the next start takes up", "[client][claims]")
{
    TwinScene scene;
    scene.add();
    REQUIRE(scene.wait_for("seeding"));
    REQUIRE(scene.call("torrents.rename", scene.of_torrent().set("path", scene.first_path()).set("new_path", "crowd/other.bin")));
    CHECK(scene.client->entry(*scene.client->find(scene.hash()))->record.options.find("renaming") == nullptr);
    CHECK(scene.call("torrents.stop", scene.of_torrent()));
    scene.restart();
    scene.crowd.world.run_for(2s);
    CHECK(scene.client->session().torrents().empty());  // a stopped one has no work
}

TEST_CASE("a move that was refused stays refused, also for a torrent that has nothing yet", "[client][claims]")
{
    TwinScene scene;
    scene.add();
    REQUIRE(scene.wait_for("seeding"));
    scene.folder.write("twin/" + scene.first_path(), std::string(300'000, 'x'));
    const auto made = metainfo::create(scene.folder / "twin/crowd", {.piece_length = 32'768});
    REQUIRE(made);
    const auto file = scene.folder.write("twin.torrent", as_text(made->torrent));
    const auto nowhere = scene.folder / "nowhere";
    const auto added = scene.call("torrents.add", Value::Map{}.set("source", file).set("folder", nowhere).set("stopped", true));
    REQUIRE(added);
    const auto twin = *added->as_text();
    const auto moved = scene.call("torrents.move", scene.map_of(twin).set("folder", scene.folder / "files"));
    REQUIRE_FALSE(moved);
    CHECK_THAT(moved.error().text, Catch::Contains("the torrent crowd, too"));
    CHECK(*scene.show_one(twin).find("folder")->as_text() == nowhere);
}

TEST_CASE("a link whose files are all here lays claim to them as soon as it knows them", "[client][claims]")
{
    TwinScene scene;
    scene.add();
    REQUIRE(scene.wait_for("seeding"));
    const auto twin = scene.add_made_of("files/crowd");
    REQUIRE(scene.wait_for_one(twin, "seeding"));
    REQUIRE(scene.call("torrents.remove", scene.of_torrent()));  // its files stay
    const auto link = "magnet:?xt=urn:btih:" + scene.hash();
    CHECK(scene.add(link) == scene.hash());
    REQUIRE(scene.wait_for("seeding"));
    CHECK(scene.call("torrents.remove", scene.map_of(twin).set("data", true)));
    CHECK(scene.is_whole());
}

// ---- what decides what runs here --------------------------------------------------------------------------------------------

TEST_CASE("no torrent goes into a folder of scripts, by whatever way", "[client][claims]")
{
    ClientScene scene({.guarded = {"scripts"}});
    std::filesystem::create_directory(scene.folder / "scripts");
    std::filesystem::create_directory_symlink(scene.folder / "scripts", scene.folder / "link");
    const auto place = GENERATE("scripts", "scripts/below", "link", "files/../scripts/x");
    CAPTURE(place);
    const auto added = scene.call("torrents.add", Value::Map{}.set("source", scene.torrent_file).set("folder", scene.folder / place));
    REQUIRE_FALSE(added);
    CHECK(added.error().code == Errc::permission_denied);
    scene.add();
    REQUIRE(scene.wait_for("seeding"));
    const auto moved = scene.call("torrents.move", scene.of_torrent().set("folder", scene.folder / place));
    REQUIRE_FALSE(moved);
    CHECK_THAT(moved.error().text, Catch::Contains("decide what runs here"));
    CHECK(scene.is_whole());
    CHECK(std::filesystem::is_empty(scene.folder / "scripts"));
}

TEST_CASE("a torrent one of whose files would be a script fetches nothing, and one renamed so stays as it is", "[client][claims]")
{
    const bool is_above = GENERATE(true, false);
    ClientScene scene({.guarded = {is_above ? "files/crowd" : "files/scripts"}});
    scene.add();
    if (is_above) {
        CHECK(scene.wait_for("failed"));
        CHECK_THAT(*scene.show().find("error")->as_text(), Catch::Contains("decide what runs here"));
        CHECK_FALSE(std::filesystem::exists(scene.folder / "files/crowd"));
        return;
    }
    REQUIRE(scene.wait_for("seeding"));
    const auto path = "crowd/" + scene.crowd.content.torrent.files.front().path;
    CHECK_FALSE(scene.call("torrents.rename", scene.of_torrent().set("path", path).set("new_path", "scripts/x.lua")));
    CHECK(scene.is_whole());
}
