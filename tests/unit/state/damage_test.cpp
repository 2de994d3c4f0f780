// Files and rows that are not what they were.
#include "unit/state/library_bench.hpp"

#include "state/schema.hpp"

#include <shoal/random.hpp>

#include <catch2/catch.hpp>

#include <filesystem>
#include <string>
#include <vector>

using namespace shoal;
using namespace shoal::state;
using namespace shoal::state::test;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t page_size = 4096;
constexpr const char* file_name = "state/shoal.db";

void fill(LibraryBench& bench, std::uint32_t count)
{
    for (std::uint32_t number = 1; number <= count; ++number) {
        bench.library->put(record_of(number), {});
        bench.library->put_progress(hash_of(number), progress_of(80, 0), {});
        bench.library->put_metainfo(hash_of(number), octets_of(std::string(6000, 'm')), {});
    }
    REQUIRE(bench.library->kept().write("org.a", "k", as_bytes("one")));
    bench.library->put_value("v", 7, {});
    bench.library.reset();
}

// Where pages of a kind begin that hold such a text: 13 is a leaf of a table, 10 one of an index.
std::vector<std::size_t> pages(const std::string& file, char kind, std::string_view text)
{
    std::vector<std::size_t> found;
    for (std::size_t at = page_size; at + page_size <= file.size(); at += page_size) {
        const auto page = std::string_view(file).substr(at, page_size);
        if (page[0] == kind && page.find(text) != std::string_view::npos) found.push_back(at);
    }
    return found;
}

std::string random_octets(std::size_t size)
{
    RandomStream random(7, 7);
    std::string octets(size, '\0');
    for (auto& octet : octets) octet = static_cast<char>(random.below(256));
    return octets;
}

struct Spoilt {
    const char* how;
    std::string (*spoil)(std::string file);
};

