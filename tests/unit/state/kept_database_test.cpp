#include "support/as_nobody.hpp"
#include "unit/state/library_bench.hpp"

#include "state/kept_database.hpp"
#include "state/process_lock.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <unistd.h>

using namespace shoal;
using namespace std::chrono_literals;
using state::Database;
using state::KeptDatabase;

namespace {

struct DatabaseBench {
    explicit DatabaseBench(std::string where) : path(std::move(where)) { open(); }
    DatabaseBench() : path(folder / "state/shoal.db") { open(); }

    void open() { kept.emplace(loop, workers, path, host::Log(lines)); }
    // The process ends, and another begins.
    void reopen()
    {
        kept.reset();
        open();
    }

    // What is kept, or "nothing".
    std::string read(const std::string& plugin, std::string_view key) { return read_of(*kept, plugin, key); }
    static std::string read_of(KeptDatabase& where, const std::string& plugin, std::string_view key)
    {
        const auto* value = where.values().find(plugin, key);
        return value == nullptr ? "nothing" : std::string(as_text(*value));
    }
    void write(const std::string& plugin, std::string_view key, std::string_view value)
    {
        REQUIRE(kept->values().write(plugin, key, as_bytes(value)));
    }
    // What is in the file, and "nothing" also where there is none.
    std::string on_disk(const std::string& plugin, const std::string& key)
    {
        if (!std::filesystem::exists(path)) return "nothing";
        const auto database = Database::open(path, Database::Access::reading);
        REQUIRE(database);
        auto row = (*database)->prepare("SELECT value FROM kept WHERE plugin = ?1 AND key = ?2");
        REQUIRE(row);
        const auto has_row = row->bind(1, std::string_view(plugin)).bind(2, std::string_view(key)).step();
        REQUIRE(has_row);
        return *has_row ? std::string(as_text(row->octets(0).value())) : "nothing";
    }
    bool exists() const { return std::filesystem::exists(path); }

    shoal::test::TemporaryFolder folder;
    std::string path;
    state::test::Lines lines;
    host::test::FakeLoop loop;
    host::test::FakeWorkers workers;
    std::optional<KeptDatabase> kept;
};

}  // namespace

TEST_CASE("what plug-ins keep is there in the next run, each under its own name", "[state]")
{
    DatabaseBench bench;
    CHECK(bench.read("org.a", "k") == "nothing");
    bench.write("org.a", "k", "one");
    bench.write("org.a", "k", "two");
    bench.write("org.a", "octets", std::string_view("\0\xff", 2));
    bench.write("org.b", "k", "");
    CHECK(bench.read("org.a", "k") == "two");
    bench.reopen();
    CHECK(bench.read("org.a", "k") == "two");
    CHECK(bench.read("org.a", "octets") == std::string_view("\0\xff", 2));
    CHECK(bench.read("org.b", "k").empty());
    CHECK(bench.read("org.b", "octets") == "nothing");
    CHECK(bench.lines.lines.empty());
}

TEST_CASE("what is erased is gone, also in the next run", "[state]")
{
    DatabaseBench bench;
    bench.write("org.a", "k", "one");
    bench.write("org.a", "other", "two");
    bench.reopen();
    bench.kept->values().erase("org.a", "k");
    bench.kept->values().erase("org.a", "k");
    bench.kept->values().erase("org.nobody", "k");
    CHECK(bench.read("org.a", "k") == "nothing");
    bench.reopen();
    CHECK(bench.read("org.a", "k") == "nothing");
    CHECK(bench.read("org.a", "other") == "two");
}

