#include "disk_fixture.hpp"

#include <sys/stat.h>
#include <unistd.h>

using namespace shoal;
using namespace shoal::file_storage;
using namespace shoal::file_storage::test;
using shoal::test::TemporaryFolder;
namespace fs = std::filesystem;

namespace {

const std::vector<TrialFile> books{{"books/a", 10}, {"books/b", 10}};

} // namespace

TEST_CASE("opening makes the folder and nothing else", "[storage][file]")
{
    const TemporaryFolder folder;
    FileStorage storage({});
    succeeds(open(storage, folder / "not/there/yet", books));
    CHECK(fs::is_directory(folder / "not/there/yet"));
    CHECK(fs::is_empty(folder / "not/there/yet"));
    CHECK(*storage.size(0) == 0);
    CHECK(*read(storage, 0, 0, 10) == "");
    CHECK(fs::is_empty(folder / "not/there/yet"));
}

TEST_CASE("a file is called .part until it is finished", "[storage][file]")
{
    const TemporaryFolder folder;
    FileStorage storage({});
    succeeds(open(storage, folder.path(), books));
    succeeds(write(storage, 0, 0, "0123456789"));
    CHECK(folder.has("books/a.part"));
    CHECK_FALSE(folder.has("books/a"));
    CHECK(*storage.size(0) == 10);
    succeeds(storage.finish(0));
    CHECK_FALSE(folder.has("books/a.part"));
    CHECK(folder.read("books/a") == "0123456789");
    CHECK_FALSE(folder.has("books/b.part"));
    CHECK(*read(storage, 0, 2, 3) == "234");
}

TEST_CASE("a file is sparse", "[storage][file]")
{
    const TemporaryFolder folder;
    FileStorage storage({});
    succeeds(open(storage, folder.path(), {{"large", std::uint64_t{1} << 33}}));
    succeeds(write(storage, 0, (std::uint64_t{1} << 33) - 1, "x"));
    struct stat status {};
    REQUIRE(::stat((folder / "large.part").c_str(), &status) == 0);
    CHECK(status.st_size == std::int64_t{1} << 33);
    CHECK(status.st_blocks < 1024);
}

TEST_CASE("what has the final name already is used as it is", "[storage][file]")
{
    const TemporaryFolder folder;
    folder.write("books/a", "0123456789");
    folder.write("books/b", "01234");
    FileStorage storage({});
    succeeds(open(storage, folder.path(), books));
    CHECK(*storage.size(0) == 10);
    CHECK(*storage.size(1) == 5);
    succeeds(write(storage, 1, 5, "56789")); // another client's, half done
    succeeds(storage.finish(0));
    succeeds(storage.finish(1));
    CHECK(folder.read("books/b") == "0123456789");
    CHECK_FALSE(folder.has("books/a.part"));
    CHECK_FALSE(folder.has("books/b.part"));
}

TEST_CASE("a file of the final name that is longer than in the torrent is not written over",
          "[storage][file]")
{
    const TemporaryFolder folder;
    folder.write("books/a", "somebody's own work");
    FileStorage storage({});
    succeeds(open(storage, folder.path(), books));
    CHECK(*storage.size(0) == 19);
    CHECK(*read(storage, 0, 0, 100) == "somebody's");
    fails(write(storage, 0, 0, "x"), Errc::io_error, "it has 19 bytes, in the torrent it has 10");
    CHECK(folder.read("books/a") == "somebody's own work");
}

TEST_CASE("what lies behind the end of a verified file is cut off a .part, and is left at a file that had its name", "[storage][file]")
{
    const TemporaryFolder folder;
    folder.write("books/a", "0123456789 and more");
    folder.write("books/b.part", "0123456789 and more");
    FileStorage storage({});
    succeeds(open(storage, folder.path(), books));
    succeeds(storage.finish(0));
    succeeds(storage.finish(1));
    CHECK(folder.read("books/a") == "0123456789 and more");
    CHECK(folder.read("books/b") == "0123456789");
}

