// A disk that takes nothing, for a while or for ever.
#include "support/as_nobody.hpp"
#include "support/cannot_run.hpp"
#include "unit/state/library_bench.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <csignal>
#include <filesystem>

#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace shoal;
using namespace std::chrono_literals;
using namespace shoal::state;
using namespace shoal::state::test;
namespace fs = std::filesystem;

namespace {

// Files of this process end here, while it lives.
class FileLimit {
public:
    explicit FileLimit(rlim_t octets)
    {
        ::signal(SIGXFSZ, SIG_IGN);
        ::getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit limited{octets, before_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &limited);
    }
    ~FileLimit()
    {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        ::signal(SIGXFSZ, SIG_DFL);
    }

private:
    rlimit before_{};
};

Bytes large()
{
    return octets_of(std::string(600'000, 'x'));
}

// On a file system of 256 KiB that grows meanwhile. 0: all went as it should; 77: this process may not mount one.
int fill_and_grow(const std::string& at)
{
    if (::geteuid() != 0 || ::unshare(CLONE_NEWNS) != 0) return 77;
    if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return 77;
    if (::mount("tmpfs", at.c_str(), "tmpfs", 0, "size=256k") != 0) return 77;
    LibraryBench bench;
    bench.library.reset();
    bench.path = at + "/state/shoal.db";
    auto opened = bench.try_open();
    if (!opened) return 1;
    bench.library = std::move(*opened);
    Told told;
    bench.library->put(record_of(1), {});
    bench.library->put_metainfo(hash_of(1), large(), told.hear());
    bench.work();
    if (told.times() != 1 || told.error().code != Errc::disk_full) return 2;
    if (::mount("none", at.c_str(), "tmpfs", MS_REMOUNT, "size=8m") != 0) return 77;
    bench.loop.advance(31s);
    bench.work();
    bench.library.reset();
    opened = bench.try_open();
    if (!opened) return 3;
    bench.library = std::move(*opened);
    return bench.library->torrents().size() == 1 && !bench.library->damage() && bench.metainfo(hash_of(1)) ? 0 : 4;
}

}  // namespace

TEST_CASE("a full disk is told, nothing is lost in memory, and all is written once there is room", "[state]")
{
    LibraryBench bench;
    bench.library->put(record_of(1), {});
    bench.work();
    Told metainfo;
    Told record;
    {
        const FileLimit limit(100'000);
        bench.library->put_metainfo(hash_of(1), large(), metainfo.hear());
        bench.work();
        REQUIRE(metainfo.times() == 1);
        INFO(metainfo.error().text);
        CHECK(metainfo.error().code == Errc::disk_full);
        CHECK_THAT(metainfo.error().text, Catch::StartsWith("cannot write " + bench.path));
        bench.library->put(record_of(2), record.hear());
        bench.work();
        REQUIRE(record.times() == 1);
        CHECK(record.error().code == Errc::disk_full);
        REQUIRE(bench.lines.lines.size() == 1);
        CHECK_THAT(bench.lines.lines[0], Catch::Contains("kept in memory and tried again"));
        CHECK(bench.metainfo(hash_of(1)).value() == large());
        bench.loop.advance(10min);  // tried again and again, and nobody is told again
        bench.work();
        CHECK(bench.lines.lines.size() == 1);
    }
    bench.loop.advance(31s);
    bench.work();
    CHECK(bench.lines.lines.size() == 2);
    CHECK(metainfo.times() == 1);
    CHECK(record.times() == 1);
    bench.reopen();
    CHECK_FALSE(bench.library->damage());
    CHECK(bench.library->torrents().size() == 2);
    CHECK(bench.metainfo(hash_of(1)).value() == large());
}

TEST_CASE("on a file system that is full the same is true", "[state]")
{
    const shoal::test::TemporaryFolder folder;
    const auto child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) ::_exit(fill_and_grow(folder.path()));
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77) return shoal::test::cannot_run("there is no right to mount a small file system");
    CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("what is never written is told at the end, with how much it is", "[state]")
{
    LibraryBench bench;
    Told told;
    {
        const FileLimit limit(60'000);
        bench.library->put(record_of(1), {});
        bench.library->put_metainfo(hash_of(1), large(), told.hear());
        bench.library.reset();
    }
    REQUIRE(told.times() == 1);
    CHECK(told.error().code == Errc::disk_full);
    REQUIRE_FALSE(bench.lines.lines.empty());
    CHECK_THAT(bench.lines.lines.back(), Catch::Contains("changes that are lost: 2"));
}

TEST_CASE("a folder that may not be written is refused, with its name", "[state]")
{
    LibraryBench bench;
    bench.library.reset();
    const bool is_new = GENERATE(true, false);
    if (is_new) {
        fs::remove_all(bench.folder / "state");
        fs::create_directory(bench.folder / "state");
    }
    for (const auto& entry : fs::directory_iterator(bench.folder / "state")) fs::permissions(entry, fs::perms::owner_read);
    fs::permissions(bench.folder / "state", fs::perms::owner_read | fs::perms::owner_exec);
    {
        const shoal::test::AsNobody nobody;
        const auto opened = bench.try_open();
        REQUIRE_FALSE(opened);
        CHECK(opened.error().code == Errc::permission_denied);
        CHECK_THAT(opened.error().text, Catch::Contains(bench.folder / "state"));
    }
    fs::permissions(bench.folder / "state", fs::perms::owner_all);
}

TEST_CASE("a database that is taken away while it is in use is an error until it is back, and then nothing is missing", "[state]")
{
    LibraryBench bench;
    bench.library->put(record_of(1), {});
    bench.work();
    fs::rename(bench.folder / "state", bench.folder / "elsewhere");
    Told told;
    bench.library->put(record_of(2), told.hear());
    bench.work();
    REQUIRE(told.times() == 1);
    CHECK(told.error().code == Errc::io_error);
    CHECK_THAT(told.error().text, Catch::Contains("taken away") && Catch::Contains(bench.path));
    fs::rename(bench.folder / "elsewhere", bench.folder / "state");
    bench.loop.advance(31s);
    bench.work();
    bench.reopen();
    CHECK(bench.library->torrents().size() == 2);
}

TEST_CASE("only its owner may read which torrents there are", "[state]")
{
    LibraryBench bench;
    bench.library->put(record_of(1), {});
    bench.work();
    constexpr auto of_others = fs::perms::group_all | fs::perms::others_all;
    CHECK((fs::status(bench.folder / "state").permissions() & of_others) == fs::perms::none);
    std::size_t count = 0;
    for (const auto& entry : fs::directory_iterator(bench.folder / "state")) {
        INFO(entry.path());
        CHECK((entry.status().permissions() & of_others) == fs::perms::none);
        ++count;
    }
    CHECK(count == 4);  // the database, its log and index, the lock
}
