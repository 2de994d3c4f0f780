#include "unit/state/library_bench.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <filesystem>
#include <string>

// A database that is gone, or of which nothing is left: what comes back, and what is said.
using namespace shoal;
using namespace shoal::state;
using namespace shoal::state::test;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

constexpr const char* database_name = "state/shoal.db";

// Torrents in a database that has a copy, and one that came later.
void fill_library(LibraryBench& bench, std::uint32_t count)
{
    for (std::uint32_t number = 1; number <= count; ++number) {
        auto record = record_of(number);
        record.options.set("label", "linux");
        bench.library->put(record, {});
        bench.library->put_progress(hash_of(number), progress_of(80, 0), {});
        bench.library->put_metainfo(hash_of(number), octets_of(std::string(600, 'm')), {});
    }
    bench.work();
    bench.loop.advance(10min);
    bench.work();
    REQUIRE(fs::exists(bench.path + ".copy"));
    bench.library->put(record_of(count + 1), {});
    bench.library.reset();
}

void zero_all_but_the_header(LibraryBench& bench)
{
    const auto file = bench.folder.read(database_name);
    bench.folder.write(database_name, file.substr(0, 100) + std::string(file.size() - 100, '\0'));
}

}  // namespace

TEST_CASE("a database of which nothing is left comes back from its copy, and its torrents are checked", "[state]")
{
    LibraryBench bench;
    fill_library(bench, 20);
    const bool is_gone = GENERATE(true, false);
    CAPTURE(is_gone);
    if (is_gone) fs::remove(bench.path);
    else zero_all_but_the_header(bench);
    bench.open();
    REQUIRE(bench.library->damage());
    CHECK_THAT(bench.library->damage()->text, Catch::Contains("came back from the copy of it, and are checked: 20"));
    const auto torrents = bench.library->torrents();
    REQUIRE(torrents.size() == 20);
    for (const auto& torrent : torrents) {
        CHECK_FALSE(torrent.progress.have);
        CHECK(*torrent.record.options.find("label")->as_text() == "linux");
        CHECK(bench.metainfo(torrent.record.info_hash));
    }
    bench.reopen();
    CHECK_FALSE(bench.library->damage());
    CHECK(bench.library->torrents().size() == 20);
}

TEST_CASE("what can be read of a damaged database is believed before its copy", "[state]")
{
    LibraryBench bench;
    fill_library(bench, 20);
    bench.alter("DROP TABLE metainfo");
    bench.open();
    REQUIRE(bench.library->damage());
    CHECK_THAT(bench.library->damage()->text, Catch::Contains("the table metainfo is missing"));
    const auto torrents = bench.library->torrents();
    REQUIRE(torrents.size() == 21);
    CHECK(torrents[0].progress.have);
    CHECK(bench.metainfo(hash_of(1)));
}

TEST_CASE("a table that is missing is damage like any other", "[state]")
{
    LibraryBench bench;
    bench.library->put(record_of(1), {});
    bench.library->put_progress(hash_of(1), progress_of(80, 0), {});
    bench.library.reset();
    const std::string table = GENERATE("progress", "metainfo", "own", "kept");
    bench.alter("DROP TABLE " + table);
    bench.open();
    REQUIRE(bench.library->damage());
    CHECK_THAT(bench.library->damage()->text, Catch::Contains("the table " + table + " is missing"));
    CHECK(bench.library->torrents().size() == 1);
    bench.reopen();
    CHECK_FALSE(bench.library->damage());
}

TEST_CASE("a log of writes that was taken away after a crash is missed aloud", "[state]")
{
    LibraryBench bench;
    bench.library->put(record_of(1), {});
    bench.library.reset();
    bench.open();
    CHECK(bench.lines.lines.empty());
    bench.library.reset();
    bench.folder.write("state/shoal.db.lock", "12345");  // of a process that died
    bench.open();
    REQUIRE(bench.lines.lines.size() == 1);
    CHECK_THAT(bench.lines.lines[0], Catch::Contains("its log of writes is gone"));
    bench.reopen();
    CHECK(bench.lines.lines.size() == 1);
}

TEST_CASE("a place in the queue that cannot be is no reason to leave a torrent out", "[state]")
{
    LibraryBench bench;
    for (std::uint32_t number = 1; number <= 3; ++number) bench.library->put(record_of(number), {});
    bench.library.reset();
    const std::string position = GENERATE("-1", "-9223372036854775808", "9223372036854775807", "0");
    bench.alter("UPDATE torrents SET position = " + position + " WHERE name = 'torrent 2'");
    bench.open();
    const auto torrents = bench.library->torrents();
    REQUIRE(torrents.size() == 3);
    for (const auto& torrent : torrents) CHECK(torrent.record.position == (torrent.record.name == "torrent 2" ? 0 : torrent.record.position));
    REQUIRE(bench.lines.lines.size() == 1);
    CHECK_THAT(bench.lines.lines[0], Catch::Contains("(torrent 2) goes to the end of the queue"));
}