TEST_CASE("a file of which nothing is verified is read, and neither written nor moved nor renamed nor removed", "[storage][file]")
{
    const TemporaryFolder folder;
    folder.write("here/books/a", "mine");
    FileStorage storage({});
    const std::vector<TrialFile> unverified{{"books/a", 10, SHOAL_FILE_UNVERIFIED}, {"books/b", 10, SHOAL_FILE_UNVERIFIED}};
    succeeds(open(storage, folder / "here", unverified));
    CHECK(*storage.size(0) == 4);
    CHECK(*read(storage, 0, 0, 10) == "mine");
    fails(write(storage, 0, 0, "x"), Errc::io_error, "it is there already, and nothing of it is right");
    succeeds(write(storage, 1, 0, "0123456789"));
    succeeds(storage.finish(1));
    const shoal_move_progress go_on{.struct_size = sizeof(shoal_move_progress),
                                    .reserved = 0,
                                    .context = nullptr,
                                    .report = [](void*, std::uint64_t, std::uint64_t) { return 1; }};
    succeeds(storage.move(folder / "there", MoveProgress(go_on)));
    CHECK(folder.read("there/books/b") == "0123456789");
    CHECK(folder.read("here/books/a") == "mine");
    folder.write("there/books/a", "mine, too");
    succeeds(storage.rename(0, "books/c"));
    succeeds(storage.rename(0, "books/a"));
    CHECK(folder.read("there/books/a") == "mine, too");
    const std::vector<std::uint32_t> all{0, 1};
    succeeds(storage.remove(all));
    CHECK(folder.read("there/books/a") == "mine, too");
    CHECK_FALSE(folder.has("there/books/b"));
    // When it is known to be right it is the torrent's.
    storage.close();
    succeeds(open(storage, folder / "there", books));
    succeeds(write(storage, 0, 0, "0123456789"));
    CHECK(folder.read("there/books/a") == "0123456789");
}

TEST_CASE("where a file and its .part are both there the .part is the torrent's", "[storage][file]")
{
    const TemporaryFolder folder;
    folder.write("books/a", "mine");
    folder.write("books/a.part", "01234");
    FileStorage storage({});
    succeeds(open(storage, folder.path(), books));
    CHECK(*storage.size(0) == 5);
    succeeds(write(storage, 0, 5, "56789"));
    fails(storage.finish(0), Errc::io_error, "it has appeared while");
    CHECK(folder.read("books/a") == "mine");
    CHECK(folder.read("books/a.part") == "0123456789");
}

TEST_CASE("a file that is too short, or not there, is not finished", "[storage][file]")
{
    const TemporaryFolder folder;
    folder.write("books/a", "short");
    FileStorage storage({});
    succeeds(open(storage, folder.path(), books));
    fails(storage.finish(0), Errc::io_error, "it has 5 bytes");
    fails(storage.finish(1), Errc::not_found, "books/b: No such file");
}

TEST_CASE("a finished file does not replace one that appeared meanwhile", "[storage][file]")
{
    const TemporaryFolder folder;
    FileStorage storage({});
    succeeds(open(storage, folder.path(), books));
    succeeds(write(storage, 0, 0, "0123456789"));
    folder.write("books/a", "new");
    fails(storage.finish(0), Errc::io_error, "books/a: it has appeared while books/a.part was being fetched");
    CHECK(folder.read("books/a") == "new");
    CHECK(folder.read("books/a.part") == "0123456789");
}

TEST_CASE("an empty file is made when it is finished, and never emptied", "[storage][file]")
{
    const TemporaryFolder folder;
    folder.write("deep/full", "content");
    FileStorage storage({});
    succeeds(open(storage, folder.path(), {{"deep/er/empty", 0}, {"deep/full", 0}}));
    succeeds(storage.finish(0));
    CHECK(folder.has("deep/er/empty"));
    CHECK(folder.read("deep/er/empty").empty());
    succeeds(storage.finish(0));
    fails(storage.finish(1), Errc::io_error, "it has 7 bytes, in the torrent it has 0");
    CHECK(folder.read("deep/full") == "content");
}

TEST_CASE("a download goes on where it was left", "[storage][file]")
{
    const TemporaryFolder folder;
    {
        FileStorage storage({});
        succeeds(open(storage, folder.path(), books));
        succeeds(write(storage, 0, 0, "01234"));
        storage.close();
    }
    FileStorage storage({});
    succeeds(open(storage, folder.path(), books));
    CHECK(*storage.size(0) == 5);
    succeeds(write(storage, 0, 5, "56789"));
    succeeds(storage.finish(0));
    CHECK(folder.read("books/a") == "0123456789");
}

TEST_CASE("opened for reading alone it makes, renames and changes nothing", "[storage][file]")
{
    const TemporaryFolder folder;
    folder.write("books/a", "0123456789");
    folder.write("books/b.part", "01234");
    FileStorage storage({});
    succeeds(open(storage, folder.path(), books, SHOAL_STORAGE_READ_ONLY));
    CHECK(*read(storage, 0, 0, 10) == "0123456789");
    CHECK(*read(storage, 1, 0, 10) == "01234");
    fails(write(storage, 0, 0, "x"), Errc::permission_denied, "books/a: opened for reading alone");
    succeeds(storage.finish(1));
    succeeds(storage.flush());
    CHECK(folder.has("books/b.part"));
    FileStorage absent({});
    fails(open(absent, folder / "absent", books, SHOAL_STORAGE_READ_ONLY), Errc::not_found,
          "absent: No such file");
    CHECK_FALSE(folder.has("absent"));
}

