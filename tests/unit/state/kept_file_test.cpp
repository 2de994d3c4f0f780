#include "support/as_nobody.hpp"
#include "support/temporary_folder.hpp"
#include "unit/host/fake_environment.hpp"

#include "state/kept_file.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

using namespace shoal;
using namespace std::chrono_literals;
using state::KeptFile;

namespace {

struct Lines final : host::LogSink {
    bool wants(host::LogLevel) const noexcept override { return true; }
    void write(host::LogLevel, std::string_view line) noexcept override { lines.emplace_back(line); }
    std::vector<std::string> lines;
};

struct Bench {
    explicit Bench(std::string where) : path(std::move(where)) { open(); }
    Bench() : Bench("") { open(folder / "state/plugins.kept"); }

    void open() { kept.emplace(loop, workers, path, host::Log(lines)); }
    void open(std::string where)
    {
        path = std::move(where);
        open();
    }
    // The process ends, and another begins.
    void reopen()
    {
        kept.reset();
        open();
    }

    // What is kept, or "nothing".
    std::string read(const std::string& plugin, std::string_view key)
    {
        const auto* value = kept->find(plugin, key);
        return value == nullptr ? "nothing" : std::string(as_text(*value));
    }
    void write(const std::string& plugin, std::string_view key, std::string_view value)
    {
        REQUIRE(kept->write(plugin, key, as_bytes(value)));
    }
    bool exists() const { return std::filesystem::exists(path); }

    test::TemporaryFolder folder;
    std::string path;
    Lines lines;
    host::test::FakeLoop loop;
    host::test::FakeWorkers workers;
    std::optional<KeptFile> kept;
};

}  // namespace

TEST_CASE("what plug-ins keep is there in the next run, each under its own name", "[state]")
{
    Bench bench;
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
    Bench bench;
    bench.write("org.a", "k", "one");
    bench.write("org.a", "other", "two");
    bench.reopen();
    bench.kept->erase("org.a", "k");
    bench.kept->erase("org.a", "k");
    bench.kept->erase("org.nobody", "k");
    CHECK(bench.read("org.a", "k") == "nothing");
    bench.reopen();
    CHECK(bench.read("org.a", "k") == "nothing");
    CHECK(bench.read("org.a", "other") == "two");
}

TEST_CASE("a change is written a minute later, once, by a worker", "[state]")
{
    Bench bench;
    bench.write("org.a", "k", "one");
    bench.loop.advance(59s);
    bench.write("org.a", "k", "two");
    CHECK(bench.workers.jobs.empty());
    bench.loop.advance(2s);
    REQUIRE(bench.workers.jobs.size() == 1);
    CHECK_FALSE(bench.exists());
    bench.workers.run_next(bench.loop);
    CHECK(bench.exists());
    CHECK(bench.folder.read("state/plugins.kept") == "d5:org.ad1:k3:twoee");
    CHECK_FALSE(std::filesystem::exists(bench.path + ".part"));
    bench.loop.advance(1h);
    CHECK(bench.workers.jobs.empty());
    bench.write("org.a", "k", "three");
    bench.loop.advance(61s);
    CHECK(bench.workers.jobs.size() == 1);
}

TEST_CASE("a worker that comes late does not undo what was written at the end", "[state]")
{
    Bench bench;
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
    Bench bench;
    bench.kept->erase("org.a", "k");
    bench.loop.advance(1h);
    CHECK(bench.workers.jobs.empty());
    CHECK(bench.kept->save());
    bench.reopen();
    CHECK_FALSE(bench.exists());
}

TEST_CASE("a damaged file is set aside and said, and plug-ins begin anew", "[state]")
{
    Bench bench;
    bench.kept.reset();
    const auto content = GENERATE(std::string(), std::string("d5:org.a"), std::string("4:text"), std::string("dee"));
    bench.folder.write("state/plugins.kept", content);
    bench.open();
    CHECK(bench.read("org.a", "k") == "nothing");
    CHECK_FALSE(bench.exists());
    CHECK(bench.folder.read("state/plugins.kept.damaged") == content);
    REQUIRE(bench.lines.lines.size() == 1);
    CHECK_THAT(bench.lines.lines[0], Catch::Contains(bench.path) && Catch::Contains("damaged and was set aside"));
    bench.write("org.a", "k", "one");
    bench.reopen();
    CHECK(bench.read("org.a", "k") == "one");
}

TEST_CASE("a file larger than can be right is set aside unread", "[state]")
{
    Bench bench;
    bench.kept.reset();
    bench.folder.write("state/plugins.kept", "d5:org.ad1:k3:oneee");
    std::filesystem::resize_file(bench.path, (64u << 20) + 1);
    bench.open();
    CHECK(bench.read("org.a", "k") == "nothing");
    CHECK_FALSE(bench.exists());
    CHECK(bench.lines.lines.size() == 1);
}

