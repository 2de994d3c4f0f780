#include "support/crowd.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using shoal::support::Crowd;
using shoal::support::Member;
using shoal::support::TorrentShape;

namespace {

const std::vector<std::vector<std::string>> all_stacks = {{"rarest-first", "endgame"},
                                                          {"sequential", "endgame"},
                                                          {"streaming", "rarest-first", "endgame"},
                                                          {"sequential"},
                                                          {}};

void require_same_octets(Crowd& crowd)
{
    for (const auto& member : crowd.members) REQUIRE(*member->octets == crowd.content.octets);
}

}  // namespace

TEST_CASE("a leecher fetches real octets from a seeder over byte pipes", "[swarm]")
{
    Crowd crowd({.files = {}, .has_octets = true, .trackers = {}});
    crowd.add({.is_seed = true});
    crowd.add();
    crowd.start();
    REQUIRE(crowd.run_until_complete(120s));
    require_same_octets(crowd);
    REQUIRE(crowd.members[1]->status().totals.wasted == 0);
    REQUIRE(crowd.members[1]->status().totals.downloaded == crowd.content.octets.size());
    // They have parted, and it is still known how they met.
    REQUIRE(crowd.members[1]->status().swarm.sources.empty());
    REQUIRE(crowd.members[1]->status().totals.met == std::map<std::string_view, std::uint32_t>{{"user", 1}});
}

TEST_CASE("a leecher fetches synthetic payload from a seeder over message links", "[swarm]")
{
    Crowd crowd({.files = {}, .trackers = {}});
    crowd.add({.is_seed = true});
    Member& leecher = crowd.add();
    crowd.start();
    REQUIRE(crowd.run_until_complete(120s));
    REQUIRE(leecher.disk->pieces.all());
    REQUIRE(leecher.status().totals.wasted == 0);
}

TEST_CASE("a torrent arrives whole whatever the size of the segments", "[swarm]")
{
    const std::uint32_t segment = GENERATE(1u, 2u, 3u, 7u, 13u, 1460u);
    // One octet at a time is many events: a small torrent will do.
    Crowd crowd({.pieces = 4, .piece_length = 32 * 1024, .files = {}, .has_octets = true, .trackers = {}});
    crowd.add({.is_seed = true, .node = {.segment = segment}});
    crowd.add({.node = {.segment = segment}});
    crowd.start();
    REQUIRE(crowd.run_until_complete(300s));
    require_same_octets(crowd);
}

TEST_CASE("one seeder and fifty leechers with all kinds of pickers all become seeders", "[swarm]")
{
    Crowd crowd({.pieces = 64, .piece_length = 64 * 1024, .files = {}, .trackers = {}});
    constexpr std::uint64_t rate = 2u << 20;
    crowd.add({.is_seed = true, .node = {.up = rate, .down = rate}});
    for (std::size_t i = 0; i < 50; ++i) {
        crowd.add({.node = {.up = rate, .down = rate}, .pickers = all_stacks[i % all_stacks.size()]});
    }
    crowd.start();
    REQUIRE(crowd.run_until_complete(1200s));
    const auto size = crowd.content.torrent.geometry.total_length();
    const auto given = crowd.members[0]->status().totals.uploaded;
    INFO("the seeder gave " << given << " octets, the torrent has " << size);
    // They help each other: without that it would be fifty times the size.
    REQUIRE(given < 25 * size);
}

TEST_CASE("only the files that are wanted are fetched", "[swarm]")
{
    Crowd crowd({.piece_length = 32 * 1024, .files = {200'000, 0, 300'000, 100'000}, .trackers = {}});
    crowd.add({.is_seed = true});
    Member& leecher = crowd.add({.select = {"file0.bin", "file1.bin"}});
    crowd.start();
    REQUIRE(crowd.run_until_complete(120s));
    // 200,000 octets lie in the first seven pieces of 32 KiB.
    REQUIRE(leecher.torrent().ledger().have().count() == 7);
    REQUIRE(leecher.count("file.finished") == 2);
}

TEST_CASE("a torrent that was stopped half way goes on without fetching anything twice", "[swarm]")
{
    Crowd crowd({.pieces = 64, .files = {}, .trackers = {}});
    crowd.add({.is_seed = true, .node = {.up = 1u << 20}});
    Member& leecher = crowd.add();
    crowd.start();
    REQUIRE(crowd.world.run_until([&] { return leecher.verified.size() >= 20; }, crowd.world.now() + 300s));
    bool is_stopped = false;
    leecher.session->stop([&] { is_stopped = true; });
    REQUIRE(crowd.world.run_until([&] { return is_stopped; }, crowd.world.now() + 60s));
    leecher.restart({crowd.members[0]->endpoint()});
    REQUIRE(crowd.run_until_complete(300s));
    for (const auto& [piece, times] : leecher.verified) REQUIRE(times == 1);
    REQUIRE(leecher.verified.size() == 64);
}

TEST_CASE("a disk that fails fails its torrent and says why", "[swarm]")
{
    Crowd crowd({.files = {}, .trackers = {}});
    crowd.add({.is_seed = true});
    Member& unlucky = crowd.add();
    Member& lucky = crowd.add();
    unlucky.disk->failure = shoal::make_error(shoal::Errc::io_error, "the disk is broken");
    crowd.start();
    crowd.world.run_for(120s);
    REQUIRE(unlucky.torrent().stage() == shoal::torrent::Stage::failed);
    REQUIRE(unlucky.status().failure->code == shoal::Errc::io_error);
    REQUIRE(unlucky.count("disk.error") >= 1);
    REQUIRE(lucky.torrent().stage() == shoal::torrent::Stage::seeding);
}

TEST_CASE("a connection to ourselves is recognised and dropped", "[swarm]")
{
    Crowd crowd({.files = {}, .trackers = {}});
    Member& lonely = crowd.add();
    lonely.start({lonely.endpoint()});
    crowd.world.run_for(30s);
    REQUIRE(lonely.status().swarm.peers == 0);
    REQUIRE(lonely.status().swarm.candidates == 0);
}

TEST_CASE("two that call each other at once end up with one connection, and soon", "[swarm]")
{
    Crowd crowd({.files = {}, .trackers = {}});
    Member& a = crowd.add();
    Member& b = crowd.add();
    a.start({b.endpoint()});
    b.start({a.endpoint()});
    crowd.world.run_for(10s);
    REQUIRE(a.status().swarm.peers == 1);
    REQUIRE(b.status().swarm.peers == 1);
    const auto calls = a.status().swarm.candidates;
    crowd.world.run_for(600s);
    REQUIRE(a.status().swarm.peers == 1);
    REQUIRE(b.status().swarm.peers == 1);
    REQUIRE(a.status().swarm.candidates == calls);
}