TEST_CASE("a write of many parts is one after the other, empty ones between", "[storage][file]")
{
    const TemporaryFolder folder;
    FileStorage storage({});
    succeeds(open(storage, folder.path(), {{"a", 100'000}}));
    const auto text = shoal::testing::pattern(90'000, 1);
    std::vector<shoal_part> parts;
    for (std::size_t at = 0; at < text.size(); at += 300) {
        parts.push_back({text.data() + at, 300});
        if (at % 4 == 0) parts.push_back({nullptr, 0});
    }
    succeeds(storage.write(0, 5, WriteParts(parts)));
    CHECK(*read(storage, 0, 5, text.size()) == text);
}

TEST_CASE("numbers and offsets that the torrent does not have are refused", "[storage][file]")
{
    const TemporaryFolder folder;
    FileStorage storage({});
    succeeds(open(storage, folder.path(), {{"a", 10}, {"", 5, SHOAL_FILE_PADDING}}));
    for (const std::uint32_t file : {1U, 2U, UINT32_MAX}) {
        fails(storage.size(file), Errc::invalid_argument, "no file");
        fails(read(storage, file, 0, 1), Errc::invalid_argument, "no file");
        fails(write(storage, file, 0, "x"), Errc::invalid_argument, "no file");
        fails(storage.locate(file), Errc::invalid_argument, "no file");
        fails(storage.finish(file), Errc::invalid_argument, "no file");
    }
    fails(write(storage, 0, 10, "x"), Errc::invalid_argument, "past the end");
    fails(write(storage, 0, UINT64_MAX, "x"), Errc::invalid_argument, "past the end");
    succeeds(write(storage, 0, 10, ""));
    CHECK(fs::is_empty(folder.path()));
}

TEST_CASE("no more descriptors are open than the setting says", "[storage][file]")
{
    const TemporaryFolder folder;
    const auto before = open_descriptors();
    std::vector<TrialFile> files;
    for (int i = 0; i < 100; ++i) files.push_back({"many/" + std::to_string(i), 10});
    FileStorage storage({.descriptors = 10});
    succeeds(open(storage, folder.path(), files));
    std::size_t lent = 0;
    for (std::uint32_t i = 0; i < 100; ++i) {
        succeeds(write(storage, i, 0, "0123456789"));
        if (storage.locate(i)) ++lent;
    }
    CHECK(lent == 5);
    CHECK(open_descriptors() <= before + 11); // and the folder's
    succeeds(storage.flush());
    storage.close();
    CHECK(open_descriptors() == before);
}

TEST_CASE("a located descriptor outlives other files, writing, renaming and flushing", "[storage][file]")
{
    const TemporaryFolder folder;
    std::vector<TrialFile> files;
    for (int i = 0; i < 50; ++i) files.push_back({"many/" + std::to_string(i), 10});
    FileStorage storage({.descriptors = 4});
    succeeds(open(storage, folder.path(), files));
    fails(storage.locate(0), Errc::unsupported, "not there yet");
    succeeds(write(storage, 0, 0, "01234"));
    const auto located = storage.locate(0);
    REQUIRE(located);
    for (std::uint32_t i = 1; i < 50; ++i) succeeds(write(storage, i, 0, "x"));
    succeeds(write(storage, 0, 5, "56789"));
    succeeds(storage.finish(0));
    succeeds(storage.flush());
    CHECK(*storage.locate(0) == *located);
    char seen[10] = {};
    REQUIRE(::pread(*located, seen, sizeof seen, 0) == 10);
    CHECK(std::string_view(seen, 10) == "0123456789");
}

TEST_CASE("flushing reaches files that are no longer open, and passes over those that were removed",
          "[storage][file]")
{
    const TemporaryFolder folder;
    std::vector<TrialFile> files;
    for (int i = 0; i < 20; ++i) files.push_back({"many/deep/" + std::to_string(i), 10});
    FileStorage storage({.descriptors = 2});
    succeeds(open(storage, folder.path(), files));
    for (std::uint32_t i = 0; i < 20; ++i) succeeds(write(storage, i, 0, "x"));
    REQUIRE(fs::remove(folder / "many/deep/0.part"));
    succeeds(storage.flush());
    succeeds(storage.flush());
    fs::remove_all(folder / "many/deep");
    succeeds(write(storage, 5, 0, "y")); // made anew
    succeeds(storage.flush());
    CHECK(folder.read("many/deep/5.part") == "y");
}
