#include "torrent_bench.hpp"

#include <optional>

// What a torrent knows of its disk: taken over from the last run, recorded for the next, looked at again.
using namespace shoal;
using namespace shoal::torrent;
using namespace shoal::torrent::test;

namespace {

Bitfield pieces(std::initializer_list<std::uint32_t> set, std::uint32_t size = 10)
{
    Bitfield bits(size);
    for (const auto piece : set) bits.set(piece);
    return bits;
}

TorrentBench::Options resumed(Bitfield have, bool is_clean)
{
    return {.resume = Resume{std::move(have), is_clean}};
}

std::vector<std::string> checks(const TorrentBench& bench)
{
    std::vector<std::string> checks;
    std::ranges::copy_if(bench.disk->calls, std::back_inserter(checks),
                         [](const auto& call) { return call.starts_with("check "); });
    return checks;
}

// Runs until the answer has come.
Result<Resume> checkpoint(TorrentBench& bench)
{
    std::optional<Result<Resume>> answer;
    bench.torrent->checkpoint([&](Result<Resume> reached) { answer = std::move(reached); });
    CHECK_FALSE(answer);  // never inline
    REQUIRE(bench.wait([&] { return answer.has_value(); }));
    return *answer;
}

Result<void> recheck(TorrentBench& bench)
{
    std::optional<Result<void>> answer;
    bench.torrent->recheck([&](Result<void> outcome) { answer = std::move(outcome); });
    REQUIRE(bench.wait([&] { return answer.has_value(); }));
    return *answer;
}

}  // namespace

// ---- from the last run ----------------------------------------------------------------------------------------

