// A process that is killed, and a machine that loses its power, at any moment.
#include "unit/state/library_bench.hpp"

#include "state/opening.hpp"

#include <shoal/random.hpp>

#include <catch2/catch.hpp>

#include <csignal>
#include <filesystem>
#include <map>
#include <sstream>
#include <string>

#include <sys/wait.h>
#include <unistd.h>

using namespace shoal;
using namespace shoal::state;
using namespace shoal::state::test;
namespace fs = std::filesystem;

namespace {

// The other process, which writes until it is killed.
class WriterProcess {
public:
    WriterProcess(const std::string& path, std::uint32_t first)
    {
        int ends[2];
        REQUIRE(::pipe(ends) == 0);
        pid_ = ::fork();
        REQUIRE(pid_ >= 0);
        if (pid_ == 0) {
            ::dup2(ends[1], STDOUT_FILENO);
            ::close(ends[0]);
            ::close(ends[1]);
            const auto from = std::to_string(first);
            ::execl(SHOAL_STATE_WRITER, SHOAL_STATE_WRITER, path.c_str(), from.c_str(), nullptr);
            ::_exit(127);
        }
        ::close(ends[1]);
        output_ = ends[0];
    }
    ~WriterProcess()
    {
        kill();
        ::close(output_);
    }

    // Until it has said so many lines.
    void read_lines(std::size_t count)
    {
        char octets[4096];
        while (static_cast<std::size_t>(std::count(said_.begin(), said_.end(), '\n')) < count) {
            const auto size = ::read(output_, octets, sizeof octets);
            REQUIRE(size > 0);
            said_.append(octets, static_cast<std::size_t>(size));
        }
    }

    // All that it ever said.
    const std::string& kill()
    {
        if (pid_ <= 0) return said_;
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        pid_ = 0;
        char octets[4096];
        for (ssize_t size = 0; (size = ::read(output_, octets, sizeof octets)) > 0;) said_.append(octets, static_cast<std::size_t>(size));
        return said_;
    }
    pid_t pid() const { return pid_; }

private:
    pid_t pid_ = 0;
    int output_ = -1;
    std::string said_;
};

struct Known {
    bool has_progress = false;
    bool may_be_gone = false;
    bool is_gone = false;
};
using Memory = std::map<std::uint32_t, Known>;

void learn(const std::string& said, Memory& memory)
{
    std::istringstream lines(said);
    std::string what;
    while (lines >> what) {
        if (what == "ready") continue;
        std::uint32_t number = 0;
        lines >> number;
        auto& known = memory[number];
        if (what == "progress") known.has_progress = true;
        if (what == "erasing") known.may_be_gone = true;
        if (what == "erased") known.is_gone = true;
    }
}

// Every write whose `done` came is there.
void check_all(LibraryBench& bench, const Memory& memory)
{
    std::map<Hash20, TorrentProgress> there;
    for (auto& [record, progress] : bench.library->torrents()) there.emplace(record.info_hash, std::move(progress));
    std::size_t wrong = 0;
    for (const auto& [number, known] : memory) {
        const auto at = there.find(hash_of(number));
        const bool is_there = at != there.end();
        if (known.is_gone ? is_there : (!is_there && !known.may_be_gone)) ++wrong;
        if (is_there && known.has_progress && at->second.have != progress_of(500, 0).have) ++wrong;
    }
    CHECK(wrong == 0);
}

}  // namespace

