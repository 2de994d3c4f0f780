#include "unit/state/library_bench.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <iostream>
#include <limits>

using namespace shoal;
using namespace std::chrono_literals;
using namespace shoal::state;
using namespace shoal::state::test;

namespace {

control::Value::Map options()
{
    control::Value::Map map;
    map.set("label", "films").set("ratio", 1.5).set("none", control::Value()).set("is_sequential", true);
    map.set("octets", Bytes{std::byte{0}, std::byte{0xff}}).set("priorities", control::Value::List{1, -2, 0});
    map.set("a", control::Value::Map().set("zz", "ü").set("b", control::Value::List{}));
    return map;
}

bool is_same(const TorrentRecord& a, const TorrentRecord& b)
{
    return a.info_hash == b.info_hash && a.name == b.name && a.magnet == b.magnet && a.size == b.size && a.folder == b.folder
           && a.is_started == b.is_started && a.added_at == b.added_at && a.finished_at == b.finished_at
           && a.position == b.position && a.options == b.options;
}

}  // namespace

TEST_CASE("what is put of a torrent is there in the next run, all of it", "[state]")
{
    LibraryBench bench;
    auto record = record_of(1);
    record.magnet = "magnet:?xt=urn:btih:00";
    record.folder = std::string("/srv/no \xff utf-8");
    record.is_started = false;
    record.finished_at = 1'700'000'001;
    record.options = options();
    auto progress = progress_of(13, 1);
    progress.is_clean = false;
    progress.uploaded = 77;
    progress.active_s = 3;
    progress.seeding_s = 2;
    const auto metainfo = octets_of(std::string(100'000, 'x'));
    Told told;
    bench.library->put(record, told.hear());
    bench.library->put_progress(record.info_hash, progress, {});
    bench.library->put_metainfo(record.info_hash, metainfo, {});
    bench.work();
    CHECK(told.is_well());
    bench.reopen();
    const auto torrents = bench.library->torrents();
    REQUIRE(torrents.size() == 1);
    CHECK(is_same(torrents[0].record, record));
    const auto& read = torrents[0].progress;
    CHECK(read.have == progress.have);
    CHECK(read.is_clean == false);
    CHECK(read.downloaded == progress.downloaded);
    CHECK(read.uploaded == 77);
    CHECK(read.active_s == 3);
    CHECK(read.seeding_s == 2);
    const auto file = bench.metainfo(record.info_hash);
    REQUIRE(file);
    CHECK(*file == metainfo);
    CHECK(bench.lines.lines.empty());
    CHECK_FALSE(bench.library->damage());
}

TEST_CASE("torrents come by their position, and of one without progress nothing is known", "[state]")
{
    LibraryBench bench;
    for (const std::uint32_t number : {3, 1, 2}) bench.library->put(record_of(number), {});
    bench.reopen();
    const auto torrents = bench.library->torrents();
    REQUIRE(torrents.size() == 3);
    CHECK(torrents[0].record.name == "torrent 1");
    CHECK(torrents[2].record.name == "torrent 3");
    CHECK_FALSE(torrents[0].progress.have);
    CHECK(torrents[0].progress.is_clean);
}

TEST_CASE("a torrent that is put again is as it is now, and keeps what else is known of it", "[state]")
{
    LibraryBench bench;
    bench.library->put(record_of(1), {});
    bench.library->put_progress(hash_of(1), progress_of(9, 0), {});
    bench.work();
    auto record = record_of(1);
    record.name = "another name";
    bench.library->put(record, {});
    bench.work();
    bench.reopen();
    const auto torrents = bench.library->torrents();
    REQUIRE(torrents.size() == 1);
    CHECK(torrents[0].record.name == "another name");
    CHECK(torrents[0].progress.have == progress_of(9, 0).have);
}

TEST_CASE("an erased torrent is gone with its metainfo and progress, and what comes late does not bring it back", "[state]")
{
    LibraryBench bench;
    bench.library->put(record_of(1), {});
    bench.library->put_progress(hash_of(1), progress_of(9, 0), {});
    bench.library->put_metainfo(hash_of(1), octets_of("d4:infode"), {});
    bench.work();
    Told erased;
    bench.library->erase(hash_of(1), erased.hear());
    CHECK(bench.metainfo(hash_of(1)).error().code == Errc::not_found);
    CHECK(erased.is_well());
    Told late;
    bench.library->put_progress(hash_of(1), progress_of(9, 0), late.hear());
    bench.work();
    REQUIRE(late.times() == 1);
    CHECK(late.error().code == Errc::not_found);
    bench.library->put(record_of(1), {});
    bench.reopen();
    REQUIRE(bench.library->torrents().size() == 1);
    CHECK_FALSE(bench.library->torrents()[0].progress.have);
    CHECK(bench.metainfo(hash_of(1)).error().code == Errc::not_found);
}

TEST_CASE("numbers beyond what a row holds end at the largest", "[state]")
{
    LibraryBench bench;
    auto record = record_of(1);
    record.size = std::numeric_limits<std::uint64_t>::max();
    bench.library->put(record, {});
    bench.reopen();
    REQUIRE(bench.library->torrents().size() == 1);
    CHECK(bench.library->torrents()[0].record.size == std::uint64_t{std::numeric_limits<std::int64_t>::max()});
}

TEST_CASE("values of our own are there in the next run by their names", "[state]")
{
    LibraryBench bench;
    bench.library->put_value("statistics", control::Value(options()), {});
    bench.library->put_value("seen", 1, {});
    bench.library->put_value("seen", std::numeric_limits<std::int64_t>::min(), {});
    bench.reopen();
    const auto values = bench.library->values();
    REQUIRE(values.size() == 2);
    CHECK(values.at("statistics") == control::Value(options()));
    CHECK(values.at("seen") == control::Value(std::numeric_limits<std::int64_t>::min()));
}

TEST_CASE("what plug-ins keep in a library is there in the next run", "[state]")
{
    LibraryBench bench;
    REQUIRE(bench.library->kept().write("org.a", "k", as_bytes("one")));
    Told told;
    bench.library->flush(told.hear());
    bench.work();
    CHECK(told.is_well());
    bench.reopen();
    const auto* value = bench.library->kept().find("org.a", "k");
    REQUIRE(value != nullptr);
    CHECK(as_text(*value) == "one");
}

TEST_CASE("metainfo is read as it was put, also before it is on the disk", "[state]")
{
    LibraryBench bench;
    bench.library->put(record_of(1), {});
    bench.library->put_metainfo(hash_of(1), octets_of("one"), {});
    SECTION("while it waits") { CHECK(as_text(*bench.metainfo(hash_of(1))) == "one"); }
    SECTION("while it is being written")
    {
        bench.loop.run();
        REQUIRE(bench.workers.jobs.size() == 1);
        auto writing = bench.workers.take();
        CHECK(as_text(*bench.metainfo(hash_of(1))) == "one");
        bench.library->put_metainfo(hash_of(1), octets_of("two"), {});
        CHECK(as_text(*bench.metainfo(hash_of(1))) == "two");
        writing.work();
        bench.loop.post(std::move(writing.done));
    }
    SECTION("not once its torrent is to be erased")
    {
        bench.work();
        bench.library->erase(hash_of(1), {});
        CHECK(bench.metainfo(hash_of(1)).error().code == Errc::not_found);
    }
    bench.work();
}

TEST_CASE("ten thousand torrents are read at the start, and how long it takes is told", "[state]")
{
    LibraryBench bench;
    constexpr std::uint32_t count = 10'000;
    const auto metainfo = octets_of(std::string(4000, 'x'));
    for (std::uint32_t i = 0; i < count; ++i) {
        bench.library->put(record_of(i), {});
        bench.library->put_progress(hash_of(i), progress_of(1000, 0), {});
        bench.library->put_metainfo(hash_of(i), metainfo, {});
    }
    bench.library.reset();
    const auto begin = std::chrono::steady_clock::now();
    bench.open();
    const auto torrents = bench.library->torrents();
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
    CHECK(torrents.size() == count);
    CHECK(took < 10s);
    std::cout << count << " torrents are opened, checked and read in " << took.count() << " ms" << std::endl;
}
