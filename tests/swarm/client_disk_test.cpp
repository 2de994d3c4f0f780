#include "swarm/client_scene.hpp"

#include "client/torrent_report.hpp"
#include "support/as_nobody.hpp"
#include "support/strain.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>

// What disks and clocks do to a client: each with what it says, and how it goes on.
using namespace shoal;
using namespace std::chrono_literals;
using control::Value;
using support::strain;
using test::ClientScene;
namespace fs = std::filesystem;

namespace {

struct DiskScene : ClientScene {
    DiskScene() = default;
    explicit DiskScene(const host::SettingValues& faults)
        : ClientScene({.storage = "strain", .plugins = {{"strain", strain("file", faults)}}})
    {
    }

    std::size_t heard_of(const std::string& event) const
    {
        return static_cast<std::size_t>(std::ranges::count(events, event));
    }
    std::string why() { return *show().find("error")->as_text(); }
    // What failed forgets whom it was connected to.
    void start_again()
    {
        REQUIRE(call("torrents.start", of_torrent()));
        crowd.world.run_for(2s);
        static_cast<void>(call("torrents.connect", of_torrent().set("peers", Value::List{seed->endpoint().to_string()})));
    }
    // While what is there cannot be the whole.
    void reach_the_middle()
    {
        add();
        REQUIRE(wait_for_progress(0.2));
        REQUIRE(progress() < 0.8);
    }
};

}  // namespace