TEST_CASE("what is in the file and no plug-in could have written is passed over", "[state]")
{
    Bench bench;
    bench.kept.reset();
    bench.folder.write("state/plugins.kept", "d5:org.ad1:ai7e1:k3:onee5:org.bi1ee");
    bench.open();
    CHECK(bench.read("org.a", "k") == "one");
    CHECK(bench.read("org.a", "a") == "nothing");
    CHECK(bench.read("org.b", "k") == "nothing");
    CHECK(bench.lines.lines.empty());
}

TEST_CASE("all plug-ins together keep no more than can be read again", "[state]")
{
    Bench bench;
    const Bytes most((16u << 20) - 100);
    for (const auto* plugin : {"org.a", "org.b", "org.c"}) CHECK(bench.kept->write(plugin, "1", most));
    const auto full = bench.kept->write("org.d", "1", most);
    REQUIRE_FALSE(full);
    CHECK(full.error().code == Errc::limit_exceeded);
    CHECK(bench.kept->write("org.d", "1", Bytes(1u << 20)));
    bench.reopen();
    CHECK(bench.kept->find("org.c", "1") != nullptr);
    CHECK(bench.lines.lines.empty());
}

TEST_CASE("what could not be written is tried again a minute later", "[state]")
{
    Bench bench;
    bench.folder.write("state", "a file where the folder should be");
    bench.write("org.a", "k", "one");
    bench.loop.advance(61s);
    bench.workers.run_next(bench.loop);
    CHECK(bench.lines.lines.size() == 1);
    std::filesystem::remove(bench.folder / "state");
    bench.loop.advance(61s);
    REQUIRE(bench.workers.jobs.size() == 1);
    bench.workers.run_next(bench.loop);
    CHECK(bench.folder.read("state/plugins.kept") == "d5:org.ad1:k3:oneee");
}

TEST_CASE("a plug-in keeps at most 16 MiB, keys included, and others are not the worse for it", "[state]")
{
    Bench bench;
    const Bytes half((8u << 20) - 1);
    CHECK(bench.kept->write("org.a", "1", half));
    CHECK(bench.kept->write("org.a", "2", half));
    const auto full = bench.kept->write("org.a", "3", {});
    REQUIRE_FALSE(full);
    CHECK(full.error().code == Errc::limit_exceeded);
    CHECK_THAT(full.error().text, Catch::Contains("org.a"));
    CHECK(bench.kept->find("org.a", "3") == nullptr);
    CHECK(bench.kept->write("org.a", "1", half));  // in place of what was there
    CHECK(bench.kept->write("org.b", "1", half));
    bench.kept->erase("org.a", "2");
    CHECK(bench.kept->write("org.a", "3", {}));
    bench.reopen();
    REQUIRE(bench.kept->find("org.a", "1") != nullptr);
    CHECK(bench.kept->find("org.a", "1")->size() == half.size());
}

TEST_CASE("a folder that cannot be written is said, with the file's name, and nothing is lost while the process lives", "[state]")
{
    Bench bench;
    std::filesystem::permissions(bench.folder.path(), std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
    bench.write("org.a", "k", "one");
    const test::AsNobody nobody;
    SECTION("when it is asked to save")
    {
        const auto saved = bench.kept->save();
        REQUIRE_FALSE(saved);
        CHECK(saved.error().code == Errc::io_error);
        CHECK_THAT(saved.error().text, Catch::Contains(bench.path) && Catch::Contains("cannot write"));
    }
    SECTION("a minute later")
    {
        bench.loop.advance(61s);
        bench.workers.run_next(bench.loop);
        REQUIRE(bench.lines.lines.size() == 1);
        CHECK_THAT(bench.lines.lines[0], Catch::Contains(bench.path) && Catch::Contains("cannot write"));
    }
    SECTION("at the end")
    {
        bench.kept.reset();
        REQUIRE(bench.lines.lines.size() == 1);
        CHECK_THAT(bench.lines.lines[0], Catch::Contains("cannot write"));
        bench.open();
        return;
    }
    CHECK(bench.read("org.a", "k") == "one");
}

TEST_CASE("without a path what is kept lasts as long as the process", "[state]")
{
    Bench bench("");
    bench.write("org.a", "k", "one");
    CHECK(bench.read("org.a", "k") == "one");
    CHECK(bench.kept->save());
    bench.loop.advance(1h);
    CHECK(bench.workers.jobs.empty());
    bench.reopen();
    CHECK(bench.read("org.a", "k") == "nothing");
    CHECK(bench.lines.lines.empty());
}
