#include "support/crowd.hpp"
#include "support/strain.hpp"
#include "support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

// Whole sessions on bad disks: slow, failing, out of order, in part.
using namespace shoal;
using namespace std::chrono_literals;
using support::Crowd;
using support::Member;
using support::strain;
using support::TorrentShape;
using torrent::Stage;

namespace {

using Faults = host::SettingValues;

TorrentShape long_shape()
{
    return {.pieces = 400, .piece_length = 32 * 1024, .files = {}, .has_octets = true, .trackers = {}};
}

// A seeder in memory, and a leecher with a bad disk.
struct BadDisk {
    explicit BadDisk(const Faults& faults, const std::string& inner = "memory",
                     const TorrentShape& shape = {.piece_length = 32 * 1024,
                                                  .files = {700'000, 50'000, 450'000},
                                                  .has_octets = true,
                                                  .trackers = {}},
                     std::uint64_t memory = 64u << 20)
        : crowd(shape), seeder(crowd.add({.is_seed = true, .node = {.up = 1u << 22}})),
          leecher(crowd.add({.plugins = {{"strain", strain(inner, faults)}},
                             .memory = memory,
                             .folder = folder.path(),
                             .storage = "strain"}))
    {
    }

    bool comes_to(Stage stage)
    {
        return crowd.world.run_until([&] { return leecher.torrent().stage() == stage; }, crowd.world.now() + 300s);
    }
    void go_on()
    {
        leecher.torrent().start();
        leecher.torrent().add_peer(seeder.endpoint());
    }
    // Somebody new fetches it from the leecher alone, and every octet is right.
    void require_right()
    {
        seeder.session->stop([] {});
        Member& late = crowd.add({.node = {.down = 1u << 22}});
        late.start({leecher.endpoint()});
        REQUIRE(crowd.world.run_until([&] { return late.is_complete(); }, crowd.world.now() + 300s));
        REQUIRE(*late.octets == crowd.content.octets);
        REQUIRE(late.status().totals.corrupt_pieces == 0);
    }
    void require_nothing_twice() const
    {
        for (const auto& [piece, times] : leecher.verified) {
            INFO("piece " << piece);
            REQUIRE(times == 1);
        }
    }

    test::TemporaryFolder folder;
    Crowd crowd;
    Member& seeder;
    Member& leecher;
};

}  // namespace

TEST_CASE("through a disk that is slow, out of order and does things in part all comes right, and once", "[swarm][strain]")
{
    BadDisk bad(Faults{}, GENERATE(as<std::string>{}, "file", "memory"));
    bad.crowd.start();
    REQUIRE(bad.comes_to(Stage::seeding));
    bad.require_nothing_twice();
    CHECK(bad.leecher.status().totals.wasted == 0);
    bad.require_right();
}

TEST_CASE("a write that fails fails the torrent, which goes on when it is started and fetches nothing twice", "[swarm][strain]")
{
    BadDisk bad(Faults{{"fail", std::string("write")}, {"fail_from", std::int64_t{12}}}, GENERATE(as<std::string>{}, "file", "memory"));
    bad.crowd.start();
    REQUIRE(bad.comes_to(Stage::failed));
    CHECK(bad.leecher.count("disk.error") == 1);
    CHECK(bad.leecher.status().failure->code == Errc::io_error);
    CHECK_THAT(bad.leecher.status().failure->text, Catch::Contains("file") && Catch::Contains("lets call 12, a write, fail"));
    bad.crowd.world.run_for(60s);
    CHECK(bad.leecher.torrent().stage() == Stage::failed);
    bad.go_on();
    REQUIRE(bad.comes_to(Stage::seeding));
    bad.require_nothing_twice();
    bad.require_right();
}

TEST_CASE("whatever else fails, the torrent says so and goes on when it is started", "[swarm][strain]")
{
    const auto verb = GENERATE(as<std::string>{}, "open", "size", "finish");
    BadDisk bad(Faults{{"fail", verb}, {"fail_from", std::int64_t{1}}}, "file");
    bad.crowd.start();
    REQUIRE(bad.comes_to(Stage::failed));
    CHECK(bad.leecher.count("disk.error") + bad.leecher.count("torrent.state") >= 1);
    CHECK_THAT(bad.leecher.status().failure->text, Catch::Contains("a " + verb + ", fail"));
    bad.go_on();
    REQUIRE(bad.comes_to(Stage::seeding));
    bad.require_nothing_twice();
}

TEST_CASE("a read that fails is refused and told, and nothing wrong is ever served", "[swarm][strain]")
{
    BadDisk bad(Faults{{"fail", std::string("read")}, {"fail_from", std::int64_t{10}}, {"short", std::int64_t{900}}},
                GENERATE(as<std::string>{}, "file", "memory"));
    bad.crowd.start();
    REQUIRE(bad.comes_to(Stage::seeding));
    bad.seeder.session->stop([] {});
    Member& late = bad.crowd.add();
    late.start({bad.leecher.endpoint()});
    REQUIRE(bad.comes_to(Stage::failed));
    CHECK(bad.leecher.count("disk.error") == 1);
    CHECK_FALSE(late.is_complete());
    bad.leecher.torrent().start();
    REQUIRE(bad.comes_to(Stage::seeding));
    late.torrent().add_peer(bad.leecher.endpoint());
    REQUIRE(bad.crowd.world.run_until([&] { return late.is_complete(); }, bad.crowd.world.now() + 300s));
    CHECK(*late.octets == bad.crowd.content.octets);
    CHECK(late.status().totals.corrupt_pieces == 0);
}

TEST_CASE("a disk that is full for a while holds the torrent until there is room", "[swarm][strain]")
{
    BadDisk bad(Faults{{"fail", std::string("write")},
                       {"fail_from", std::int64_t{12}},
                       {"fail_count", std::int64_t{6}},
                       {"error", std::string("full")}});
    bad.crowd.start();
    REQUIRE(bad.crowd.world.run_until([&] { return bad.leecher.status().swarm.hold.has_value(); },
                                      bad.crowd.world.now() + 60s));
    CHECK(bad.leecher.torrent().stage() == Stage::downloading);
    CHECK(bad.leecher.status().swarm.disk.queued > 0);
    REQUIRE(bad.comes_to(Stage::seeding));
    CHECK(bad.leecher.count("torrent.resumed") == 1);
    CHECK(bad.leecher.count("disk.error") == 0);
    bad.require_nothing_twice();
    bad.require_right();
}

// ---- write-back follows the disk ----------------------------------------------------------------------------------

TEST_CASE("a slow disk slows the fetching to its own rate, and neither memory nor latency piles up", "[swarm][strain]")
{
    constexpr std::uint64_t rate = 500'000;
    constexpr std::uint64_t ceiling = 4u << 20;
    BadDisk bad(Faults{{"rate", std::int64_t{rate}}, {"latency", std::int64_t{0}}, {"jitter", std::int64_t{0}}}, "memory", long_shape(), ceiling);
    bad.crowd.start();
    auto& world = bad.crowd.world;
    REQUIRE(world.run_until([&] { return bad.leecher.verified.size() >= 60; }, world.now() + 60s));
    const auto before = bad.leecher.verified.size();
    environment::Duration longest{0};
    std::uint64_t most_memory = 0;
    bool was_told = false;
    for (int i = 0; i < 100; ++i) {
        world.run_for(100ms);
        const auto disk = bad.leecher.status().swarm.disk;
        longest = std::max(longest, disk.write_latency);
        most_memory = std::max(most_memory, bad.leecher.session->buffers().in_use());
        was_told = was_told || disk.is_back_pressured;
    }
    const auto written = (bad.leecher.verified.size() - before) * 32 * 1024;
    CHECK(written >= 10 * rate * 95 / 100);
    CHECK(written <= 10 * rate * 105 / 100);
    CHECK(longest < 500ms);        // with the whole ceiling on its way it would be 8 s
    CHECK(most_memory < ceiling);  // and there is room for others
    CHECK(was_told);
    REQUIRE(bad.comes_to(Stage::seeding));
    bad.require_nothing_twice();
}

TEST_CASE("a fast disk costs the fetching nothing", "[swarm][strain]")
{
    const auto time_of = [](const Faults& faults) {
        BadDisk bad(faults, "memory", long_shape());
        bad.crowd.start();
        const auto began = bad.crowd.world.now();
        REQUIRE(bad.comes_to(Stage::seeding));
        CHECK_FALSE(bad.leecher.status().swarm.disk.is_back_pressured);
        return bad.crowd.world.now() - began;
    };
    const Faults none{{"latency", std::int64_t{0}}, {"jitter", std::int64_t{0}}};
    const Faults fast{{"latency", std::int64_t{200}}, {"jitter", std::int64_t{2'000}}, {"rate", std::int64_t{200'000'000}}};
    CHECK(time_of(fast) <= time_of(none) * 103 / 100);
}

TEST_CASE("a disk that stalls once is used in full again afterwards", "[swarm][strain]")
{
    constexpr std::uint64_t up = 1u << 22;
    BadDisk bad(Faults{{"latency", std::int64_t{1'000}}, {"jitter", std::int64_t{0}}}, "memory", long_shape());
    bad.crowd.start();
    auto& world = bad.crowd.world;
    REQUIRE(world.run_until([&] { return bad.leecher.verified.size() >= 60; }, world.now() + 60s));
    // Two jobs that keep both of the host's workers for a second.
    auto& workers = bad.leecher.node.environment().workers;
    for (int i = 0; i < 2; ++i) workers.run([&workers] { workers.pause(1s); }, [] {});
    world.run_for(1500ms);
    const auto before = bad.leecher.verified.size();
    world.run_for(1s);
    CHECK((bad.leecher.verified.size() - before) * 32 * 1024 >= up * 80 / 100);
}