TEST_CASE("after a clean stop nothing is checked", "[torrent][resume]")
{
    TorrentBench bench(resumed(pieces({0, 1, 2}), true));
    bench.disk->pieces = pieces({0, 1, 2});
    bench.disk->sized = Bitfield(10, true);
    auto& peer = bench.call_peer();
    bench.torrent->start();
    REQUIRE(bench.wait_for_end());
    CHECK(checks(bench).empty());
    CHECK(bench.status().totals.downloaded == 7 * 65'536 - (655'360 - 640'000));
    for (const auto& request : peer.asked) CHECK(request.piece > 2);
}

TEST_CASE("what is recorded shows before the start", "[torrent][resume]")
{
    TorrentBench bench(resumed(pieces({0, 1, 2}), true));
    CHECK(bench.status().pieces_had == 3);
    CHECK(bench.torrent->stage() == Stage::paused);
    const auto reached = checkpoint(bench);
    REQUIRE(reached);
    CHECK(reached->have == pieces({0, 1, 2}));
    CHECK(reached->is_clean);
    CHECK(bench.disk->calls.empty());
}

TEST_CASE("after an unclean stop only the pieces in doubt are checked", "[torrent][resume]")
{
    TorrentBench bench(resumed(pieces({0, 1, 2}), false));
    bench.disk->pieces = pieces({0, 1, 2, 5});
    bench.disk->sized = pieces({0, 1, 2, 3, 4, 5});
    auto& peer = bench.call_peer();
    bench.torrent->start();
    REQUIRE(bench.wait_for_end());
    CHECK(checks(bench) == std::vector<std::string>{"check 3", "check 4", "check 5"});
    for (const auto& request : peer.asked) CHECK((request.piece > 2 && request.piece != 5));
}

TEST_CASE("recorded pieces whose octets cannot be there are missing, and that is told", "[torrent][resume]")
{
    TorrentBench bench(resumed(pieces({0, 1, 2, 3}), true));
    bench.disk->pieces = pieces({0, 1, 8});
    bench.torrent->start();
    bench.pass(1s);
    CHECK(bench.torrent->ledger().have() == pieces({0, 1, 8}));
    CHECK(checks(bench) == std::vector<std::string>{"check 8"});  // somebody was at the files
    CHECK(bench.count("torrent.lost") == 1);
    bench.call_peer();
    REQUIRE(bench.wait_for_end());
}

TEST_CASE("a record of another size than the torrent is no record", "[torrent][resume]")
{
    TorrentBench bench(resumed(pieces({0, 1, 2, 10}, 11), true));
    bench.disk->pieces = pieces({4});
    bench.disk->sized = Bitfield(10, true);
    CHECK(bench.status().pieces_had == 0);
    bench.torrent->start();
    bench.pass(1s);
    CHECK(checks(bench).size() == 10);
    CHECK(bench.torrent->ledger().have() == pieces({4}));
}

// ---- for the next run -----------------------------------------------------------------------------------------

TEST_CASE("what is recorded was on the disk before", "[torrent][resume]")
{
    TorrentBench bench;
    bench.call_peer();
    bench.torrent->start();
    REQUIRE(bench.wait([&] { return bench.torrent->ledger().have().count() == 4; }));
    const auto had = bench.torrent->ledger().have();
    std::optional<Result<Resume>> answer;
    bench.torrent->checkpoint([&](Result<Resume> reached) {
        bench.disk->calls.push_back("recorded");
        answer = std::move(reached);
    });
    REQUIRE(bench.wait_for_end());
    REQUIRE(answer);
    CHECK((*answer)->have == had);  // what came while it was written out belongs to the next record
    CHECK_FALSE((*answer)->is_clean);
    const auto& calls = bench.disk->calls;
    const auto flushed = std::ranges::find(calls, "flush");
    for (auto p = had.find_first_set(); p; p = had.find_first_set(*p + 1)) {
        CHECK(std::ranges::find(calls, "write " + std::to_string(*p)) < flushed);
    }
    CHECK(flushed < std::ranges::find(calls, "recorded"));
}

TEST_CASE("at rest everything is on the disk, and the record is clean", "[torrent][resume]")
{
    TorrentBench bench;
    bench.call_peer();
    bench.torrent->start();
    REQUIRE(bench.wait([&] { return bench.torrent->ledger().have().count() >= 4; }));
    std::vector<std::string> order;
    bench.torrent->stop([&] { order.push_back("stopped"); });
    std::optional<Resume> reached;
    bench.torrent->checkpoint([&](Result<Resume> result) {
        order.push_back("recorded");
        reached = *result;
    });
    REQUIRE(bench.wait([&] { return order.size() == 2; }));
    CHECK(reached->is_clean);
    CHECK(reached->have == bench.disk->pieces);
    const auto again = checkpoint(bench);
    CHECK(again->is_clean);
    CHECK(again->have == bench.disk->pieces);
    CHECK(bench.disk_calls("close") == 1);
    CHECK(bench.disk_calls("flush") == 0);  // closing did that
}

TEST_CASE("a check that was interrupted goes on where it was", "[torrent][resume]")
{
    TorrentBench bench;
    bench.disk->pieces.set_all();
    bench.disk->delay = 100ms;
    bench.torrent->start();
    bench.pass(250ms);  // four of ten
    bench.stop();
    CHECK(bench.torrent->ledger().have().count() == 4);
    const auto reached = checkpoint(bench);
    REQUIRE(reached);
    CHECK(reached->have.count() == 4);
    CHECK_FALSE(reached->is_clean);
    bench.disk->calls.clear();
    bench.torrent->start();
    REQUIRE(bench.wait_for_end(10s));
    CHECK(checks(bench).size() == 6);
    CHECK(bench.status().totals.downloaded == 0);
}

TEST_CASE("what cannot be written out is in doubt, and all of it is checked", "[torrent][resume]")
{
    TorrentBench bench;
    bench.call_peer();
    bench.torrent->start();
    REQUIRE(bench.wait_for_end());
    bench.disk->flush_error = make_error(Errc::io_error, "lost in the cache");
    const auto refused = checkpoint(bench);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().text == "lost in the cache");
    bench.pass(1s);
    CHECK(bench.torrent->stage() == Stage::failed);
    CHECK(bench.count("disk.error") >= 1);
    CHECK(checkpoint(bench)->have.none());
    bench.disk->flush_error.reset();
    bench.torrent->start();
    REQUIRE(bench.wait_for_end());
    CHECK(checks(bench).size() == 10);
}

