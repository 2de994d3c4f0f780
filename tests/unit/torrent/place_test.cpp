#include "torrent_bench.hpp"

#include <optional>

// Where a torrent's files lie, in every state: another folder, another name, nowhere.
using namespace shoal;
using namespace shoal::torrent;
using namespace shoal::torrent::test;

namespace {

// The outcome of a move and the like, when it has come.
struct Outcome {
    Torrent::Done take()
    {
        return [this](Result<void> outcome) {
            CHECK_FALSE(result);
            result = std::move(outcome);
        };
    }
    std::optional<Result<void>> result;
};

// A torrent that has been checked.
TorrentBench::Options nothing_is_there()
{
    return {.resume = Resume{.have = Bitfield(10), .is_clean = true}};
}

Result<void> wait(TorrentBench& bench, Outcome& outcome)
{
    REQUIRE(bench.wait([&] { return outcome.result.has_value(); }));
    return *outcome.result;
}

Result<void> move(TorrentBench& bench, const std::string& folder)
{
    Outcome outcome;
    bench.torrent->move(folder, [](auto, auto) {}, outcome.take());
    CHECK_FALSE(outcome.result);
    return wait(bench, outcome);
}

Result<void> rename(TorrentBench& bench, const std::string& path)
{
    Outcome outcome;
    bench.torrent->rename(bench.file(0), path, outcome.take());
    CHECK_FALSE(outcome.result);
    return wait(bench, outcome);
}

}  // namespace

TEST_CASE("a torrent that fetches moves, and goes on fetching", "[torrent][place]")
{
    TorrentBench bench;
    auto& peer = bench.call_peer();
    bench.torrent->start();
    REQUIRE(bench.wait([&] { return bench.torrent->ledger().have().count() >= 3; }));
    std::uint64_t told = 0;
    Outcome outcome;
    bench.torrent->move("away", [&](std::uint64_t done, std::uint64_t total) { told = 10 * done + total; },
                        outcome.take());
    CHECK(wait(bench, outcome));
    CHECK(told == 12);
    CHECK(bench.disk->folder == "away");
    CHECK(bench.count("torrent.moved") == 1);
    CHECK(peer.connections == 1);
    REQUIRE(bench.wait_for_end());
    CHECK(bench.disk_calls("open") == 1);
    CHECK(bench.status().totals.wasted == 0);
}

TEST_CASE("the old place is left when what was located there is sent", "[torrent][place]")
{
    TorrentBench bench;
    auto& peer = bench.call_peer();
    bench.torrent->start();
    REQUIRE(bench.wait([&] { return bench.torrent->ledger().have().count() >= 3; }));
    CHECK(move(bench, "away"));
    CHECK(bench.disk_calls("let go") == 0);
    bench.pass(2s);
    CHECK(bench.disk_calls("let go") == 1);
    CHECK(peer.connections == 1);
}

TEST_CASE("a torrent at rest moves and is at rest again", "[torrent][place]")
{
    TorrentBench bench(nothing_is_there());
    CHECK(move(bench, "away"));
    bench.pass(1s);
    CHECK(bench.torrent->stage() == Stage::paused);
    CHECK(bench.disk->calls == std::vector<std::string>{"open", "move away", "close"});
    bench.call_peer();
    bench.torrent->start();
    REQUIRE(bench.wait_for_end());
}

TEST_CASE("a torrent of which nothing is known is checked before it moves", "[torrent][place]")
{
    TorrentBench bench;
    CHECK(move(bench, "away"));
    bench.pass(1s);
    CHECK(bench.torrent->stage() == Stage::paused);
    CHECK(bench.disk->calls == std::vector<std::string>{"open", "close", "open", "move away", "close"});
}

TEST_CASE("a stop or the end of moves ends what waits for a check", "[torrent][place]")
{
    TorrentBench bench;
    Outcome outcome;
    bench.torrent->start();
    bench.torrent->move("away", [](auto, auto) {}, outcome.take());
    if (GENERATE(false, true)) bench.torrent->stop([] {});
    else bench.torrent->cancel_moves();
    bench.pass(1s);
    REQUIRE(outcome.result);
    REQUIRE_FALSE(*outcome.result);
    CHECK(outcome.result->error().code == Errc::cancelled);
    CHECK(bench.disk->folder == "home");
}

TEST_CASE("a start while it moves at rest comes afterwards", "[torrent][place]")
{
    TorrentBench bench(nothing_is_there());
    Outcome outcome;
    bench.torrent->move("away", [](auto, auto) {}, outcome.take());
    bench.torrent->start();
    bench.torrent->rename(bench.file(0), "other.bin", [](auto) {});
    bench.call_peer();
    REQUIRE(bench.wait_for_end());
    CHECK(*outcome.result);
    const auto& calls = bench.disk->calls;
    CHECK(std::ranges::find(calls, "move away") < std::ranges::find(calls, "rename 0 other.bin"));
    CHECK(std::ranges::count(calls, "open") == 2);
    CHECK(bench.count("torrent.renamed") == 1);
}

