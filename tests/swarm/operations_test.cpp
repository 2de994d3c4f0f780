#include "support/as_nobody.hpp"
#include "support/cannot_run.hpp"
#include "support/crowd.hpp"
#include "support/strain.hpp"
#include "support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <optional>

#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

// What people do to a torrent that runs, and what disks do to it: on real files and virtual time.
using namespace std::chrono_literals;
using shoal::Errc;
using shoal::Result;
using shoal::support::Crowd;
using shoal::support::Member;
using shoal::support::TorrentShape;
using shoal::test::AsNobody;
using shoal::test::cannot_run;
using shoal::test::TemporaryFolder;
using shoal::torrent::Stage;
namespace fs = std::filesystem;

namespace {

// Three files, the second of which begins and ends within pieces.
TorrentShape three_files()
{
    return {.piece_length = 32 * 1024,
            .files = {700'000, 50'000, 450'000},
            .has_octets = true,
            .trackers = {}};
}

// A seeder in memory and a leecher on the disk, which takes its time.
struct Pair {
    explicit Pair(const std::string& folder, const std::string& storage = "file")
        : crowd(three_files()), seeder(crowd.add({.is_seed = true, .node = {.up = 1u << 18}})),
          leecher(crowd.add({.plugins = {{"strain", shoal::support::harmless_strain("file")}},
                             .folder = folder,
                             .storage = storage}))
    {
    }

    void start()
    {
        crowd.start();
        REQUIRE(crowd.world.run_until([&] { return leecher.verified.size() >= 10; }, crowd.world.now() + 300s));
        REQUIRE_FALSE(leecher.is_complete());
    }
    // Everything is there, under these names, and arrived once.
    void require_whole(const std::string& folder, const std::vector<std::string>& names)
    {
        REQUIRE(crowd.run_until_complete(600s));
        crowd.world.run_for(5s);
        std::string all;
        for (const auto& name : names) {
            std::ifstream file(folder + "/" + name, std::ios::binary);
            INFO(folder + "/" + name);
            REQUIRE(file);
            all.append(std::istreambuf_iterator<char>(file), {});
        }
        REQUIRE(all == shoal::as_text(crowd.content.octets));
    }
    std::vector<std::string> names() const
    {
        std::vector<std::string> names;
        for (const auto file : crowd.content.torrent.geometry.files()) {
            names.push_back(crowd.content.torrent.disk_path(file));
        }
        return names;
    }
    template <class Begin>
    Result<void> wait(Begin begin)
    {
        std::optional<Result<void>> outcome;
        begin([&](Result<void> result) { outcome = std::move(result); });
        REQUIRE(crowd.world.run_until([&] { return outcome.has_value(); }, crowd.world.now() + 100s));
        return *outcome;
    }

    Crowd crowd;
    Member& seeder;
    Member& leecher;
};

void require_nothing_twice(const Member& member)
{
    for (const auto& [piece, times] : member.verified) {
        INFO("piece " << piece);
        REQUIRE(times == 1);
    }
}

}  // namespace

TEST_CASE("a leecher whose files move goes on fetching, and nothing comes twice", "[swarm][operations]")
{
    const TemporaryFolder folder;
    Pair pair(folder / "old", GENERATE(as<std::string>{}, "file", "strain"));
    pair.start();
    const auto moved = pair.wait(
        [&](auto done) { pair.leecher.torrent().move(folder / "new", [](auto, auto) {}, std::move(done)); });
    REQUIRE(moved);
    pair.require_whole(folder / "new", pair.names());
    require_nothing_twice(pair.leecher);
    REQUIRE(pair.leecher.status().totals.wasted == 0);
    REQUIRE(fs::is_empty(folder / "old"));
    REQUIRE(pair.leecher.count("torrent.moved") == 1);
}

TEST_CASE("a seeder whose files move gives on, and what it gives is right", "[swarm][operations]")
{
    const TemporaryFolder folder;
    Pair pair(folder / "old", GENERATE(as<std::string>{}, "file", "strain"));
    pair.crowd.start();
    pair.require_whole(folder / "old", pair.names());
    Member& late = pair.crowd.add({.node = {.down = 1u << 18}});
    pair.seeder.session->stop([] {});
    late.start({pair.leecher.endpoint()});
    REQUIRE(pair.crowd.world.run_until([&] { return late.verified.size() >= 5; }, pair.crowd.world.now() + 300s));
    const auto moved = pair.wait(
        [&](auto done) { pair.leecher.torrent().move(folder / "new", [](auto, auto) {}, std::move(done)); });
    REQUIRE(moved);
    REQUIRE(pair.crowd.world.run_until([&] { return late.is_complete(); }, pair.crowd.world.now() + 300s));
    REQUIRE(*late.octets == pair.crowd.content.octets);
    REQUIRE(late.status().totals.corrupt_pieces == 0);
}

TEST_CASE("files are renamed while they are fetched", "[swarm][operations]")
{
    const TemporaryFolder folder;
    Pair pair(folder.path(), GENERATE(as<std::string>{}, "file", "strain"));
    pair.start();
    const auto file = [&](std::uint32_t n) { return *pair.crowd.content.torrent.geometry.file(n); };
    for (const auto& [number, name] : {std::pair{0u, "first/of all.bin"}, std::pair{2u, "last.bin"}}) {
        REQUIRE(pair.wait([&, n = number, path = name](auto done) {
            pair.leecher.torrent().rename(file(n), path, std::move(done));
        }));
    }
    pair.require_whole(folder.path(), {"first/of all.bin", pair.names()[1], "last.bin"});
    require_nothing_twice(pair.leecher);
    REQUIRE(pair.leecher.count("torrent.renamed") == 2);
}

TEST_CASE("a recheck of a running torrent finds the damage, and only that is fetched again", "[swarm][operations]")
{
    const TemporaryFolder folder;
    Pair pair(folder.path(), GENERATE(as<std::string>{}, "file", "strain"));
    pair.crowd.start();
    pair.require_whole(folder.path(), pair.names());
    {
        std::fstream file(folder / pair.names()[0], std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(5 * 32 * 1024 + 100);
        file.put('!').put('?');
    }
    REQUIRE(pair.wait([&](auto done) { pair.leecher.torrent().recheck(std::move(done)); }));
    REQUIRE(pair.leecher.torrent().ledger().have().find_first_unset() == 5);
    pair.leecher.torrent().add_peer(pair.seeder.endpoint());
    pair.require_whole(folder.path(), pair.names());
    REQUIRE(pair.leecher.verified.at(5) == 2);
    REQUIRE(pair.leecher.verified.at(4) == 1);
}

TEST_CASE("a torrent that is paused and resumed on the disk goes on where it was", "[swarm][operations]")
{
    const TemporaryFolder folder;
    Pair pair(folder.path(), GENERATE(as<std::string>{}, "file", "strain"));
    pair.start();
    bool is_stopped = false;
    pair.leecher.torrent().stop([&] { is_stopped = true; });
    REQUIRE(pair.crowd.world.run_until([&] { return is_stopped; }, pair.crowd.world.now() + 60s));
    REQUIRE(pair.leecher.torrent().stage() == Stage::paused);
    pair.leecher.torrent().start();
    pair.leecher.torrent().add_peer(pair.seeder.endpoint());
    pair.require_whole(folder.path(), pair.names());
    require_nothing_twice(pair.leecher);
}

TEST_CASE("a folder that vanishes fails the torrent until it is back, or a recheck accepts it", "[swarm][operations]")
{
    const TemporaryFolder folder;
    Pair pair(folder / "in", GENERATE(as<std::string>{}, "file", "strain"));
    pair.start();
    fs::copy(folder / "in", folder / "elsewhere", fs::copy_options::recursive);
    fs::remove_all(folder / "in");
    const auto fails = [&] {
        return pair.crowd.world.run_until([&] { return pair.leecher.torrent().stage() == Stage::failed; },
                                          pair.crowd.world.now() + 300s);
    };
    REQUIRE(fails());
    REQUIRE(pair.leecher.count("disk.error") >= 1);
    REQUIRE_THAT(pair.leecher.status().failure->text, Catch::Contains(folder / "in"));
    pair.leecher.torrent().start();
    REQUIRE(fails());
    REQUIRE_THAT(pair.leecher.status().failure->text, Catch::Contains("its files are gone"));
    SECTION("it comes back")
    {
        fs::remove_all(folder / "in");
        fs::rename(folder / "elsewhere", folder / "in");
        pair.leecher.torrent().start();
        pair.leecher.torrent().add_peer(pair.seeder.endpoint());
        pair.require_whole(folder / "in", pair.names());
        REQUIRE(pair.leecher.status().totals.downloaded < 2 * pair.crowd.content.octets.size());
    }
    SECTION("it does not")
    {
        REQUIRE(pair.wait([&](auto done) { pair.leecher.torrent().recheck(std::move(done)); }));
        pair.leecher.torrent().add_peer(pair.seeder.endpoint());
        pair.require_whole(folder / "in", pair.names());
    }
}

TEST_CASE("a folder that becomes read-only fails the torrent, keeps what is verified, and lets it go on later",
          "[swarm][operations]")
{
    const TemporaryFolder folder;
    fs::permissions(folder.path(), fs::perms::all);
    Pair pair(folder / "in", GENERATE(as<std::string>{}, "file", "strain"));
    {
        const AsNobody rights;
        // The second and third file are not there yet when the folder changes.
        pair.crowd.start();
        REQUIRE(pair.crowd.world.run_until([&] { return fs::exists(folder / "in"); }, pair.crowd.world.now() + 60s));
        for (const auto& below : fs::recursive_directory_iterator(folder / "in")) {
            if (below.is_directory()) fs::permissions(below, fs::perms::owner_read | fs::perms::owner_exec);
        }
        fs::permissions(folder / "in", fs::perms::owner_read | fs::perms::owner_exec);
        REQUIRE(pair.crowd.world.run_until([&] { return pair.leecher.torrent().stage() == Stage::failed; },
                                           pair.crowd.world.now() + 300s));
        REQUIRE(pair.leecher.status().failure->code == Errc::permission_denied);
        REQUIRE(pair.leecher.count("disk.error") >= 1);
        fs::permissions(folder / "in", fs::perms::owner_all);
        for (const auto& below : fs::recursive_directory_iterator(folder / "in")) {
            if (below.is_directory()) fs::permissions(below, fs::perms::owner_all);
        }
        pair.leecher.torrent().start();
        pair.leecher.torrent().add_peer(pair.seeder.endpoint());
        pair.require_whole(folder / "in", pair.names());
    }
    require_nothing_twice(pair.leecher);
}

TEST_CASE("a member whose disk is full gives what it has, and goes on when there is room", "[swarm][operations]")
{
    Crowd crowd({.files = {}, .trackers = {}});
    crowd.add({.is_seed = true, .node = {.up = 1u << 19}});
    Member& full = crowd.add();
    crowd.start();
    REQUIRE(crowd.world.run_until([&] { return full.verified.size() >= 10; }, crowd.world.now() + 300s));
    full.disk->failure = shoal::make_error(Errc::disk_full, "no space left");
    REQUIRE(crowd.world.run_until([&] { return full.status().swarm.hold.has_value(); }, crowd.world.now() + 60s));
    REQUIRE(full.torrent().stage() == Stage::downloading);
    const auto* state = full.last("torrent.state");
    REQUIRE(*state->as_map()->find("why")->as_text() == "no space left");
    const auto had = full.status().pieces_had;
    Member& other = crowd.add();
    other.start({full.endpoint()});
    REQUIRE(crowd.world.run_until([&] { return other.verified.size() >= had; }, crowd.world.now() + 300s));
    REQUIRE(full.status().pieces_had == had);
    full.disk->failure.reset();
    REQUIRE(crowd.world.run_until([&] { return full.count("torrent.resumed") == 1; }, crowd.world.now() + 31s));
    REQUIRE(crowd.run_until_complete(300s));
    require_nothing_twice(full);
}

namespace {

// On a file system of 512 KiB, half of which something else takes for a while. 77: this process may not mount one; otherwise
// the number of the first thing that went wrong.
int fill_and_free(const std::string& at)
{
    if (::unshare(CLONE_NEWNS) != 0) return 77;
    if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return 77;
    if (::mount("tmpfs", at.c_str(), "tmpfs", 0, "size=512k") != 0) return 77;
    std::ofstream(at + "/other") << std::string(300 * 1024, 'x');
    Crowd crowd({.pieces = 12, .piece_length = 32 * 1024, .files = {}, .has_octets = true, .trackers = {}});
    crowd.add({.is_seed = true});
    Member& leecher = crowd.add({.folder = at + "/in"});
    crowd.start();
    const auto is_held = [&] { return leecher.status().swarm.hold.has_value(); };
    if (!crowd.world.run_until(is_held, crowd.world.now() + 100s)) return 1;
    if (leecher.status().swarm.hold->code != Errc::disk_full) return 2;
    const auto had = leecher.status().pieces_had;
    if (had == 0) return 3;
    crowd.world.run_for(300s);
    if (leecher.status().pieces_had != had || leecher.torrent().stage() != Stage::downloading) return 4;
    fs::remove(at + "/other");
    if (!crowd.run_until_complete(60s)) return 5;
    if (leecher.count("torrent.resumed") != 1) return 6;
    for (const auto& [piece, times] : leecher.verified) {
        if (times != 1) return 7;
    }
    return 0;
}

}  // namespace

TEST_CASE("a disk that is really full pauses its torrent until there is room", "[swarm][operations]")
{
    if (::geteuid() != 0) return cannot_run("only root may mount");
    const TemporaryFolder folder;
    const auto child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) ::_exit(fill_and_free(folder.path()));
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77) return cannot_run("there is no right to mount a small file system");
    CHECK(WEXITSTATUS(status) == 0);
}