TEST_CASE("a torrent that meets an error of the disk fails with its event, and goes on when it is started", "[client][disk]")
{
    DiskScene scene(host::SettingValues{{"fail", std::string("write")}, {"fail_from", std::int64_t{20}}});
    scene.add();
    REQUIRE(scene.wait_for("failed"));
    CHECK(scene.heard_of("disk.error") == 1);
    CHECK_THAT(scene.why(), Catch::Contains("write"));
    scene.crowd.world.run_for(60s);
    CHECK(scene.state() == "failed");
    // Each run has a storage of its own, and so meets the same error: after three times twenty writes there is nothing left to write.
    for (int run = 0; run < 3; ++run) {
        scene.start_again();
        if (scene.wait_for("seeding", 30s)) break;
        CHECK(scene.state() == "failed");
    }
    CHECK(scene.state() == "seeding");
    CHECK(scene.is_whole());
    // What had been acknowledged was not fetched again.
    CHECK(*scene.show().find("downloaded")->as_integer() < 1'043'576 + 3 * 100'000);
}

TEST_CASE("a checkpoint that cannot be written out fails the torrent, and no piece is believed that is not there", "[client][disk]")
{
    DiskScene scene(host::SettingValues{{"fail", std::string("flush")}, {"fail_from", std::int64_t{1}}});
    scene.add();
    REQUIRE(scene.wait_for("failed"));
    CHECK(scene.heard_of("disk.error") >= 1);
    // On another disk it is looked at again, and goes on.
    scene.settings.storage = "file";
    scene.restart();
    scene.start_again();
    REQUIRE(scene.wait_for("seeding"));
    CHECK(scene.is_whole());
}

TEST_CASE("a client whose disk is full waits, says so, and goes on by itself", "[client][disk]")
{
    DiskScene scene(host::SettingValues{{"fail", std::string("write")},
                                        {"fail_from", std::int64_t{20}},
                                        {"fail_count", std::int64_t{5}},
                                        {"error", std::string("full")}});
    scene.add();
    scene.crowd.world.run_for(25s);
    CHECK(scene.state() == "downloading");
    REQUIRE(scene.show().find("stall") != nullptr);
    CHECK_THAT(*scene.show().find("stall")->as_text(), Catch::Contains("waits for room: write"));
    CHECK(*scene.show().find("down_rate")->as_integer() == 0);
    CHECK(scene.heard_of("disk.full") == 1);
    CHECK(scene.heard_of("torrent.resumed") == 0);
    REQUIRE(scene.wait_for("seeding", 300s));
    CHECK(scene.heard_of("torrent.resumed") == 1);
    CHECK(scene.heard_of("disk.error") == 0);
    CHECK(scene.is_whole());
}

TEST_CASE("a client whose folder vanishes says so, and goes on when it is back", "[client][disk]")
{
    DiskScene scene;
    scene.reach_the_middle();
    fs::copy(scene.folder / "files", scene.folder / "elsewhere", fs::copy_options::recursive);
    fs::remove_all(scene.folder / "files");
    REQUIRE(scene.wait_for("failed"));
    CHECK(scene.heard_of("disk.error") >= 1);
    CHECK_THAT(scene.why(), Catch::Contains(scene.folder / "files"));
    fs::remove_all(scene.folder / "files");
    fs::rename(scene.folder / "elsewhere", scene.folder / "files");
    scene.start_again();
    REQUIRE(scene.wait_for("seeding"));
    CHECK(scene.is_whole());
}

TEST_CASE("a client whose folder becomes read-only says so, and goes on when it may write again", "[client][disk]")
{
    DiskScene scene;
    fs::permissions(scene.folder.path(), fs::perms::all);
    const auto set = [&](fs::perms perms) {
        for (const auto& below : fs::recursive_directory_iterator(scene.folder / "files")) {
            if (below.is_directory()) fs::permissions(below, perms);
        }
    };
    const test::AsNobody rights;
    scene.add();
    REQUIRE(scene.crowd.world.run_until([&] { return fs::exists(scene.folder / "files/crowd"); },
                                        scene.crowd.world.now() + 60s));
    set(fs::perms::owner_read | fs::perms::owner_exec);
    REQUIRE(scene.wait_for("failed"));
    CHECK(scene.heard_of("disk.error") >= 1);
    set(fs::perms::owner_all);
    scene.start_again();
    REQUIRE(scene.wait_for("seeding"));
    CHECK(scene.is_whole());
}

TEST_CASE("stats tell what the disk is doing: how much is on its way, how long it takes, and whether it is behind", "[client][disk]")
{
    DiskScene scene(host::SettingValues{{"rate", std::int64_t{60'000}}});
    const auto number = [&](const char* name) { return *client::report_session(*scene.client).find(name)->as_integer(); };
    const auto latency = [&] { return *client::report_session(*scene.client).find("write_latency")->as_real(); };
    const auto is_behind = [&] { return *client::report_session(*scene.client).find("is_back_pressured")->as_bool(); };
    CHECK(number("in_flight") == 0);
    CHECK(latency() == 0);
    scene.add();
    REQUIRE(scene.wait_for_progress(0.3));
    CHECK(number("in_flight") > 0);
    CHECK(number("queued") == 0);
    CHECK(latency() > 0.2);
    CHECK(latency() < 10);
    bool was_behind = false;
    for (int i = 0; i < 50 && !was_behind; ++i) {
        scene.crowd.world.run_for(100ms);
        was_behind = is_behind();
    }
    CHECK(was_behind);
    const auto one = client::report_torrent(*scene.client, *scene.client->entries().begin()->second);
    CHECK(*one.find("in_flight")->as_integer() == number("in_flight"));
    CHECK(*one.find("is_back_pressured")->as_bool());
    REQUIRE(scene.wait_for("seeding"));
    CHECK(number("in_flight") == 0);
    CHECK_FALSE(is_behind());
    CHECK(scene.show().find("in_flight") == nullptr);
}

TEST_CASE("a clock that jumps is told, and nothing that is counted jumps with it", "[client][disk]")
{
    const std::int64_t jump = GENERATE(std::int64_t{86'400}, std::int64_t{-86'400});
    CAPTURE(jump);
    DiskScene scene;
    scene.client->set_defaults({.folder = scene.folder / "files", .ends = {.seeding_time = 120s}});
    scene.add();
    REQUIRE(scene.wait_for("seeding"));
    const auto finished_at = *scene.show().find("finished_at")->as_integer();
    const auto added_at = *scene.show().find("added_at")->as_integer();
    scene.unix_time += jump;
    scene.crowd.world.run_for(60s);
    CHECK(scene.heard_of("session.clock_jumped") == 1);
    CHECK(scene.state() == "seeding");
    CHECK(*scene.show().find("finished_at")->as_integer() == finished_at);
    CHECK(*scene.show().find("added_at")->as_integer() == added_at);
    CHECK(scene.client->entry(scene.crowd.content.torrent.info_hash.wire())->progress.seeding_s <= 70);
    // And back: it is told again, and the torrent ends after its two minutes.
    scene.unix_time -= jump;
    scene.crowd.world.run_for(40s);
    CHECK(scene.heard_of("session.clock_jumped") == 2);
    CHECK(scene.state() == "seeding");
    CHECK(scene.wait_for("stopped", 60s));
    CHECK(scene.heard_of("torrent.ended") == 1);
}