TEST_CASE("a move that is asked for while it stops happens at rest", "[torrent][place]")
{
    TorrentBench bench;
    bench.call_peer();
    bench.torrent->start();
    REQUIRE(bench.wait([&] { return bench.torrent->ledger().have().count() >= 3; }));
    bool is_stopped = false;
    bench.torrent->stop([&] { is_stopped = true; });
    CHECK(move(bench, "away"));
    REQUIRE(bench.wait([&] { return is_stopped; }));
    CHECK(bench.torrent->stage() == Stage::paused);
    CHECK(bench.disk->calls.back() == "close");
}

TEST_CASE("a move that fails is told with the reason, and the torrent goes on where it is", "[torrent][place]")
{
    TorrentBench bench;
    bench.call_peer();
    bench.torrent->start();
    REQUIRE(bench.wait([&] { return bench.torrent->ledger().have().count() >= 3; }));
    bench.disk->place_error = make_error(Errc::disk_full, "no room there");
    const auto moved = move(bench, "away");
    REQUIRE_FALSE(moved);
    CHECK(moved.error().text == "no room there");
    CHECK(bench.count("torrent.error") == 1);
    CHECK(bench.count("torrent.moved") == 0);
    CHECK(bench.disk->folder == "home");
    REQUIRE(bench.wait_for_end());
}

TEST_CASE("a folder that cannot be opened is the error of a move at rest", "[torrent][place]")
{
    TorrentBench bench(nothing_is_there());
    bench.disk->open_error = make_error(Errc::permission_denied, "may not look");
    const auto moved = move(bench, "away");
    REQUIRE_FALSE(moved);
    CHECK(moved.error().text == "may not look");
    bench.pass(1s);
    CHECK(bench.torrent->stage() == Stage::paused);
}

TEST_CASE("a renamed file is called so from then on", "[torrent][place]")
{
    TorrentBench bench;
    CHECK(bench.torrent->path_of(bench.file(0)) == "one.bin");
    CHECK(rename(bench, "shelf/two.bin"));
    CHECK(bench.torrent->path_of(bench.file(0)) == "shelf/two.bin");
    CHECK(bench.torrent->renamed().at(0) == "shelf/two.bin");
    CHECK(bench.count("torrent.renamed") == 1);
    bench.disk->place_error = make_error(Errc::io_error, "it is there already");
    CHECK_FALSE(rename(bench, "three.bin"));
    CHECK(bench.torrent->path_of(bench.file(0)) == "shelf/two.bin");
}

TEST_CASE("a path that leads out, or is none, is refused before the disk hears of it", "[torrent][place][bad-input]")
{
    TorrentBench bench;
    const auto path = GENERATE(as<std::string>{}, "", "/etc/passwd", "../up", "a/../../up", "a//b", "a/", "./a", "a/.",
                               std::string("nul\0", 4), std::string(256, 'x'));
    CHECK_FALSE(rename(bench, path));
    CHECK(bench.disk->calls.empty());
    CHECK(bench.count("torrent.error") == 1);
}

TEST_CASE("removing what it has stops the torrent, and it can begin anew", "[torrent][place]")
{
    TorrentBench bench;
    auto& peer = bench.call_peer();
    bench.torrent->start();
    REQUIRE(bench.wait_for_end());
    Outcome outcome;
    bench.torrent->remove_data({}, outcome.take());
    CHECK(wait(bench, outcome));
    bench.pass(10s);
    CHECK(bench.torrent->stage() == Stage::paused);
    CHECK(bench.status().pieces_had == 0);
    CHECK(bench.disk->pieces.none());
    CHECK(bench.disk_calls("remove 1") == 1);
    CHECK(bench.count("torrent.removed-data") == 1);
    bench.torrent->add_peer(peer.endpoint());
    bench.torrent->start();
    REQUIRE(bench.wait_for_end(3600s));
    CHECK(bench.disk->pieces.all());
}

TEST_CASE("what a torrent at rest has is removed as well", "[torrent][place]")
{
    TorrentBench bench;
    bench.disk->pieces.set_all();
    Outcome outcome;
    bench.torrent->remove_data({}, outcome.take());
    CHECK(wait(bench, outcome));
    CHECK(bench.disk->pieces.none());
}

TEST_CASE("nothing is served while its data is removed", "[torrent][place]")
{
    TorrentBench bench;
    auto& peer = bench.call_peer();
    bench.torrent->start();
    REQUIRE(bench.wait_for_end());
    bench.disk->delay = 500ms;
    Outcome outcome;
    bench.torrent->remove_data({}, outcome.take());
    do {
        bench.pass(200ms);
        CHECK(peer.link == nullptr);
    } while (!outcome.result);
}

TEST_CASE("a torrent may be destroyed at any moment of a move", "[torrent][place]")
{
    for (int after = 0; after < 300; after += 3) {
        TorrentBench bench;
        bench.disk->delay = 5ms;
        bench.call_peer();
        if (after % 2 == 0) bench.torrent->start();
        bench.pass(environment::Duration(std::chrono::milliseconds{after}));
        bench.torrent->move("away", [](auto, auto) {}, [](auto) {});
        bench.torrent->recheck([](auto) {});
        bench.torrent->remove_data({}, [](auto) {});
        bench.pass(environment::Duration(std::chrono::milliseconds{after / 3}));
        bench.torrent.reset();
        bench.pass(100ms);
        CHECK(bench.buffers.in_use() == 0);
    }
}