TEST_CASE("a stop that cannot write out fails the torrent", "[torrent][resume]")
{
    TorrentBench bench;
    bench.call_peer();
    bench.torrent->start();
    REQUIRE(bench.wait_for_end());
    bench.disk->flush_error = make_error(Errc::io_error, "lost in the cache");
    bench.stop();
    CHECK(bench.torrent->stage() == Stage::failed);
    CHECK_FALSE(checkpoint(bench)->is_clean);
}

// ---- pause and resume -----------------------------------------------------------------------------------------

TEST_CASE("a start while it is being stopped comes afterwards", "[torrent][resume]")
{
    TorrentBench bench;
    auto& peer = bench.call_peer();
    bench.torrent->start();
    REQUIRE(bench.wait([&] { return bench.torrent->ledger().have().count() >= 4; }));
    int stops = 0;
    bench.torrent->stop([&] { ++stops; });
    bench.torrent->start();
    bench.torrent->add_peer(peer.endpoint());
    REQUIRE(bench.wait_for_end());
    CHECK(stops == 1);
    CHECK(bench.disk_calls("open") == 2);
    CHECK(bench.count("piece.verified") == 10);
}

TEST_CASE("all who stop it hear of the end, and a stopped one can be stopped", "[torrent][resume]")
{
    TorrentBench bench;
    int stops = 0;
    bench.torrent->stop([&] { ++stops; });
    bench.pass(1s);
    CHECK(stops == 1);
    bench.torrent->start();
    bench.pass(1s);
    bench.torrent->stop([&] { ++stops; });
    bench.torrent->stop([&] { ++stops; });
    bench.pass(1s);
    CHECK(stops == 3);
    CHECK(bench.disk_calls("close") == 1);
}

TEST_CASE("files that were damaged while it was paused are missed at the next start, and fetched", "[torrent][resume]")
{
    TorrentBench bench;
    auto& peer = bench.call_peer();
    bench.torrent->start();
    REQUIRE(bench.wait_for_end());
    bench.stop();
    bench.disk->pieces = pieces({0, 1, 2});
    bench.torrent->start();
    bench.pass(1s);
    CHECK(bench.torrent->stage() == Stage::downloading);
    CHECK(bench.count("torrent.lost") == 1);
    bench.torrent->add_peer(peer.endpoint());
    REQUIRE(bench.wait_for_end(3600s));
    CHECK(bench.disk_calls("finish 0") == 2);
    CHECK(bench.disk->pieces.all());
}

TEST_CASE("when all its files are gone it fails, forgets nothing, and goes on when they are back", "[torrent][resume]")
{
    TorrentBench bench(resumed(pieces({0, 1, 2}), true));
    bench.torrent->start();
    bench.pass(1s);
    CHECK(bench.torrent->stage() == Stage::failed);
    CHECK_THAT(bench.status().failure->text, Catch::Contains("its files are gone"));
    const auto reached = checkpoint(bench);
    CHECK(reached->have == pieces({0, 1, 2}));
    CHECK(reached->is_clean);
    bench.disk->pieces = pieces({0, 1, 2});
    bench.torrent->start();
    bench.pass(1s);
    CHECK(bench.torrent->stage() == Stage::downloading);
    CHECK(bench.status().pieces_had == 3);
    CHECK(checks(bench).empty());
}

TEST_CASE("when all its files are gone a recheck takes note, and they are fetched again", "[torrent][resume]")
{
    TorrentBench bench(resumed(pieces({0, 1, 2}), true));
    bench.call_peer();
    bench.torrent->start();
    bench.pass(1s);
    REQUIRE(bench.torrent->stage() == Stage::failed);
    CHECK(recheck(bench));
    REQUIRE(bench.wait_for_end());
    CHECK(bench.disk->pieces.all());
}

