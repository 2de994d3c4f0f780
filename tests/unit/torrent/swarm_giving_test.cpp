#include "torrent_bench.hpp"

// What a torrent gives, and how it parts.
using namespace shoal;
using namespace shoal::torrent;
using namespace shoal::torrent::test;

TEST_CASE("an interested peer is unchoked and served", "[torrent]")
{
    TorrentBench bench({.is_data_trusted = true});
    bench.torrent->start();
    bench.pass(1s);
    auto& peer = bench.call_peer();
    peer.pieces.clear_all();
    bench.pass(1s);
    CHECK(peer.has_heard("have all"));
    CHECK_FALSE(peer.has_heard("unchoke"));
    peer.say(peer::Interested{});
    bench.pass(2s);
    REQUIRE(peer.has_heard("unchoke"));
    for (std::uint32_t begin = 0; begin < 65'536; begin += 16'384) peer.say(peer::Request{2, begin, 16'384});
    bench.pass(2s);
    CHECK(peer.block_octets == 65'536);
    CHECK(bench.status().totals.uploaded == 65'536);
}

TEST_CASE("an upload limit is kept, also for who asks for much at once", "[torrent]")
{
    TorrentBench bench({.up = 100'000, .is_data_trusted = true});
    bench.torrent->start();
    auto& peer = bench.call_peer();
    peer.pieces.clear_all();
    bench.pass(1s);
    peer.say(peer::Interested{});
    bench.pass(2s);
    REQUIRE(peer.has_heard("unchoke"));
    for (std::uint32_t piece = 0; piece < 9; ++piece) peer.say(peer::Request{piece, 0, 65'536});
    bench.pass(3s);
    CHECK(peer.block_octets <= 3 * 100'000 + 25'000 + 65'536);
    CHECK(peer.block_octets >= 2 * 100'000);
}

TEST_CASE("two who miss nothing part, and do not call each other again for a while", "[torrent]")
{
    TorrentBench bench({.is_data_trusted = true});
    bench.torrent->start();
    auto& seed = bench.call_peer();
    bench.pass(20min);
    CHECK(seed.connections == 1);
    CHECK(seed.closed);
}

TEST_CASE("a seed stays with who still misses something, and parts when it misses nothing", "[torrent]")
{
    TorrentBench bench({.is_data_trusted = true});
    bench.torrent->start();
    auto& peer = bench.call_peer();
    peer.pieces.clear_all();
    bench.pass(1s);
    for (std::uint32_t piece = 0; piece < 9; ++piece) peer.announce(piece);
    bench.pass(1s);
    CHECK(peer.link != nullptr);
    peer.announce(9);
    bench.pass(1s);
    CHECK(peer.closed);  // now it misses nothing either
}

TEST_CASE("what is verified is announced to those who miss it", "[torrent]")
{
    TorrentBench bench;
    auto& giver = bench.call_peer();
    auto& other = bench.call_peer();
    other.pieces.clear_all();
    bench.torrent->start();
    REQUIRE(bench.wait_for_end());
    bench.pass(1s);
    CHECK(other.heard_count("have ") >= 10);
    CHECK(giver.heard_count("have 3") == 0);
}

TEST_CASE("a stopped torrent parts from everybody and calls nobody", "[torrent]")
{
    TorrentBench bench;
    auto& peer = bench.call_peer();
    peer.answer = [](const auto&) { return ScriptedPeer::Answer::nothing; };
    bench.torrent->start();
    bench.pass(2s);
    REQUIRE(peer.link != nullptr);
    bench.stop();
    CHECK(peer.closed);
    const int before = peer.connections;
    bench.pass(1h);
    CHECK(peer.connections == before);
}
