// Nothing leaves the download folder: links that wait for us, and links that come while we work (M18 of the
// catalogue of bad inputs). Each is tried with the kernel's own resolution and with ours.
#include "disk_fixture.hpp"

#include <sys/stat.h>

using namespace shoal;
using namespace shoal::file_storage;
using namespace shoal::file_storage::test;
using shoal::test::TemporaryFolder;
namespace fs = std::filesystem;

namespace {

// "in" is the download folder, "out" is what must stay as it is: one file, "out/secret".
struct Trap {
    Trap()
    {
        folder.write("out/secret", "0123456789");
        fs::create_directory(folder / "in");
    }

    // Every way in has to fail, and leave no trace.
    void check_refused(FileStorage& storage, std::uint32_t file)
    {
        fails(storage.size(file), Errc::permission_denied, "a symbolic link is in its way");
        fails(read(storage, file, 0, 10), Errc::permission_denied, "a symbolic link is in its way");
        fails(write(storage, file, 0, "overwritten"), Errc::permission_denied,
              "a symbolic link is in its way");
        fails(storage.locate(file), Errc::permission_denied, "a symbolic link is in its way");
        fails(storage.finish(file), Errc::permission_denied, "a symbolic link is in its way");
        check_outside();
    }

    void check_outside() const
    {
        CHECK(folder.read("out/secret") == "0123456789");
        const fs::directory_iterator out(folder / "out");
        CHECK(std::distance(begin(out), end(out)) == 1);
    }

    TemporaryFolder folder;
};

const std::vector<TrialFile> files{{"books/a", 20}, {"books/sub/b", 20}};

} // namespace

TEST_CASE("M18 a link in place of a file is not followed", "[storage][file][bad-input]")
{
    const auto resolution = GENERATE(Resolution::kernel, Resolution::stepwise);
    const auto name = GENERATE("in/books/a", "in/books/a.part");
    const auto target = GENERATE("out/secret", "out/new", "in/books/other");
    Trap trap;
    trap.folder.write("in/books/other", "inside");
    fs::create_symlink(trap.folder / target, trap.folder / name);
    FileStorage storage({.resolution = resolution});
    succeeds(open(storage, trap.folder / "in", files));
    trap.check_refused(storage, 0);
    CHECK(trap.folder.read("in/books/other") == "inside");
}

TEST_CASE("M18 a relative link in place of a file is not followed", "[storage][file][bad-input]")
{
    const auto resolution = GENERATE(Resolution::kernel, Resolution::stepwise);
    Trap trap;
    fs::create_directory(trap.folder / "in/books");
    fs::create_symlink("../../out/secret", trap.folder / "in/books/a");
    FileStorage storage({.resolution = resolution});
    succeeds(open(storage, trap.folder / "in", files));
    trap.check_refused(storage, 0);
}

TEST_CASE("M18 a link in place of a folder is not followed", "[storage][file][bad-input]")
{
    const auto resolution = GENERATE(Resolution::kernel, Resolution::stepwise);
    Trap trap;
    FileStorage storage({.resolution = resolution});
    SECTION("the torrent's own")
    {
        fs::create_directory_symlink(trap.folder / "out", trap.folder / "in/books");
        succeeds(open(storage, trap.folder / "in", files));
        trap.check_refused(storage, 0);
        trap.check_refused(storage, 1);
    }
    SECTION("one below it")
    {
        fs::create_directory(trap.folder / "in/books");
        fs::create_directory_symlink(trap.folder / "out", trap.folder / "in/books/sub");
        succeeds(open(storage, trap.folder / "in", files));
        trap.check_refused(storage, 1);
        succeeds(write(storage, 0, 0, "fine"));
    }
    SECTION("one that leads nowhere yet")
    {
        fs::create_directory_symlink(trap.folder / "out/new", trap.folder / "in/books");
        succeeds(open(storage, trap.folder / "in", files));
        trap.check_refused(storage, 0);
    }
}

TEST_CASE("M18 an empty file is not made through a link", "[storage][file][bad-input]")
{
    const auto resolution = GENERATE(Resolution::kernel, Resolution::stepwise);
    Trap trap;
    fs::create_directory_symlink(trap.folder / "out", trap.folder / "in/books");
    fs::create_symlink(trap.folder / "out/new", trap.folder / "in/empty");
    FileStorage storage({.resolution = resolution});
    succeeds(open(storage, trap.folder / "in", {{"books/empty", 0}, {"empty", 0}}));
    for (const std::uint32_t file : {0U, 1U}) {
        fails(storage.size(file), Errc::permission_denied, "a symbolic link is in its way");
        fails(storage.finish(file), Errc::permission_denied, "a symbolic link is in its way");
    }
    trap.check_outside();
}