TEST_CASE("a small database that is damaged is not searched for a hundred thousand rows", "[state]")
{
    LibraryBench bench;
    for (std::uint32_t number = 1; number <= 200; ++number) bench.library->put(record_of(number), {});
    bench.library.reset();
    const auto file = bench.folder.read(database_name);
    bench.folder.write(database_name, file.substr(0, 8192) + std::string(file.size() - 12'288, '\0') + file.substr(file.size() - 4096));
    const auto begun = std::chrono::steady_clock::now();
    bench.open();
    CHECK(std::chrono::steady_clock::now() - begun < 5s);  // it took a quarter of a minute
    CHECK(bench.library->damage());
}

TEST_CASE("the first copy of a new database comes seconds after its first torrent", "[state]")
{
    LibraryBench bench;
    bench.loop.advance(1min);
    bench.work();
    CHECK_FALSE(fs::exists(bench.path + ".copy"));  // of nothing: it would put off the first that is of use
    bench.library->put(record_of(1), {});
    bench.work();
    bench.loop.advance(6s);
    bench.work();
    CHECK(fs::exists(bench.path + ".copy"));
    bench.library.reset();
    zero_all_but_the_header(bench);
    bench.open();
    CHECK(bench.library->torrents().size() == 1);
}

TEST_CASE("an end in peace leaves a copy of what is there", "[state]")
{
    LibraryBench bench;
    fill_library(bench, 20);
    bench.open();
    auto moved = record_of(1);
    moved.folder = "/srv/elsewhere";
    bench.library->put(moved, {});
    bench.work();
    bool is_done = false;
    bench.library->copy_at_end([&] { is_done = true; });
    CHECK_FALSE(is_done);
    bench.work();
    REQUIRE(is_done);
    is_done = false;
    bench.library->copy_at_end([&] { is_done = true; });
    CHECK(is_done);  // nothing has changed
    CHECK(bench.workers.jobs.empty());
    bench.library.reset();
    zero_all_but_the_header(bench);
    bench.open();
    const auto torrents = bench.library->torrents();
    REQUIRE(torrents.size() == 21);
    CHECK(torrents[0].record.folder == "/srv/elsewhere");
}

TEST_CASE("a copy that is under way at the end is waited for, and what changed meanwhile is in another", "[state]")
{
    LibraryBench bench;
    bench.library->put(record_of(1), {});
    bench.work();
    bench.loop.advance(6s);
    REQUIRE(bench.workers.jobs.size() == 1);
    bench.library->put(record_of(2), {});
    bool is_done = false;
    bench.library->copy_at_end([&] { is_done = true; });
    CHECK_FALSE(is_done);
    bench.work();
    CHECK(is_done);
    bench.library.reset();
    fs::remove(bench.path);
    bench.open();
    CHECK(bench.library->torrents().size() == 2);
}

TEST_CASE("an end that is hurried waits for no copy, and leaves the one before", "[state]")
{
    LibraryBench bench;
    fill_library(bench, 20);
    bench.open();
    bench.library->put(record_of(22), {});
    bench.work();
    const auto before = bench.folder.read(std::string(database_name) + ".copy");
    bool is_done = false;
    bench.library->copy_at_end([&] { is_done = true; });
    bench.library.reset();
    bench.work();
    CHECK_FALSE(is_done);
    CHECK((bench.folder.read(std::string(database_name) + ".copy") == before));  // in brackets: it is not to be shown
    CHECK_FALSE(fs::exists(bench.path + ".copy.new"));
}

TEST_CASE("how old the copy is that torrents came back from is said", "[state]")
{
    LibraryBench bench;
    fill_library(bench, 3);
    const auto [age, text] = GENERATE(table<std::chrono::seconds, std::string>({{50s, "it is 5"}, {150s, "it is 2 minutes old"},
                                                                               {5h + 10s, "it is 5 hours old"}, {72h + 10s, "it is 3 days old"}}));
    fs::last_write_time(bench.path + ".copy", fs::file_time_type::clock::now() - age);
    zero_all_but_the_header(bench);
    bench.open();
    REQUIRE(bench.library->damage());
    CHECK_THAT(bench.library->damage()->text, Catch::Contains("from the copy of it, and are checked: 3 (" + text));
}