TEST_CASE("a plug-in's keys are listed in the order of their octets, also in the next run", "[state]")
{
    using Keys = std::vector<std::string_view>;
    DatabaseBench bench;
    bench.write("org.b", "b/0", "");
    for (const auto* key : {"b/\xc3\xa4", "b/2", "c", "a", "b/1"}) bench.write("org.a", key, "");
    bench.reopen();
    const auto& values = bench.kept->values();
    CHECK(values.keys("org.a", "", "", 10) == Keys{"a", "b/1", "b/2", "b/\xc3\xa4", "c"});
    CHECK(values.keys("org.a", "b/", "", 2) == Keys{"b/1", "b/2"});
    CHECK(values.keys("org.a", "b/", "b/2", 2) == Keys{"b/\xc3\xa4"});
    CHECK(values.keys("org.a", "b/", "a", 1) == Keys{"b/1"});
    CHECK(values.keys("org.a", "b/", "c", 10).empty());
    CHECK(values.keys("org.nobody", "", "", 10).empty());
}

TEST_CASE("a change is written a minute later, once, by a worker", "[state]")
{
    DatabaseBench bench;
    bench.write("org.a", "k", "one");
    bench.loop.advance(59s);
    bench.write("org.a", "k", "two");
    CHECK(bench.workers.jobs.empty());
    bench.loop.advance(2s);
    REQUIRE(bench.workers.jobs.size() == 1);
    CHECK_FALSE(bench.exists());
    bench.workers.run_next(bench.loop);
    CHECK(bench.on_disk("org.a", "k") == "two");
    CHECK_FALSE(std::filesystem::exists(bench.path + ".new"));
    bench.loop.advance(1h);
    CHECK(bench.workers.jobs.empty());
    bench.write("org.a", "k", "three");
    bench.loop.advance(61s);
    CHECK(bench.workers.jobs.size() == 1);
}

TEST_CASE("a worker that comes late does not undo what was written at the end", "[state]")
{
    DatabaseBench bench;
    bench.write("org.a", "k", "old");
    bench.loop.advance(61s);
    REQUIRE(bench.workers.jobs.size() == 1);
    bench.write("org.a", "k", "new");
    bench.kept.reset();
    bench.workers.run_next(bench.loop);
    bench.open();
    CHECK(bench.read("org.a", "k") == "new");
}

TEST_CASE("without a change nothing is written", "[state]")
{
    DatabaseBench bench;
    bench.kept->values().erase("org.a", "k");
    bench.loop.advance(1h);
    CHECK(bench.workers.jobs.empty());
    CHECK(bench.kept->save());
    bench.reopen();
    CHECK_FALSE(bench.exists());
}

TEST_CASE("a damaged file is set aside and said, and plug-ins begin anew", "[state]")
{
    DatabaseBench bench;
    bench.kept.reset();
    const auto content = GENERATE(std::string(), std::string("d5:org.a"), std::string(5000, '\xff'));
    bench.folder.write("state/shoal.db", content);
    bench.open();
    CHECK(bench.read("org.a", "k") == "nothing");
    REQUIRE(bench.lines.lines.size() == 1);
    CHECK_THAT(bench.lines.lines[0], Catch::Contains(bench.path) && Catch::Contains("is damaged"));
    bench.write("org.a", "k", "one");
    bench.reopen();
    CHECK(bench.read("org.a", "k") == "one");
    CHECK(bench.lines.lines.size() == 1);
}

TEST_CASE("what is in the file and no plug-in could have written is passed over", "[state]")
{
    DatabaseBench bench;
    bench.write("org.a", "k", "one");
    bench.kept.reset();
    {
        const auto database = Database::open(bench.path, Database::Access::writing);
        REQUIRE(database);
        REQUIRE((*database)->run("DROP TABLE kept; CREATE TABLE kept(plugin, key, value, PRIMARY KEY(plugin, key));"
                                 "INSERT INTO kept VALUES('org.a', 'k', x'6f6e65'), ('org.a', 7, x'00'), ('org.b', 'k', 'text');"));
    }
    bench.open();
    CHECK(bench.read("org.a", "k") == "one");
    CHECK(bench.read("org.a", "7") == "nothing");
    CHECK(bench.read("org.b", "k") == "nothing");
    CHECK(bench.lines.lines.empty());
}