TEST_CASE("R4 whenever a process is killed, every write whose done came is there, and the database is whole", "[state]")
{
    LibraryBench bench;
    bench.library.reset();
    RandomStream random(20'26, 4);
    Memory memory;
    for (std::uint32_t round = 0; round < 40; ++round) {
        WriterProcess writer(bench.path, 1 + 10'000 * round);
        writer.read_lines(1 + random.below(120));
        ::usleep(static_cast<useconds_t>(random.below(4000)));
        learn(writer.kill(), memory);
        bench.open();
        CHECK_FALSE(bench.library->damage());
        check_all(bench, memory);
        for (const auto& [number, known] : memory) {
            if (known.is_gone || known.may_be_gone || number < 10'000 * round) continue;
            const auto metainfo = bench.metainfo(hash_of(number));
            CHECK((metainfo && metainfo->size() == 3000 + number % 5000));
            break;
        }
        bench.library.reset();
    }
    CHECK(memory.size() > 100);
    CHECK(bench.lines.lines.empty());
}

TEST_CASE("a library that another process has is refused with its pid, and free once that is gone", "[state]")
{
    LibraryBench bench;
    bench.library.reset();
    WriterProcess writer(bench.path, 1);
    writer.read_lines(1);
    const auto refused = bench.try_open();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::refused);
    CHECK(refused.error().text == bench.path + " is in use by process " + std::to_string(writer.pid()));
    writer.kill();
    CHECK(bench.try_open());
}

TEST_CASE("a second library in one process is refused too", "[state]")
{
    LibraryBench bench;
    const auto second = bench.try_open();
    REQUIRE_FALSE(second);
    CHECK(second.error().code == Errc::refused);
    CHECK_THAT(second.error().text, Catch::Contains(std::to_string(::getpid())));
}

TEST_CASE("R4 wherever a power cut ends what was written, the database is whole and has what was done before", "[state]")
{
    LibraryBench bench;
    for (std::uint32_t number = 1; number <= 6; ++number) {
        bench.library->put(record_of(number), {});
        bench.library->put_progress(hash_of(number), progress_of(200, 0), {});
        bench.work();
    }
    const auto database = bench.folder.read("state/shoal.db");
    const auto log = bench.folder.read("state/shoal.db-wal");
    REQUIRE(log.size() > 6 * 4096);
    const bool is_torn = GENERATE(false, true);  // what did not reach the disk is missing, or is something else
    std::size_t before = 0;
    for (std::size_t end = 0; end <= log.size(); end = end == log.size() ? end + 1 : std::min(log.size(), end + 1999)) {
        LibraryBench after;
        after.library.reset();
        after.folder.write("state/shoal.db", database);
        after.folder.write("state/shoal.db-wal", log.substr(0, end) + std::string(is_torn ? log.size() - end : 0, '\x5a'));
        after.open();
        CHECK_FALSE(after.library->damage());
        const auto count = after.library->torrents().size();
        CHECK(count >= before);
        before = count;
    }
    CHECK(before == 6);
}

TEST_CASE("what is done is on the disk, and not only on its way to it", "[state]")
{
    LibraryBench bench;
    bench.library.reset();
    const auto opened = open_owned(bench.path, false);
    REQUIRE(opened);
    CHECK(opened->database->number("PRAGMA synchronous").value_or(-1) == 2);
    CHECK(opened->database->number("PRAGMA foreign_keys").value_or(-1) == 1);
    auto mode = opened->database->prepare("PRAGMA journal_mode");
    REQUIRE(mode);
    REQUIRE(mode->step());
    CHECK(mode->text(0) == "wal");
}

TEST_CASE("R1 a new database that was cut short in its making is made again", "[state]")
{
    LibraryBench bench;
    bench.library->put(record_of(1), {});
    bench.library.reset();
    const auto whole = bench.folder.read("state/shoal.db");
    fs::remove(bench.path);
    SECTION("half made")
    {
        bench.folder.write("state/shoal.db.new", whole.substr(0, 5000));
        bench.open();
        CHECK(bench.library->torrents().empty());
    }
    SECTION("all but its name")
    {
        bench.folder.write("state/shoal.db.new", whole);
        bench.open();
        CHECK(bench.library->torrents().size() == 1);
    }
    CHECK_FALSE(bench.folder.has("state/shoal.db.new"));
    CHECK_FALSE(bench.library->damage());
}

TEST_CASE("a log of writes whose database is gone does not get into a new one", "[state]")
{
    LibraryBench bench;
    for (std::uint32_t number = 1; number <= 6; ++number) bench.library->put(record_of(number), {});
    bench.work();
    const auto log = bench.folder.read("state/shoal.db-wal");
    REQUIRE_FALSE(log.empty());
    bench.library.reset();
    fs::remove(bench.path);
    bench.folder.write("state/shoal.db-wal", log);
    bench.open();
    CHECK(bench.library->torrents().empty());
    REQUIRE(bench.library->damage());
    CHECK_THAT(bench.library->damage()->text, Catch::StartsWith("the database was lost: it is gone, but its log of writes was there; what is left of it was saved: "));
    REQUIRE(bench.lines.lines.size() == 1);
}