TEST_CASE("M18 a folder that becomes a link while it is in use is not followed", "[storage][file][bad-input]")
{
    const auto resolution = GENERATE(Resolution::kernel, Resolution::stepwise);
    Trap trap;
    trap.folder.write("out/b.part", "01234567890123456789");
    fs::rename(trap.folder / "out/b.part", trap.folder / "kept");
    FileStorage storage({.descriptors = 2, .resolution = resolution});
    succeeds(open(storage, trap.folder / "in", {{"books/sub/b", 20}, {"x", 1}, {"y", 1}, {"z", 1}}));
    succeeds(write(storage, 0, 0, "0123456789"));
    fs::rename(trap.folder / "in/books/sub", trap.folder / "in/books/was");
    fs::create_directory_symlink(trap.folder / "out", trap.folder / "in/books/sub");

    // What is still open is still the old file, wherever that is now.
    succeeds(write(storage, 0, 10, "0123456789"));
    CHECK(trap.folder.read("in/books/was/b.part") == "01234567890123456789");
    fails(storage.finish(0), Errc::permission_denied, "a symbolic link is in its way");
    trap.check_outside();

    for (const std::uint32_t file : {1U, 2U, 3U}) succeeds(write(storage, file, 0, "x"));
    trap.check_refused(storage, 0);
    fails(storage.flush(), Errc::permission_denied, "a symbolic link is in its way");
}

TEST_CASE("M18 a file that something else takes the place of is not renamed", "[storage][file][bad-input]")
{
    const auto resolution = GENERATE(Resolution::kernel, Resolution::stepwise);
    Trap trap;
    FileStorage storage({.resolution = resolution});
    succeeds(open(storage, trap.folder / "in", {{"a", 10}}));
    succeeds(write(storage, 0, 0, "9876543210"));
    fs::remove(trap.folder / "in/a.part");
    if (GENERATE(true, false)) {
        fs::create_symlink(trap.folder / "out/secret", trap.folder / "in/a.part");
    } else {
        trap.folder.write("in/a.part", "9876543210");
    }
    fails(storage.finish(0), Errc::io_error, "in/a.part: something else has taken its place");
    CHECK_FALSE(trap.folder.has("in/a"));
    trap.check_outside();
}

TEST_CASE("M18 paths that lead out of the folder are refused when it is opened", "[storage][file][bad-input]")
{
    for (const std::string path :
         {"", "/", "/etc/passwd", ".", "..", "../a", "a/..", "a/../../b", "a//b", "a/", "./a", "a/."}) {
        INFO(path);
        const TemporaryFolder folder;
        FileStorage storage({});
        fails(open(storage, folder / "in", {{"fine", 1}, {path, 1}}), Errc::invalid_argument,
              "leads out of the folder");
        CHECK_FALSE(folder.has("in"));
    }
    const TemporaryFolder folder;
    FileStorage storage({});
    fails(open(storage, folder / "in", {{std::string("a\0b", 3), 1}}), Errc::invalid_argument, "leads out");
}

TEST_CASE("the download folder itself may be a link: that was the user's choice", "[storage][file]")
{
    const auto resolution = GENERATE(Resolution::kernel, Resolution::stepwise);
    const TemporaryFolder folder;
    fs::create_directory(folder / "disk");
    fs::create_directory_symlink(folder / "disk", folder / "downloads");
    FileStorage storage({.resolution = resolution});
    succeeds(open(storage, folder / "downloads", {{"books/a", 4}}));
    succeeds(write(storage, 0, 0, "text"));
    succeeds(storage.finish(0));
    succeeds(storage.flush());
    CHECK(folder.read("disk/books/a") == "text");
}

TEST_CASE("what is no file is not opened as one, and nobody waits for it", "[storage][file][bad-input]")
{
    const auto resolution = GENERATE(Resolution::kernel, Resolution::stepwise);
    const TemporaryFolder folder;
    fs::create_directories(folder / "folder");
    REQUIRE(::mkfifo((folder / "pipe").c_str(), 0666) == 0);
    folder.write("plain", "x");
    FileStorage storage({.resolution = resolution});
    succeeds(open(storage, folder.path(), {{"folder", 5}, {"pipe", 5}, {"plain/below", 5}}));
    for (const auto& result : {write(storage, 0, 0, "x"), storage.finish(0)})
        fails(result, Errc::io_error, "folder: a folder is where");
    for (const auto& result : {write(storage, 1, 0, "x"), storage.finish(1)})
        fails(result, Errc::io_error, "pipe: it is no ordinary file");
    for (const auto& result : {write(storage, 2, 0, "x"), storage.finish(2)})
        fails(result, Errc::io_error, "a file is where a folder has to be");
    fails(storage.size(0), Errc::io_error, "a folder is where");
    fails(storage.size(1), Errc::io_error, "no ordinary file");
    fails(read(storage, 1, 0, 1), Errc::io_error, "no ordinary file");
}