TEST_CASE("several processes keep values in one file at once, and of each value the last stays", "[state]")
{
    DatabaseBench bench;
    KeptDatabase other(bench.loop, bench.workers, bench.path, host::Log(bench.lines));
    bench.write("org.a", "ours", "one");
    bench.write("org.a", "both", "first");
    REQUIRE(bench.kept->save());
    REQUIRE(other.values().write("org.a", "theirs", as_bytes("two")));
    REQUIRE(other.values().write("org.a", "both", as_bytes("last")));
    REQUIRE(other.save());
    bench.reopen();
    CHECK(bench.read("org.a", "ours") == "one");
    CHECK(bench.read("org.a", "theirs") == "two");
    CHECK(bench.read("org.a", "both") == "last");
    CHECK(bench.lines.lines.empty());
}

TEST_CASE("values are kept beside a library that has the file, and both see them in the next run", "[state]")
{
    state::test::LibraryBench daemon;
    DatabaseBench bench(daemon.path);
    REQUIRE(daemon.library->kept().write("org.a", "of the daemon", as_bytes("one")));
    bench.write("org.a", "of the other", "two");
    CHECK(bench.kept->save());
    daemon.reopen();
    bench.reopen();
    CHECK(bench.read("org.a", "of the daemon") == "one");
    const auto* value = daemon.library->kept().find("org.a", "of the other");
    REQUIRE(value != nullptr);
    CHECK(as_text(*value) == "two");
    CHECK(bench.lines.lines.empty());
    CHECK(daemon.lines.lines.empty());
}

TEST_CASE("a damaged file that a library has is left to it", "[state]")
{
    state::test::LibraryBench daemon;
    daemon.library.reset();
    daemon.folder.write("state/shoal.db", "garbage");
    const auto lock = state::ProcessLock::take(daemon.path);
    REQUIRE(lock);
    DatabaseBench bench(daemon.path);
    REQUIRE(bench.lines.lines.size() == 1);
    CHECK_THAT(bench.lines.lines[0], Catch::Contains("is in use by process " + std::to_string(::getpid())));
    CHECK(daemon.folder.read("state/shoal.db") == "garbage");
    bench.write("org.a", "k", "one");
    CHECK(bench.read("org.a", "k") == "one");
    CHECK_FALSE(bench.kept->save());
    CHECK(daemon.folder.read("state/shoal.db") == "garbage");
}

TEST_CASE("a file from a later version is not touched, and said", "[state]")
{
    DatabaseBench bench;
    bench.write("org.a", "k", "one");
    REQUIRE(bench.kept->save());
    bench.kept.reset();
    {
        const auto database = Database::open(bench.path, Database::Access::writing);
        REQUIRE(database);
        REQUIRE((*database)->run("PRAGMA user_version = 99"));
    }
    bench.open();
    CHECK(bench.read("org.a", "k") == "nothing");
    REQUIRE(bench.lines.lines.size() == 1);
    CHECK_THAT(bench.lines.lines[0], Catch::Contains(bench.path) && Catch::Contains("later version"));
    bench.write("org.a", "k", "two");
    const auto saved = bench.kept->save();
    REQUIRE_FALSE(saved);
    CHECK(saved.error().code == Errc::unsupported);
    CHECK(bench.on_disk("org.a", "k") == "one");
}

TEST_CASE("a file that was taken away meanwhile is made anew, and what is written from then on is in it", "[state]")
{
    DatabaseBench bench;
    bench.write("org.a", "k", "one");
    REQUIRE(bench.kept->save());
    std::filesystem::remove_all(bench.folder / "state");
    bench.write("org.a", "k", "two");
    CHECK(bench.kept->save());
    CHECK(bench.on_disk("org.a", "k") == "two");
}

