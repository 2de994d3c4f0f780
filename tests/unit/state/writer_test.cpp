// When rows are written, and who hears of it.
#include "unit/state/library_bench.hpp"

#include "state/waiting_rows.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <variant>
#include <vector>

using namespace shoal;
using namespace shoal::state;
using namespace shoal::state::test;

namespace {

std::vector<std::string> names(std::vector<WaitingRow> rows)
{
    std::vector<std::string> names;
    for (const auto& [row, done] : rows) {
        const char* kinds[] = {"record", "metainfo", "progress", "erased", "own", "kept"};
        names.push_back(kinds[row.index()] + (" " + std::to_string(done.size())));
    }
    return names;
}

WaitingRow waiting(Row row)
{
    WaitingRow made{std::move(row)};
    made.done.emplace_back([](Result<void>) {});
    return made;
}

WaitingRow record(std::uint32_t number) { return waiting(record_of(number)); }
WaitingRow progress(std::uint32_t number) { return waiting(ProgressRow{hash_of(number), {}}); }
WaitingRow erased(std::uint32_t number) { return waiting(TorrentErased{hash_of(number)}); }

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a later row takes the place of an earlier one, and brings its listeners together", "[state]")
{
    WaitingRows rows;
    rows.add(record(1));
    rows.add(progress(1));
    auto again = record(1);
    std::get<TorrentRecord>(again.row).name = "later";
    rows.add(std::move(again));
    rows.add(record(2));
    auto taken = rows.take();
    CHECK(std::get<TorrentRecord>(taken[0].row).name == "later");
    CHECK(names(std::move(taken)) == Names{"record 2", "progress 1", "record 1"});
    CHECK(rows.empty());
}

TEST_CASE("an erased torrent takes along what waits of it, and what comes after stays behind it", "[state]")
{
    WaitingRows rows;
    rows.add(record(1));
    rows.add(record(2));
    rows.add(progress(1));
    rows.add(erased(1));
    rows.add(record(1));
    rows.add(progress(1));
    CHECK(names(rows.take()) == Names{"record 1", "erased 3", "record 1", "progress 1"});
}

TEST_CASE("rows that are given back come before newer ones, which win", "[state]")
{
    WaitingRows rows;
    rows.add(record(1));
    rows.add(progress(1));
    rows.add(record(2));
    auto failed = rows.take();
    for (auto& row : failed) row.done.clear();
    auto newer = record(2);
    std::get<TorrentRecord>(newer.row).name = "newer";
    rows.add(std::move(newer));
    rows.add(erased(1));
    rows.give_back(std::move(failed));
    auto taken = rows.take();
    CHECK(std::get<TorrentRecord>(taken[0].row).name == "newer");
    CHECK(names(std::move(taken)) == Names{"record 1", "erased 1"});
}

TEST_CASE("what is put in one turn is one job of a worker, and what comes meanwhile is the next", "[state]")
{
    LibraryBench bench;
    std::vector<Told> told(5);
    bench.library->put(record_of(1), told[0].hear());
    bench.library->put(record_of(1), told[1].hear());
    bench.library->put_progress(hash_of(1), {}, told[2].hear());
    CHECK(bench.workers.jobs.empty());
    bench.loop.run();
    REQUIRE(bench.workers.jobs.size() == 1);
    auto job = bench.workers.take();
    bench.library->put(record_of(2), told[3].hear());
    bench.library->flush(told[4].hear());
    bench.loop.run();
    CHECK(bench.workers.jobs.empty());
    job.work();
    CHECK(told[0].times() == 0);
    job.done();
    for (const auto i : {0U, 1U, 2U}) CHECK(told[i].is_well());
    CHECK(told[3].times() == 0);
    CHECK(told[4].times() == 0);
    CHECK(bench.workers.jobs.size() == 1);
    bench.work();
    CHECK(told[3].is_well());
    CHECK(told[4].is_well());
}

TEST_CASE("a flush with nothing to write is done, but not at once", "[state]")
{
    LibraryBench bench;
    Told told;
    bench.library->flush(told.hear());
    CHECK(told.times() == 0);
    bench.work();
    CHECK(told.is_well());
}

TEST_CASE("a row that will not do is told so, and the others are written", "[state]")
{
    LibraryBench bench;
    Told bad;
    Told good;
    bench.library->put_progress(hash_of(9), {}, bad.hear());
    bench.library->put_metainfo(hash_of(9), {}, {});
    bench.library->put(record_of(1), good.hear());
    bench.work();
    REQUIRE(bad.times() == 1);
    CHECK(bad.error().code == Errc::not_found);
    CHECK_THAT(bad.error().text, Catch::Contains(hash_of(9).hex()));
    CHECK(good.is_well());
    CHECK(bench.lines.lines.empty());
}

TEST_CASE("the end writes what waits and what a worker has not begun, and tells everybody", "[state]")
{
    LibraryBench bench;
    Told under_way;
    Told waits;
    Told flushed;
    bench.library->put(record_of(1), under_way.hear());
    bench.loop.run();
    REQUIRE(bench.workers.jobs.size() == 1);
    bench.library->put(record_of(2), waits.hear());
    bench.library->flush(flushed.hear());
    bench.library.reset();
    CHECK(under_way.is_well());
    CHECK(waits.is_well());
    CHECK(flushed.is_well());
    bench.work();  // the worker comes too late, and does nothing
    CHECK(under_way.times() == 1);
    bench.open();
    CHECK(bench.library->torrents().size() == 2);
}

TEST_CASE("whoever hears that a write is done may end the library", "[state]")
{
    LibraryBench bench;
    Told after;
    bench.library->put(record_of(1), [&](Result<void>) { bench.library.reset(); });
    bench.library->put(record_of(2), after.hear());
    bench.work();
    CHECK(bench.library == nullptr);
    CHECK(after.is_well());
    bench.open();
    CHECK(bench.library->torrents().size() == 2);
}

TEST_CASE("a read that is under way when the library ends is cancelled", "[state]")
{
    LibraryBench bench;
    std::vector<Errc> answers;
    bench.library->read_metainfo(hash_of(1), [&](Result<Bytes> read) { answers.push_back(read.error().code); });
    bench.library.reset();
    CHECK(answers == std::vector{Errc::cancelled});
    bench.work();
    CHECK(answers.size() == 1);
}
