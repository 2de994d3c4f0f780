#include "torrent_bench.hpp"

// The states of a torrent, its files and its priorities.
using namespace shoal;
using namespace shoal::torrent;
using namespace shoal::torrent::test;

namespace {

TorrentBench::Options several_files()
{
    // Pieces of 64 KiB: the first file ends in the third piece, where the second begins; the last is empty.
    return {.recipe = {.name = "several",
                       .files = {{"a", 150'000, false},
                                 {"b", 300'000, false},
                                 {"c", 100'000, false},
                                 {"empty", 0, false}},
                       .piece_length = 65'536}};
}

std::vector<std::string> states(const TorrentBench& bench)
{
    std::vector<std::string> states;
    for (const auto& event : bench.events) {
        if (event.starts_with("torrent.state ")) states.push_back(event.substr(14));
    }
    return states;
}

}  // namespace

TEST_CASE("a new torrent looks at the disk, fetches what is missing, and seeds", "[torrent]")
{
    TorrentBench bench;
    bench.call_peer();
    CHECK(bench.torrent->stage() == Stage::paused);
    bench.torrent->start();
    CHECK(bench.torrent->stage() == Stage::checking);
    REQUIRE(bench.wait_for_end());
    CHECK(states(bench) == std::vector<std::string>{"checking", "downloading", "seeding"});
    CHECK(bench.count("torrent.finished") == 1);
    CHECK(bench.count("piece.verified") == 10);
    CHECK(bench.disk->pieces.all());
    CHECK(bench.disk_calls("check 0") == 0);  // nothing was there
    const auto status = bench.status();
    CHECK(status.had_octets == 640'000);
    CHECK(status.wanted_octets == 640'000);
    CHECK(status.pieces_had == 10);
    CHECK(status.totals.downloaded == 640'000);
    CHECK(status.totals.wasted == 0);
    CHECK(bench.buffers.in_use() == 0);
}

TEST_CASE("what is on disk already is checked and not fetched again", "[torrent]")
{
    TorrentBench bench;
    for (const auto p : {0u, 1u, 2u, 9u}) bench.disk->pieces.set(p);
    auto& peer = bench.call_peer();
    bench.torrent->start();
    REQUIRE(bench.wait_for_end());
    for (const auto& request : peer.asked) CHECK((request.piece > 2 && request.piece < 9));
    CHECK(bench.status().totals.downloaded == 6 * 65'536);
}

TEST_CASE("a torrent that is all there seeds at once and asks nobody", "[torrent]")
{
    TorrentBench bench;
    bench.disk->pieces.set_all();
    auto& peer = bench.call_peer();
    bench.torrent->start();
    REQUIRE(bench.wait_for_end(5s));
    bench.pass(30s);
    CHECK(peer.asked.empty());
    CHECK(bench.count("torrent.finished") == 1);
    CHECK(bench.disk_calls("finish 0") == 1);
}

TEST_CASE("trusted data is not looked at", "[torrent]")
{
    TorrentBench bench({.is_data_trusted = true});
    bench.torrent->start();
    REQUIRE(bench.wait_for_end(5s));
    CHECK(bench.disk_calls("check 0") == 0);
}

TEST_CASE("a disk that cannot be opened or read fails the torrent with the reason", "[torrent]")
{
    TorrentBench opening;
    opening.disk->open_error = make_error(Errc::permission_denied, "may not look");
    opening.torrent->start();
    opening.pass(5s);
    CHECK(opening.torrent->stage() == Stage::failed);
    CHECK(opening.status().failure->text == "may not look");

    TorrentBench checking;
    checking.disk->pieces.set(0);
    checking.disk->check_error = make_error(Errc::io_error, "scratched");
    checking.torrent->start();
    checking.pass(5s);
    CHECK(checking.torrent->stage() == Stage::failed);
    CHECK(states(checking) == std::vector<std::string>{"checking", "failed"});
}

TEST_CASE("a disk that fails while fetching ends the download, and keeps what is safe", "[torrent]")
{
    TorrentBench bench;
    auto& peer = bench.call_peer();
    bench.torrent->start();
    REQUIRE(bench.wait([&] { return bench.disk->pieces.count() == 3; }));
    bench.disk->write_error = make_error(Errc::io_error, "the disk is broken");
    bench.pass(30s);
    CHECK(bench.torrent->stage() == Stage::failed);
    CHECK(bench.status().failure->code == Errc::io_error);
    CHECK(bench.torrent->ledger().have() == bench.disk->pieces);
    CHECK(bench.buffers.in_use() == 0);
    CHECK(peer.link == nullptr);
    CHECK(bench.count("disk.error") >= 1);
    // It can be tried again.
    bench.disk->write_error.reset();
    bench.torrent->start();
    bench.torrent->add_peer(peer.endpoint());
    REQUIRE(bench.wait_for_end());
    CHECK(bench.disk->pieces.all());
}

TEST_CASE("a plug-in that does not exist fails the torrent before anybody is called", "[torrent]")
{
    TorrentBench bench({.pickers = {"psychic"}});
    auto& peer = bench.call_peer();
    bench.torrent->start();
    bench.pass(30s);
    CHECK(bench.torrent->stage() == Stage::failed);
    CHECK(peer.connections == 0);
}

TEST_CASE("a torrent may be stopped in any state and goes on where it was", "[torrent]")
{
    TorrentBench bench;
    bench.disk->delay = 50ms;
    auto& peer = bench.call_peer();
    bench.torrent->start();
    bench.stop();
    CHECK(bench.torrent->stage() == Stage::paused);

    bench.torrent->start();
    REQUIRE(bench.wait([&] { return bench.disk->pieces.count() >= 3; }));
    bench.stop();
    CHECK(bench.torrent->stage() == Stage::paused);
    CHECK(bench.buffers.in_use() == 0);
    CHECK(peer.link == nullptr);
    const auto had = bench.torrent->ledger().have().count();
    CHECK(had == bench.disk->pieces.count());  // what was under way is written first
    const auto fetched = bench.status().totals.downloaded;
    CHECK(fetched >= std::uint64_t{had} * 60'000);

    bench.torrent->start();
    bench.torrent->add_peer(peer.endpoint());
    REQUIRE(bench.wait_for_end());
    CHECK(bench.status().totals.downloaded > fetched);
    CHECK(bench.count("piece.verified") == 10);
    bench.stop();
    CHECK(bench.torrent->stage() == Stage::paused);
    CHECK(bench.disk_calls("close") == 3);
}

TEST_CASE("a stop waits for what is being written", "[torrent]")
{
    TorrentBench bench;
    bench.call_peer();
    bench.torrent->start();
    bench.disk->holds_writes = true;
    REQUIRE(bench.wait([&] { return bench.disk->held.size() == 10; }));
    bool is_stopped = false;
    bench.torrent->stop([&] { is_stopped = true; });
    bench.pass(60s);
    CHECK_FALSE(is_stopped);
    bench.disk->release();
    bench.pass(1s);
    CHECK(is_stopped);
    CHECK(bench.torrent->ledger().have().all());
}

TEST_CASE("a torrent may be destroyed at any moment of its life", "[torrent]")
{
    // Each run ends a few events later than the one before.
    for (int after = 0; after < 1500; after += 7) {
        TorrentBench bench;
        bench.call_peer();
        bench.call_peer();
        bench.torrent->start();
        for (int i = 0; i < after; ++i) bench.world.step();
        bench.torrent.reset();
        bench.world.run_for(100s);
        CHECK(bench.buffers.in_use() == 0);
    }
}

// ---- files ------------------------------------------------------------------------------------------------

TEST_CASE("each file gets its name once, as soon as it is complete, and empty ones at once", "[torrent]")
{
    TorrentBench bench(several_files());
    bench.call_peer();
    bench.torrent->start();
    bench.pass(100ms);
    CHECK(bench.disk_calls("finish 3") == 1);
    REQUIRE(bench.wait_for_end());
    bench.pass(1s);
    for (const auto* call : {"finish 0", "finish 1", "finish 2", "finish 3"})
        CHECK(bench.disk_calls(call) == 1);
    CHECK(bench.count("file.finished") == 4);
    // In order of the default picker: the first file is whole before the last piece is written.
    const auto& calls = bench.disk->calls;
    CHECK(std::ranges::find(calls, "finish 0") < std::ranges::find(calls, "write 7"));
}

TEST_CASE("a file that cannot get its name fails the torrent", "[torrent]")
{
    TorrentBench bench(several_files());
    bench.disk->finish_error = make_error(Errc::io_error, "somebody is in the way");
    bench.call_peer();
    bench.torrent->start();
    bench.pass(30s);
    CHECK(bench.torrent->stage() == Stage::failed);
    CHECK(bench.status().failure->text == "somebody is in the way");
}

TEST_CASE("a torrent is not finished before its files have their names", "[torrent]")
{
    TorrentBench bench;
    bench.call_peer();
    bench.torrent->start();
    REQUIRE(bench.wait([&] { return bench.torrent->ledger().wanted_count() == 0; }));
    CHECK(bench.torrent->stage() == Stage::downloading);
    CHECK(bench.count("torrent.finished") == 0);
    REQUIRE(bench.wait_for_end());
    CHECK(bench.count("file.finished") == 1);
}

TEST_CASE("a file that cannot get its name fails a torrent that is being stopped, too", "[torrent]")
{
    TorrentBench bench;
    bench.disk->finish_error = make_error(Errc::io_error, "no room for a name");
    bench.call_peer();
    bench.torrent->start();
    REQUIRE(bench.wait([&] { return bench.torrent->ledger().wanted_count() == 0; }));
    bench.stop();
    CHECK(bench.torrent->stage() == Stage::failed);
    CHECK(bench.count("torrent.finished") == 0);
}

TEST_CASE("a skipped file is not fetched but for the pieces it shares", "[torrent]")
{
    TorrentBench bench(several_files());
    bench.torrent->set_priority(bench.file(1), Priority::skip);
    bench.torrent->set_priority(bench.file(3), Priority::skip);
    auto& peer = bench.call_peer();
    bench.torrent->start();
    REQUIRE(bench.wait_for_end());
    std::vector<std::uint32_t> pieces;
    for (const auto& request : peer.asked) {
        if (pieces.empty() || pieces.back() != request.piece) pieces.push_back(request.piece);
    }
    CHECK(pieces == std::vector<std::uint32_t>{0, 1, 2, 6, 7, 8});
    CHECK(bench.disk_calls("finish 0") == 1);
    CHECK(bench.disk_calls("finish 1") == 0);
    CHECK(bench.disk_calls("finish 2") == 1);
    CHECK(bench.disk_calls("finish 3") == 0);
    CHECK(bench.status().had_octets == bench.status().wanted_octets);
    CHECK(bench.trackers.asked.empty());
}

TEST_CASE("a piece is wanted as much as the most wanted file in it", "[torrent]")
{
    TorrentBench bench(several_files());
    bench.torrent->set_priority(bench.file(0), Priority::low);
    bench.torrent->set_priority(bench.file(1), Priority::high);
    const auto& ledger = bench.torrent->ledger();
    CHECK(ledger.priority(bench.piece(0)) == 1);
    CHECK(ledger.priority(bench.piece(1)) == 1);
    CHECK(ledger.priority(bench.piece(2)) == 7);
    CHECK(ledger.priority(bench.piece(5)) == 7);
    CHECK(ledger.priority(bench.piece(8)) == 4);
    CHECK(bench.torrent->priority(bench.file(1)) == Priority::high);
}

TEST_CASE("padding is never wanted for its own sake", "[torrent]")
{
    TorrentBench bench(
        {.recipe = {.name = "padded",
                    .files = {{"a", 50'000, false}, {".pad/100", 100'000, true}, {"b", 50'000, false}},
                    .piece_length = 32'768}});
    CHECK(bench.torrent->ledger().priority(bench.piece(0)) == 4);
    CHECK(bench.torrent->ledger().priority(bench.piece(2)) == 0);
    CHECK(bench.torrent->ledger().priority(bench.piece(3)) == 0);
    bench.call_peer();
    bench.torrent->start();
    REQUIRE(bench.wait_for_end());
    CHECK(bench.disk_calls("write 2") == 0);
    CHECK(bench.disk_calls("finish 1") == 0);
}

// ---- priorities that change on the way --------------------------------------------------------------------

TEST_CASE("what is skipped on the way is cancelled, and its memory given back", "[torrent]")
{
    TorrentBench bench(several_files());
    auto& peer = bench.call_peer();
    peer.answer = [](const peer::Request& request) {
        return request.piece == 0 ? ScriptedPeer::Answer::block : ScriptedPeer::Answer::nothing;
    };
    bench.torrent->start();
    REQUIRE(bench.wait([&] { return bench.torrent->ledger().have().count() == 1 && peer.asked.size() > 8; }));
    bench.pass(500ms);
    REQUIRE(bench.buffers.in_use() > 0);
    bench.torrent->set_priority(bench.file(0), Priority::skip);
    bench.torrent->set_priority(bench.file(1), Priority::skip);
    peer.answer = [](const auto&) { return ScriptedPeer::Answer::block; };
    bench.pass(100ms);
    CHECK(peer.has_heard("cancel 1/"));
    REQUIRE(bench.wait_for_end());
    CHECK(bench.buffers.in_use() == 0);
    CHECK(bench.torrent->ledger().open_count() == 0);
    CHECK_FALSE(bench.torrent->ledger().have().test(4));
}

TEST_CASE("skipping all that is left ends the download", "[torrent]")
{
    TorrentBench bench(several_files());
    auto& peer = bench.call_peer();
    peer.answer = [](const auto&) { return ScriptedPeer::Answer::nothing; };
    bench.torrent->start();
    REQUIRE(bench.wait([&] { return !peer.asked.empty(); }));
    const std::vector all{bench.file(0), bench.file(1), bench.file(2), bench.file(3)};
    bench.torrent->set_priority(all, Priority::skip);
    CHECK(bench.torrent->stage() == Stage::seeding);
    CHECK(bench.buffers.in_use() == 0);
    bench.pass(5s);
    CHECK(peer.has_heard("not interested"));
}

TEST_CASE("what is wanted again is fetched, every block of it", "[torrent]")
{
    TorrentBench bench(several_files());
    auto& peer = bench.call_peer();
    bench.torrent->set_priority(bench.file(2), Priority::skip);
    peer.answer = [](const peer::Request& request) {
        // The third piece stays half done when it is skipped.
        return request.piece == 2 && request.begin > 0 ? ScriptedPeer::Answer::nothing
                                                       : ScriptedPeer::Answer::block;
    };
    bench.torrent->start();
    REQUIRE(bench.wait([&] { return bench.torrent->ledger().have().count() >= 4; }));
    const std::vector both{bench.file(0), bench.file(1)};
    bench.torrent->set_priority(both, Priority::skip);
    CHECK(bench.torrent->stage() == Stage::seeding);
    peer.answer = [](const auto&) { return ScriptedPeer::Answer::block; };
    bench.pass(10s);
    const std::vector all{bench.file(0), bench.file(1), bench.file(2)};
    bench.torrent->set_priority(all, Priority::normal);
    CHECK(bench.torrent->stage() == Stage::downloading);
    bench.torrent->add_peer(peer.endpoint());
    REQUIRE(bench.wait_for_end(3600s));
    CHECK(bench.torrent->ledger().have().all());
    CHECK(states(bench).back() == "seeding");
}

TEST_CASE("a piece that comes in although it is not wanted any more disturbs nothing", "[torrent]")
{
    TorrentBench bench(several_files());
    auto& peer = bench.call_peer();
    bench.torrent->start();
    bench.disk->holds_writes = true;
    REQUIRE(bench.wait([&] { return bench.disk->held.size() >= 2; }));
    // Both are written while they are skipped.
    bench.torrent->set_priority(bench.file(0), Priority::skip);
    bench.disk->holds_writes = false;
    bench.disk->release();
    REQUIRE(bench.wait_for_end());
    CHECK(peer.has_heard("interested"));
    CHECK(bench.count("torrent.finished") == 1);
    CHECK(bench.torrent->ledger().wanted_count() == 0);
    CHECK(bench.buffers.in_use() == 0);
}

// ---- peers before and after -------------------------------------------------------------------------------

TEST_CASE("peers named before the start are called when it is live", "[torrent]")
{
    TorrentBench bench;
    auto& peer = bench.call_peer();
    bench.pass(60s);
    CHECK(peer.connections == 0);
    bench.torrent->start();
    bench.pass(1s);
    CHECK(peer.connections == 1);
}

TEST_CASE("a torrent that is not live welcomes nobody and leaves the link alone", "[torrent]")
{
    TorrentBench bench;
    Introduction introduction{nullptr, {}, PeerSource::incoming, std::nullopt};
    CHECK_FALSE(bench.torrent->welcome(introduction));
}

TEST_CASE("trackers hear of the start, the end and the stop, once each", "[torrent]")
{
    auto options = TorrentBench::Options{};
    options.recipe.trackers = {{"http://tracker/announce"}};
    TorrentBench bench(options);
    auto& peer = bench.add_peer();
    bench.trackers.peers = {peer.endpoint()};
    bench.torrent->start();
    REQUIRE(bench.wait_for_end());
    bench.pass(5s);
    CHECK(bench.trackers.count(AnnounceEvent::started) == 1);
    CHECK(bench.trackers.count(AnnounceEvent::completed) == 1);
    CHECK(bench.trackers.asked[0].left == 640'000);
    CHECK(bench.trackers.asked[1].left == 0);
    CHECK(bench.trackers.asked[1].downloaded == 640'000);
    bench.stop();
    CHECK(bench.trackers.count(AnnounceEvent::stopped) == 1);
    CHECK(bench.count("tracker.reply") >= 2);
}

TEST_CASE("the picker of a running torrent is swapped, and nothing is fetched twice", "[torrent]")
{
    TorrentBench bench({.pickers = {"rarest-first", "endgame"}});
    auto& peer = bench.call_peer();
    bench.torrent->start();
    REQUIRE(bench.wait([&] { return bench.torrent->ledger().have().count() >= 4; }));
    REQUIRE(bench.torrent->set_pickers({"sequential", "endgame"}));
    CHECK(bench.status().pickers == std::vector<std::string>{"sequential", "endgame"});
    const auto refused = bench.torrent->set_pickers({"psychic"});
    REQUIRE_FALSE(refused);
    CHECK(bench.status().pickers == std::vector<std::string>{"sequential", "endgame"});
    REQUIRE(bench.wait_for_end());
    CHECK(bench.status().totals.downloaded == 640'000);
    CHECK(peer.asked.size() == 40);
}