TEST_CASE("all plug-ins together keep no more than can be read again", "[state]")
{
    DatabaseBench bench;
    const Bytes most((16u << 20) - 100);
    for (const auto* plugin : {"org.a", "org.b", "org.c"}) CHECK(bench.kept->values().write(plugin, "1", most));
    const auto full = bench.kept->values().write("org.d", "1", most);
    REQUIRE_FALSE(full);
    CHECK(full.error().code == Errc::limit_exceeded);
    CHECK(bench.kept->values().write("org.d", "1", Bytes(1u << 20)));
    bench.reopen();
    CHECK(bench.kept->values().find("org.c", "1") != nullptr);
    CHECK(bench.lines.lines.empty());
}

TEST_CASE("what could not be written is tried again half a minute later", "[state]")
{
    DatabaseBench bench;
    bench.folder.write("state", "a file where the folder should be");
    bench.write("org.a", "k", "one");
    bench.loop.advance(61s);
    bench.workers.run_next(bench.loop);
    CHECK(bench.lines.lines.size() == 1);
    std::filesystem::remove(bench.folder / "state");
    bench.loop.advance(31s);
    REQUIRE(bench.workers.jobs.size() == 1);
    bench.workers.run_next(bench.loop);
    CHECK(bench.on_disk("org.a", "k") == "one");
}

TEST_CASE("a plug-in keeps at most 16 MiB, keys included, and others are not the worse for it", "[state]")
{
    DatabaseBench bench;
    const Bytes half((8u << 20) - 1);
    CHECK(bench.kept->values().write("org.a", "1", half));
    CHECK(bench.kept->values().write("org.a", "2", half));
    const auto full = bench.kept->values().write("org.a", "3", {});
    REQUIRE_FALSE(full);
    CHECK(full.error().code == Errc::limit_exceeded);
    CHECK_THAT(full.error().text, Catch::Contains("org.a"));
    CHECK(bench.kept->values().find("org.a", "3") == nullptr);
    CHECK(bench.kept->values().write("org.a", "1", half));  // in place of what was there
    CHECK(bench.kept->values().write("org.b", "1", half));
    bench.kept->values().erase("org.a", "2");
    CHECK(bench.kept->values().write("org.a", "3", {}));
    bench.reopen();
    REQUIRE(bench.kept->values().find("org.a", "1") != nullptr);
    CHECK(bench.kept->values().find("org.a", "1")->size() == half.size());
}

TEST_CASE("a folder that cannot be written is said, with the file's name, and nothing is lost while the process lives", "[state]")
{
    DatabaseBench bench;
    std::filesystem::permissions(bench.folder.path(), std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
    bench.write("org.a", "k", "one");
    const shoal::test::AsNobody nobody;
    SECTION("when it is asked to save")
    {
        const auto saved = bench.kept->save();
        REQUIRE_FALSE(saved);
        CHECK(saved.error().code == Errc::permission_denied);
        CHECK_THAT(saved.error().text, Catch::Contains(bench.folder / "state") && Catch::Contains("cannot create"));
    }
    SECTION("a minute later")
    {
        bench.loop.advance(61s);
        bench.workers.run_next(bench.loop);
        REQUIRE(bench.lines.lines.size() == 1);
        CHECK_THAT(bench.lines.lines[0], Catch::Contains(bench.folder / "state") && Catch::Contains("cannot create"));
    }
    SECTION("at the end")
    {
        bench.kept.reset();
        REQUIRE_FALSE(bench.lines.lines.empty());
        CHECK_THAT(bench.lines.lines.back(), Catch::Contains("cannot create") && Catch::Contains("changes that are lost: 1"));
        bench.open();
        return;
    }
    CHECK(bench.read("org.a", "k") == "one");
}

TEST_CASE("without a path what is kept lasts as long as the process", "[state]")
{
    DatabaseBench bench("");
    bench.write("org.a", "k", "one");
    CHECK(bench.read("org.a", "k") == "one");
    CHECK(bench.kept->save());
    bench.loop.advance(1h);
    CHECK(bench.workers.jobs.empty());
    bench.reopen();
    CHECK(bench.read("org.a", "k") == "nothing");
    CHECK(bench.lines.lines.empty());
}