const Spoilt ways[] = {
    {"nothing", [](std::string) { return std::string(); }},
    {"a text", [](std::string) { return std::string("# Shoal\n"); }},
    {"a long text", [](std::string) { return std::string(50'000, 'a'); }},
    {"garbage", [](std::string file) { return random_octets(file.size()); }},
    {"half of it", [](std::string file) { return file.substr(0, file.size() / 2 + 17); }},
    {"its first page", [](std::string file) { return file.substr(0, page_size); }},
    {"a part of its header", [](std::string file) { return file.substr(0, 60); }},
    {"zeros where the header was", [](std::string file) { return std::string(100, '\0') + file.substr(100); }},
    {"zeros behind the header", [](std::string file) { return file.substr(0, 100) + std::string(file.size() - 100, '\0'); }},
    {"another program's", [](std::string file) { return file.replace(68, 4, "abcd"); }},
};

}  // namespace

TEST_CASE("R1 a damaged database is set aside as it was, loudly, and one that works takes its place", "[state]")
{
    LibraryBench bench;
    fill(bench, 50);
    const auto& way = GENERATE(from_range(std::begin(ways), std::end(ways)));
    INFO("the file has become " << way.how);
    const auto damaged = way.spoil(bench.folder.read(file_name));
    bench.folder.write(file_name, damaged);
    bench.open();
    REQUIRE(bench.library->damage());
    const auto& [text, aside] = *bench.library->damage();
    REQUIRE(bench.lines.lines.size() == 1);
    CHECK(bench.lines.lines[0] == text);
    CHECK_THAT(text, Catch::Contains(bench.path) && Catch::Contains(aside) && Catch::Contains("saved: "));
    CHECK_THAT(aside, Catch::StartsWith(bench.path + ".damaged-20"));
    CHECK(bench.folder.read("state/" + fs::path(aside).filename().string()) == damaged);

    bench.library->put(record_of(1), {});
    bench.reopen();
    CHECK_FALSE(bench.library->damage());
    CHECK_FALSE(bench.library->torrents().empty());
}

TEST_CASE("of a database with one bad page all rows are saved but those of the page", "[state]")
{
    LibraryBench bench;
    fill(bench, 2000);
    auto file = bench.folder.read(file_name);
    const auto leaves = pages(file, 13, "/srv/things");
    REQUIRE(leaves.size() > 20);
    const auto count_of_bad = GENERATE(1U, 2U);
    file.replace(leaves[leaves.size() / 3], page_size, page_size, '\xff');
    if (count_of_bad == 2) file.replace(leaves.back(), page_size, page_size, '\xff');
    bench.folder.write(file_name, file);
    bench.open();
    REQUIRE(bench.library->damage());
    CHECK_THAT(bench.library->damage()->text, Catch::Contains("torrents (not all)"));
    const auto torrents = bench.library->torrents();
    CHECK(torrents.size() < 2000);
    CHECK(torrents.size() > 2000 - count_of_bad * 60);
    for (const auto& [record, progress] : {torrents.front(), torrents.back()}) {
        CHECK(progress.have == progress_of(80, 0).have);
        CHECK_FALSE(progress.is_clean);
        CHECK(bench.metainfo(record.info_hash));
    }
    CHECK(bench.library->kept().find("org.a", "k") != nullptr);
    CHECK(bench.library->values().at("v") == control::Value(7));
}

TEST_CASE("of a database whose index is damaged nothing is lost", "[state]")
{
    LibraryBench bench;
    fill(bench, 2000);
    auto file = bench.folder.read(file_name);
    const auto leaves = pages(file, 10, std::string(15, '\x11'));
    REQUIRE(leaves.size() > 10);
    file.replace(leaves.front(), page_size, page_size, '\0');
    bench.folder.write(file_name, file);
    bench.open();
    if (!bench.library->damage()) {  // the metainfo's, at which no start looks: what is read there says so, and the next start looks
        std::size_t failed = 0;
        for (std::uint32_t number = 1; number <= 2000; ++number) failed += bench.metainfo(hash_of(number)) ? 0 : 1;
        CHECK(failed > 0);
        bench.reopen();
    }
    REQUIRE(bench.library->damage());
    CHECK(bench.library->torrents().size() == 2000);
    CHECK(bench.metainfo(hash_of(1)));
    CHECK(bench.metainfo(hash_of(2000)));
}

TEST_CASE("R2 metainfo with a flipped bit is an error of its torrent alone", "[state]")
{
    LibraryBench bench;
    fill(bench, 20);
    auto file = bench.folder.read(file_name);
    const auto at = file.find(std::string(1000, 'm'));
    REQUIRE(at != std::string::npos);
    file[at + 500] = 'n';
    bench.folder.write(file_name, file);
    bench.open();
    CHECK_FALSE(bench.library->damage());
    CHECK(bench.library->torrents().size() == 20);
    std::vector<Error> errors;
    for (std::uint32_t number = 1; number <= 20; ++number) {
        const auto read = bench.metainfo(hash_of(number));
        if (!read) errors.push_back(read.error());
    }
    REQUIRE(errors.size() == 1);
    CHECK(errors[0].code == Errc::bad_input);
    CHECK_THAT(errors[0].text, Catch::Contains("is damaged: add the torrent again"));
    bench.reopen();
    CHECK(bench.library->torrents().size() == 20);
}

TEST_CASE("damage that shows while the library runs makes the next start look at every page", "[state]")
{
    LibraryBench bench;
    fill(bench, 50);
    auto file = bench.folder.read(file_name);
    const auto leaves = pages(file, 13, std::string(100, 'm'));
    REQUIRE_FALSE(leaves.empty());
    file.replace(leaves.front(), page_size, page_size, '\xff');
    bench.folder.write(file_name, file);
    bench.open();
    CHECK_FALSE(bench.library->damage());
    std::size_t failed = 0;
    for (std::uint32_t number = 1; number <= 50; ++number) failed += bench.metainfo(hash_of(number)) ? 0 : 1;
    CHECK(failed > 0);
    bench.reopen();
    REQUIRE(bench.library->damage());
    CHECK(bench.library->torrents().size() == 50);
    std::size_t missing = 0;
    for (std::uint32_t number = 1; number <= 50; ++number) missing += bench.metainfo(hash_of(number)) ? 0 : 1;
    CHECK(missing == failed);
    bench.reopen();
    CHECK_FALSE(bench.library->damage());
}

TEST_CASE("R2 a bad row of a torrent leaves that one out, and says so", "[state]")
{
    LibraryBench bench;
    fill(bench, 3);
    const auto* change = GENERATE("info_hash = x'0102'", "version = 2", "version = -1", "size = -1", "folder = 'relative'", "folder = ''",
                                  "is_started = 2", "added_at = -5", "finished_at = -9223372036854775808",
                                  "options = x''", "options = x'ff'", "options = 'i1e'", "options = CAST('i1e' AS BLOB)",
                                  "options = CAST('l1:m1:ai1e1:ai1ee' AS BLOB)", "options = CAST('l1:m1:a1:re' AS BLOB)");
    if (std::string_view(change) == "options = 'i1e'") {  // what the table does not take, a later version might
        CHECK_FALSE((*Database::open(bench.path, Database::Access::writing))->run(std::string("UPDATE torrents SET ") + change));
        return;
    }
    INFO(change);
    bench.alter("PRAGMA foreign_keys = OFF; UPDATE torrents SET " + std::string(change) + " WHERE name = 'torrent 2'");
    bench.open();
    const auto torrents = bench.library->torrents();
    REQUIRE(torrents.size() == 2);
    REQUIRE(bench.lines.lines.size() == 1);
    CHECK_THAT(bench.lines.lines[0], Catch::Contains("(torrent 2) is left out: "));
    CHECK_FALSE(bench.library->damage());
}

TEST_CASE("R1 a torrent whose progress cannot be believed is checked again, and says so", "[state]")
{
    LibraryBench bench;
    fill(bench, 3);
    const auto* change = GENERATE("pieces = 81", "pieces = 72", "pieces = 800", "pieces = 4294967375", "pieces = -1", "pieces = NULL",
                                  "have = x'ffff'", "have = x''", "have = NULL", "have = x'ffffffffffffffffffff'", "\"check\" = 0",
                                  "\"check\" = NULL", "version = 2", "is_clean = 7", "downloaded = -1", "seeding_s = -1");
    INFO(change);
    bench.alter("UPDATE progress SET " + std::string(change)
                + " WHERE info_hash = (SELECT info_hash FROM torrents WHERE name = 'torrent 2')");
    bench.open();
    const auto torrents = bench.library->torrents();
    REQUIRE(torrents.size() == 3);
    CHECK(torrents[0].progress.have);
    CHECK_FALSE(torrents[1].progress.have);
    CHECK_FALSE(torrents[1].progress.is_clean);
    REQUIRE(bench.lines.lines.size() == 1);
    CHECK_THAT(bench.lines.lines[0], Catch::Contains("(torrent 2) is checked again: "));
}

TEST_CASE("of values of our own one that is garbage is left out, and said", "[state]")
{
    LibraryBench bench;
    bench.library->put_value("a", 1, {});
    bench.library->put_value("b", 2, {});
    bench.library.reset();
    bench.alter("UPDATE own SET value = x'00' WHERE name = 'a'");
    bench.open();
    const auto values = bench.library->values();
    CHECK(values.size() == 1);
    CHECK(values.contains("b"));
    CHECK(bench.lines.lines == std::vector<std::string>{"a is garbage and left out"});
}

TEST_CASE("R1 a database from a later version is refused as it is", "[state]")
{
    LibraryBench bench;
    fill(bench, 3);
    bench.alter("PRAGMA user_version = 2000");
    const auto before = bench.folder.read(file_name);
    const auto opened = bench.try_open();
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == Errc::unsupported);
    CHECK_THAT(opened.error().text, Catch::Contains(bench.path) && Catch::Contains("later version of Shoal (format 2000"));
    CHECK(bench.folder.read(file_name) == before);
}

TEST_CASE("a database is brought up to date by the steps that it lacks, each once", "[state]")
{
    LibraryBench bench;
    fill(bench, 3);
    const auto database = Database::open(bench.path, Database::Access::writing);
    REQUIRE(database);
    std::vector<const char*> steps(schema_steps().begin(), schema_steps().end());
    steps.push_back("ALTER TABLE torrents ADD COLUMN colour TEXT NOT NULL DEFAULT 'blue'");
    steps.push_back("UPDATE torrents SET colour = 'red' WHERE name = 'torrent 2'");
    REQUIRE(migrate(**database, steps));
    CHECK((*database)->number("PRAGMA user_version").value_or(0) == static_cast<std::int64_t>(steps.size()));
    CHECK((*database)->number("SELECT count(*) FROM torrents WHERE colour = 'blue'").value_or(0) == 2);
    REQUIRE((*database)->run("UPDATE torrents SET colour = 'green'"));
    REQUIRE(migrate(**database, steps));
    CHECK((*database)->number("SELECT count(*) FROM torrents WHERE colour = 'green'").value_or(0) == 3);
    CHECK(schema_version(**database).error().code == Errc::unsupported);
}