// ---- looking again --------------------------------------------------------------------------------------------

TEST_CASE("a recheck finds what went wrong on the disk, and it is fetched again", "[torrent][resume]")
{
    TorrentBench bench;
    auto& peer = bench.call_peer();
    bench.torrent->start();
    REQUIRE(bench.wait_for_end());
    bench.disk->sized = Bitfield(10, true);
    bench.disk->pieces.reset(3);
    CHECK(recheck(bench));
    CHECK(checks(bench).size() == 10);
    CHECK(bench.disk->most_checks == 4);  // as many at once as the store bears
    CHECK(bench.torrent->stage() == Stage::downloading);
    CHECK_FALSE(bench.torrent->ledger().have().test(3));
    bench.torrent->add_peer(peer.endpoint());
    REQUIRE(bench.wait_for_end(3600s));
    CHECK(bench.disk->pieces.all());
}

TEST_CASE("while it looks again nobody is served", "[torrent][resume]")
{
    TorrentBench bench;
    auto& peer = bench.call_peer();
    bench.torrent->start();
    REQUIRE(bench.wait_for_end());
    bench.disk->delay = 1s;
    std::optional<Result<void>> outcome;
    bench.torrent->recheck([&](Result<void> result) { outcome = std::move(result); });
    do {
        bench.pass(200ms);
        CHECK(peer.link == nullptr);
    } while (!outcome);
    CHECK(*outcome);
}

TEST_CASE("a paused torrent that is rechecked is paused afterwards", "[torrent][resume]")
{
    TorrentBench bench;
    bench.disk->pieces = pieces({1, 2});
    CHECK(recheck(bench));
    bench.pass(1s);
    CHECK(bench.torrent->stage() == Stage::paused);
    CHECK(bench.status().pieces_had == 2);
    CHECK(bench.disk_calls("close") == 1);
    CHECK(checkpoint(bench)->is_clean);
}

TEST_CASE("a failed torrent that is rechecked is tried again", "[torrent][resume]")
{
    TorrentBench bench;
    bench.disk->open_error = make_error(Errc::permission_denied, "may not look");
    bench.torrent->start();
    bench.pass(1s);
    REQUIRE(bench.torrent->stage() == Stage::failed);
    bench.disk->open_error.reset();
    CHECK(recheck(bench));
    bench.pass(1s);
    CHECK(bench.torrent->stage() == Stage::downloading);
}

TEST_CASE("a recheck begins anew while it checks, and everybody who asked hears", "[torrent][resume]")
{
    TorrentBench bench;
    bench.disk->pieces.set_all();
    bench.disk->delay = 100ms;
    bench.torrent->start();
    bench.pass(250ms);
    int answers = 0;
    bench.torrent->recheck([&](Result<void> outcome) { answers += outcome ? 1 : 0; });
    bench.pass(350ms);
    bench.torrent->recheck([&](Result<void> outcome) { answers += outcome ? 1 : 0; });
    REQUIRE(bench.wait_for_end());
    CHECK(answers == 2);
    CHECK(bench.torrent->ledger().have().all());
}

TEST_CASE("a stop ends a recheck, and a disk that fails does", "[torrent][resume]")
{
    TorrentBench bench;
    bench.disk->pieces.set_all();
    bench.disk->delay = 100ms;
    std::optional<Result<void>> outcome;
    bench.torrent->recheck([&](Result<void> result) { outcome = std::move(result); });
    bench.pass(250ms);
    bench.stop();
    REQUIRE(outcome);
    CHECK(outcome->error().code == Errc::cancelled);

    bench.disk->check_error = make_error(Errc::io_error, "scratched");
    const auto failed = recheck(bench);
    REQUIRE_FALSE(failed);
    CHECK(failed.error().text == "scratched");
    bench.pass(1s);
    CHECK(bench.torrent->stage() == Stage::failed);
}
