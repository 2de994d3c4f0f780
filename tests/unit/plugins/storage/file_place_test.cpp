// Files that get another folder, another name, or none.
#include "disk_fixture.hpp"
#include "support/cannot_run.hpp"

#include <shoal/sha1.hpp>

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace shoal;
using namespace shoal::file_storage;
using namespace shoal::file_storage::test;
using shoal::test::cannot_run;
using shoal::test::TemporaryFolder;
namespace fs = std::filesystem;

namespace {

const std::vector<TrialFile> shelf{{"books/a", 10}, {"books/sub/b", 20}, {"books/c", 5}};

// Hears how far a move is, and ends it after so many reports.
struct Watch {
    explicit Watch(int reports = 1'000'000) : left(reports) {}

    static std::int32_t report(void* context, std::uint64_t done, std::uint64_t total)
    {
        auto& watch = *static_cast<Watch*>(context);
        watch.done = done;
        watch.total = total;
        return watch.left-- > 0 ? 1 : 0;
    }
    Result<void> move(FileStorage& storage, const std::string& folder)
    {
        return storage.move(folder, MoveProgress(raw));
    }

    int left;
    std::uint64_t done = 0;
    std::uint64_t total = 0;
    shoal_move_progress raw{sizeof raw, 0, this, &report};
};

// One finished, one begun, one untouched.
void fill(FileStorage& storage, const std::string& folder)
{
    succeeds(open(storage, folder, shelf));
    succeeds(write(storage, 0, 0, "0123456789"));
    succeeds(storage.finish(0));
    succeeds(write(storage, 1, 5, "begun"));
}

std::string place_elsewhere(const TemporaryFolder&)
{
    return "/dev/shm/shoal-place-" + std::to_string(::getpid());
}

bool is_elsewhere(const TemporaryFolder& folder)
{
    struct stat here {};
    struct stat there {};
    return ::stat(folder.path().c_str(), &here) == 0 && ::stat("/dev/shm", &there) == 0 && here.st_dev != there.st_dev
           && ::access("/dev/shm", W_OK) == 0;
}

// A folder on another file system than the temporary one, for as long as the test runs.
struct Elsewhere {
    explicit Elsewhere(const TemporaryFolder& folder) : path(place_elsewhere(folder)), is_there(is_elsewhere(folder)) {}
    ~Elsewhere()
    {
        std::error_code ignored;
        fs::remove_all(path, ignored);
    }
    std::string read(const std::string& name) const
    {
        std::ifstream file(path + "/" + name, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    std::string path;
    bool is_there;
};

std::size_t entries(const std::string& path)
{
    if (!fs::exists(path)) return 0;
    const fs::recursive_directory_iterator all(path);
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

} // namespace

// ---- another folder

TEST_CASE("a move takes files as they are, and folders that are empty then", "[storage][file][place]")
{
    const TemporaryFolder folder;
    FileStorage storage({});
    fill(storage, folder / "in");
    folder.write("in/books/mine", "of the user");
    Watch watch;
    succeeds(watch.move(storage, folder / "out/side"));
    CHECK(folder.read("out/side/books/a") == "0123456789");
    CHECK(folder.read("out/side/books/sub/b.part") == std::string("\0\0\0\0\0begun", 10));
    CHECK_FALSE(folder.has("in/books/sub"));
    CHECK(folder.read("in/books/mine") == "of the user");
    CHECK(watch.done == 20);
    CHECK(watch.total == 20);
    succeeds(write(storage, 1, 0, "12345"));
    CHECK(*read(storage, 1, 0, 20) == "12345begun");
    succeeds(storage.flush());
    succeeds(write(storage, 2, 0, "there"));
    CHECK(folder.has("out/side/books/c.part"));
}

TEST_CASE("a move to another file system copies, compares, and only then removes", "[storage][file][place]")
{
    const TemporaryFolder folder;
    const Elsewhere elsewhere(folder);
    if (!elsewhere.is_there) return cannot_run("/dev/shm is no other file system");
    FileStorage storage({});
    fill(storage, folder / "in");
    const int lent = *storage.locate(0);
    Watch watch;
    succeeds(watch.move(storage, elsewhere.path));
    CHECK(elsewhere.read("books/a") == "0123456789");
    CHECK(elsewhere.read("books/sub/b.part") == std::string("\0\0\0\0\0begun", 10));
    CHECK(entries(folder / "in") == 0);
    CHECK(entries(elsewhere.path) == 4); // two folders, two files
    CHECK(watch.done == 20);
    std::string seen(10, '?');
    CHECK(::pread(lent, seen.data(), seen.size(), 0) == 10); // what is being sent is sent to its end
    CHECK(seen == "0123456789");
    CHECK(*storage.locate(0) != lent);
    succeeds(write(storage, 1, 0, "12345"));
    CHECK(elsewhere.read("books/sub/b.part") == "12345begun");
    succeeds(storage.finish(0));
}

TEST_CASE("holes are not filled by a move to another file system", "[storage][file][place]")
{
    const TemporaryFolder folder;
    const Elsewhere elsewhere(folder);
    if (!elsewhere.is_there) return cannot_run("/dev/shm is no other file system");
    FileStorage storage({});
    constexpr std::uint64_t length = std::uint64_t{1} << 33;
    succeeds(open(storage, folder / "in", {{"large", length}}));
    succeeds(write(storage, 0, length - 3, "end"));
    succeeds(write(storage, 0, 1'000'000, "middle"));
    succeeds(Watch().move(storage, elsewhere.path));
    CHECK(*storage.size(0) == length);
    CHECK(*read(storage, 0, length - 3, 10) == "end");
    CHECK(*read(storage, 0, 999'999, 8) == std::string("\0middle\0", 8));
    struct stat status {};
    REQUIRE(::stat((elsewhere.path + "/large.part").c_str(), &status) == 0);
    CHECK(status.st_blocks * 512 < 1'000'000);
}

TEST_CASE("a move that is cancelled in the middle leaves everything where it was", "[storage][file][place]")
{
    const TemporaryFolder folder;
    const Elsewhere elsewhere(folder);
    const bool is_far = GENERATE(false, true);
    if (is_far && !elsewhere.is_there) return cannot_run("/dev/shm is no other file system");
    const auto target = is_far ? elsewhere.path : folder / "out/new";
    FileStorage storage({});
    fill(storage, folder / "in");
    fails(Watch(1).move(storage, target), Errc::cancelled, "cancelled");
    CHECK(folder.read("in/books/a") == "0123456789");
    CHECK(folder.read("in/books/sub/b.part") == std::string("\0\0\0\0\0begun", 10));
    CHECK_FALSE(fs::exists(target));
    CHECK_FALSE(folder.has("out"));
    CHECK(*read(storage, 0, 0, 10) == "0123456789");
    succeeds(write(storage, 1, 0, "12345"));
}

TEST_CASE("a move never writes over a file, whether begun or finished", "[storage][file][place]")
{
    const TemporaryFolder folder;
    const auto in_the_way = GENERATE("out/books/a", "out/books/sub/b.part", "out/books/sub/b", "out/books/a.part");
    folder.write(in_the_way, "somebody's");
    FileStorage storage({});
    fill(storage, folder / "in");
    fails(Watch().move(storage, folder / "out"), Errc::io_error, in_the_way);
    CHECK(folder.read(in_the_way) == "somebody's");
    CHECK(folder.read("in/books/a") == "0123456789");
    CHECK(folder.has("in/books/sub/b.part"));
}

TEST_CASE("a move that a crash ended goes on when it is asked for again", "[storage][file][place]")
{
    const TemporaryFolder folder;
    {
        FileStorage storage({});
        fill(storage, folder / "in");
    }
    SECTION("one file was renamed already")
    {
        fs::create_directories(folder / "out/books");
        fs::rename(folder / "in/books/a", folder / "out/books/a");
        CHECK_FALSE(folder.has("in/books/a"));
    }
    SECTION("one file was copied, and not yet taken away")
    {
        folder.write("out/books/a", "0123456789");
        CHECK(folder.has("in/books/a"));
    }
    FileStorage storage({});
    succeeds(open(storage, folder / "in", shelf));
    succeeds(Watch().move(storage, folder / "out"));
    CHECK(*read(storage, 0, 0, 10) == "0123456789");
    CHECK(folder.read("out/books/sub/b.part") == std::string("\0\0\0\0\0begun", 10));
    CHECK(entries(folder / "in") == 0);
}

TEST_CASE("what an interrupted copy left is replaced", "[storage][file][place]")
{
    const TemporaryFolder folder;
    const Elsewhere elsewhere(folder);
    if (!elsewhere.is_there) return cannot_run("/dev/shm is no other file system");
    FileStorage storage({});
    fill(storage, folder / "in");
    const auto left = "books/." + Sha1::of(as_bytes("books/a")).hex().substr(0, 16) + ".moving";
    fs::create_directories(elsewhere.path + "/books");
    std::ofstream(elsewhere.path + "/" + left) << "half of it, and longer than that";
    succeeds(Watch().move(storage, elsewhere.path));
    CHECK(elsewhere.read("books/a") == "0123456789");
    CHECK(entries(elsewhere.path) == 4);
}

TEST_CASE("M18 a move does not go through links", "[storage][file][place][bad-input]")
{
    const auto resolution = GENERATE(Resolution::kernel, Resolution::stepwise);
    const TemporaryFolder folder;
    folder.write("secret/mine", "secret");
    fs::create_directories(folder / "out");
    fs::create_directory_symlink(folder / "secret", folder / "out/books");
    FileStorage storage({.resolution = resolution});
    fill(storage, folder / "in");
    fails(Watch().move(storage, folder / "out"), Errc::permission_denied, "a symbolic link is in its way");
    CHECK(entries(folder / "secret") == 1);
    CHECK(folder.read("in/books/a") == "0123456789");
}

TEST_CASE("a move to where it is changes nothing, by whatever name", "[storage][file][place]")
{
    const TemporaryFolder folder;
    FileStorage storage({});
    fill(storage, folder / "in");
    fs::create_directory_symlink(folder / "in", folder / "link");
    succeeds(Watch().move(storage, folder / "link"));
    CHECK(folder.read("in/books/a") == "0123456789");
}

TEST_CASE("reading alone moves, renames and removes nothing", "[storage][file][place]")
{
    const TemporaryFolder folder;
    folder.write("in/books/a", "0123456789");
    FileStorage storage({});
    succeeds(open(storage, folder / "in", shelf, SHOAL_STORAGE_READ_ONLY));
    fails(Watch().move(storage, folder / "out"), Errc::permission_denied, "opened for reading alone");
    fails(storage.rename(0, "x"), Errc::permission_denied, "opened for reading alone");
    fails(storage.remove(std::vector<std::uint32_t>{0}), Errc::permission_denied, "opened for reading alone");
    CHECK(folder.read("in/books/a") == "0123456789");
}

namespace {

// Two small file systems: what does not fit the second one stays on the first. 77: this process may not mount.
int move_to_full_disk(const std::string& at)
{
    if (::unshare(CLONE_NEWNS) != 0) return 77;
    if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return 77;
    if (::mount("tmpfs", at.c_str(), "tmpfs", 0, "size=256k") != 0) return 77;
    const auto small = at + "/small";
    fs::create_directory(small);
    if (::mount("tmpfs", small.c_str(), "tmpfs", 0, "size=64k") != 0) return 77;
    FileStorage storage({});
    if (!open(storage, at + "/in", {{"one", 30'000}, {"two", 100'000}})) return 1;
    if (!write(storage, 0, 0, std::string(30'000, '1')) || !write(storage, 1, 0, std::string(100'000, '2'))) return 2;
    const auto moved = Watch().move(storage, small);
    if (moved || moved.error().code != Errc::disk_full) return 3;
    if (entries(small) != 0) return 4;
    if (*read(storage, 1, 99'990, 20) != std::string(10, '2')) return 5;
    return *read(storage, 0, 0, 5) == "11111" ? 0 : 6;
}

} // namespace

TEST_CASE("a move to a disk without room leaves nothing there and everything here", "[storage][file][place]")
{
    if (::geteuid() != 0) return cannot_run("only root may mount");
    const TemporaryFolder folder;
    const auto child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) ::_exit(move_to_full_disk(folder.path()));
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77) return cannot_run("there is no right to mount a small file system");
    CHECK(WEXITSTATUS(status) == 0);
}

// ---- another name

TEST_CASE("a file keeps what it is when it gets another name", "[storage][file][place]")
{
    const TemporaryFolder folder;
    FileStorage storage({});
    fill(storage, folder / "in");
    succeeds(storage.rename(0, "shelf/one"));
    succeeds(storage.rename(1, "shelf/two"));
    CHECK(folder.read("in/shelf/one") == "0123456789");
    CHECK(folder.has("in/shelf/two.part"));
    CHECK_FALSE(folder.has("in/books"));
    succeeds(write(storage, 1, 0, "01234"));
    succeeds(write(storage, 1, 10, "0123456789"));
    succeeds(storage.finish(1));
    CHECK(folder.has("in/shelf/two"));
    succeeds(storage.flush());
}

TEST_CASE("renaming never writes over a file, not even over the one it will be", "[storage][file][place]")
{
    const TemporaryFolder folder;
    folder.write("in/books/taken", "somebody's");
    FileStorage storage({});
    fill(storage, folder / "in");
    fails(storage.rename(0, "books/taken"), Errc::io_error, "books/taken");
    fails(storage.rename(1, "books/taken"), Errc::io_error, "books/taken");
    CHECK(folder.read("in/books/taken") == "somebody's");
    CHECK(*read(storage, 0, 0, 10) == "0123456789");
}

TEST_CASE("a renaming that a crash ended is taken as done", "[storage][file][place]")
{
    const TemporaryFolder folder;
    {
        FileStorage storage({});
        fill(storage, folder / "in");
        succeeds(storage.rename(0, "books/new"));
    }
    FileStorage storage({});
    succeeds(open(storage, folder / "in", shelf));
    succeeds(storage.rename(0, "books/new"));
    CHECK(*read(storage, 0, 0, 10) == "0123456789");
}

TEST_CASE("M18 a renamed file does not get out of the folder", "[storage][file][place][bad-input]")
{
    const auto resolution = GENERATE(Resolution::kernel, Resolution::stepwise);
    const TemporaryFolder folder;
    fs::create_directories(folder / "secret");
    FileStorage storage({.resolution = resolution});
    fill(storage, folder / "in");
    fs::create_directory_symlink(folder / "secret", folder / "in/link");
    fails(storage.rename(0, "link/a"), Errc::permission_denied, "a symbolic link is in its way");
    fails(storage.rename(0, "../secret/a"), Errc::invalid_argument, "leads out of the folder");
    CHECK(entries(folder / "secret") == 0);
    CHECK(*read(storage, 0, 0, 10) == "0123456789");
}

// ---- none

TEST_CASE("what is removed are the torrent's files and its empty folders, and nothing else", "[storage][file][place]")
{
    const TemporaryFolder folder;
    FileStorage storage({});
    fill(storage, folder / "in");
    folder.write("in/books/notes", "of the user");
    folder.write("in/books/a.part", "of the user too");
    succeeds(storage.remove(std::vector<std::uint32_t>{0, 1, 2}));
    CHECK(entries(folder / "in") == 3); // books, notes, a.part
    CHECK(folder.read("in/books/notes") == "of the user");
    fs::remove(folder / "in/books/notes");
    fs::remove(folder / "in/books/a.part");
    succeeds(storage.remove(std::vector<std::uint32_t>{0, 1, 2}));
    CHECK(entries(folder / "in") == 0);
    CHECK(folder.has("in"));
}

TEST_CASE("a longer file that was there before us is not removed", "[storage][file][place]")
{
    const TemporaryFolder folder;
    folder.write("in/books/a", "0123456789 and more");
    FileStorage storage({});
    succeeds(open(storage, folder / "in", shelf));
    succeeds(storage.remove(std::vector<std::uint32_t>{0}));
    CHECK(folder.read("in/books/a") == "0123456789 and more");
}

TEST_CASE("M18 nothing is removed through a link", "[storage][file][place][bad-input]")
{
    const auto resolution = GENERATE(Resolution::kernel, Resolution::stepwise);
    const TemporaryFolder folder;
    folder.write("secret/a", "secret");
    fs::create_directories(folder / "in");
    fs::create_directory_symlink(folder / "secret", folder / "in/books");
    FileStorage storage({.resolution = resolution});
    succeeds(open(storage, folder / "in", shelf));
    fails(storage.remove(std::vector<std::uint32_t>{0}), Errc::permission_denied, "a symbolic link is in its way");
    CHECK(folder.read("secret/a") == "secret");
}
