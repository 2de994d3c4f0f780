#include "torrent_bench.hpp"

// A disk that is full, and gets room again.
using namespace shoal;
using namespace shoal::torrent;
using namespace shoal::torrent::test;

namespace {

// Has fetched three pieces, and meets a full disk with the next.
void fill_disk(TorrentBench& bench)
{
    bench.torrent->start();
    REQUIRE(bench.wait([&] { return bench.disk->pieces.count() == 3; }));
    bench.disk->write_error = make_error(Errc::disk_full, "the disk is full");
    REQUIRE(bench.wait([&] { return bench.status().swarm.hold.has_value(); }));
}

}  // namespace

TEST_CASE("a full disk pauses what a torrent asks for, and says so", "[torrent][hold]")
{
    TorrentBench bench;
    auto& peer = bench.call_peer();
    fill_disk(bench);
    bench.pass(1s);
    const auto asked = peer.asked.size();
    bench.pass(600s);
    CHECK(peer.asked.size() == asked);
    CHECK(bench.torrent->stage() == Stage::downloading);
    CHECK(bench.count("torrent.state downloading") == 2);
    CHECK(bench.count("disk.error") == 0);
    CHECK(bench.status().swarm.hold->text == "the disk is full");
    CHECK(bench.status().swarm.stall == "waits for room: the disk is full");
    CHECK(bench.torrent->ledger().have() == bench.disk->pieces);  // what is verified and written stays
    CHECK(peer.link != nullptr);                                  // and is given to who asks
    CHECK(bench.status().swarm.peers == 1);
}

TEST_CASE("when there is room it goes on within half a minute, and fetches nothing twice", "[torrent][hold]")
{
    TorrentBench bench;
    bench.call_peer();
    fill_disk(bench);
    bench.pass(100s);
    const auto writes = std::ranges::count_if(bench.disk->calls, [](const auto& c) { return c.starts_with("write"); });
    bench.pass(60s);
    const auto later = std::ranges::count_if(bench.disk->calls, [](const auto& c) { return c.starts_with("write"); });
    CHECK(later == writes + 2);  // one try every half minute
    bench.disk->write_error.reset();
    bench.pass(31s);
    CHECK(bench.count("torrent.resumed") == 1);
    CHECK_FALSE(bench.status().swarm.hold);
    REQUIRE(bench.wait_for_end());
    CHECK(bench.count("piece.verified") == 10);
    CHECK(bench.disk->pieces.all());
    CHECK(bench.buffers.in_use() == 0);
}

TEST_CASE("a full disk leaves the memory to other torrents", "[torrent][hold]")
{
    TorrentBench bench({.memory = 8 * 65'536});
    bench.call_peer();
    fill_disk(bench);
    bench.pass(60s);
    CHECK(bench.buffers.in_use() <= 2 * 65'536);
    CHECK(bench.buffers.in_use() > 0);
    bench.disk->write_error.reset();
    REQUIRE(bench.wait_for_end());
    CHECK(bench.buffers.in_use() == 0);
}

TEST_CASE("a torrent with a full disk can be stopped, and tries again when it is started", "[torrent][hold]")
{
    TorrentBench bench;
    auto& peer = bench.call_peer();
    fill_disk(bench);
    bench.stop();
    CHECK(bench.torrent->stage() == Stage::paused);
    CHECK(bench.buffers.in_use() == 0);
    bench.disk->write_error.reset();
    bench.torrent->start();
    bench.torrent->add_peer(peer.endpoint());
    REQUIRE(bench.wait_for_end(3600s));
    CHECK(bench.disk->pieces.all());
}

TEST_CASE("a disk that breaks while it is full fails the torrent", "[torrent][hold]")
{
    TorrentBench bench;
    bench.call_peer();
    fill_disk(bench);
    bench.disk->write_error = make_error(Errc::io_error, "broken");
    bench.pass(60s);
    CHECK(bench.torrent->stage() == Stage::failed);
    CHECK(bench.status().failure->text == "broken");
    CHECK(bench.buffers.in_use() == 0);
    CHECK(bench.torrent->ledger().have() == bench.disk->pieces);
}

TEST_CASE("a torrent with a full disk may be destroyed", "[torrent][hold]")
{
    TorrentBench bench;
    bench.call_peer();
    fill_disk(bench);
    bench.torrent.reset();
    bench.pass(1s);
    CHECK(bench.buffers.in_use() == 0);
}

TEST_CASE("how long writes take and how many are under way is known", "[torrent][hold]")
{
    TorrentBench bench({.memory = 4 * 65'536});
    bench.disk->delay = 40ms;
    bench.call_peer();
    bench.torrent->start();
    bench.disk->holds_writes = true;
    REQUIRE(bench.wait([&] { return bench.disk->held.size() == 4; }));
    bench.pass(1s);
    auto swarm = bench.status().swarm;
    CHECK(swarm.disk.in_flight == 4);
    CHECK(swarm.disk.is_back_pressured);
    bench.disk->holds_writes = false;
    bench.disk->release();
    REQUIRE(bench.wait_for_end());
    swarm = bench.status().swarm;
    CHECK(swarm.disk.in_flight == 0);
    CHECK_FALSE(swarm.disk.is_back_pressured);
    CHECK(swarm.disk.write_latency > 40ms);  // the slow ones are not forgotten
    CHECK(swarm.disk.write_latency < 1s);
}
