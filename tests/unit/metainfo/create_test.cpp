#include "metainfo/create.hpp"
#include "support/as_nobody.hpp"
#include "support/temporary_folder.hpp"

#include <shoal/bencode.hpp>
#include <shoal/sha1.hpp>

#include <algorithm>
#include <filesystem>
#include <thread>

#include <sys/stat.h>

using namespace shoal;
using namespace shoal::metainfo;
using shoal::test::AsNobody;
using shoal::test::TemporaryFolder;
namespace fs = std::filesystem;

namespace {

std::string content(std::size_t size, unsigned seed)
{
    std::string text(size, '\0');
    for (auto& c : text) c = static_cast<char>((seed = seed * 1664525U + 1013904223U) >> 24);
    return text;
}

Created made(const std::string& path, const CreateOptions& options = {})
{
    auto created = create(path, options);
    INFO((created ? "" : created.error().text));
    REQUIRE(created);
    return std::move(*created);
}

void refuses_to_create(const Result<Created>& result, Errc code, const std::string& text)
{
    REQUIRE_FALSE(result);
    CHECK(errc_name(result.error().code) == errc_name(code));
    CHECK_THAT(result.error().text, Catch::Contains(text));
}

} // namespace

TEST_CASE("a file becomes a single-file torrent with the hashes of its pieces", "[metainfo][create]")
{
    const TemporaryFolder folder;
    const auto text = content(40'000, 1);
    folder.write("book.txt", text);
    const auto created = made(folder / "book.txt");
    CHECK(created.content.single_file);
    CHECK(created.content.name == "book.txt");
    CHECK(created.content.geometry.piece_length() == 16'384);
    REQUIRE(created.content.geometry.piece_count() == 3);
    for (const auto piece : created.content.geometry.pieces()) {
        const auto part = text.substr(piece.value() * 16'384, 16'384);
        CHECK(created.content.hash(piece) == Sha1::of(as_bytes(part)));
    }
    CHECK(created.notes.empty());
}

TEST_CASE("a folder becomes a torrent of its files in the order of their paths", "[metainfo][create]")
{
    const TemporaryFolder folder;
    const auto one = content(20'000, 1);
    const auto two = content(30'000, 2);
    folder.write("books/b/two.txt", two);
    folder.write("books/a.txt", one);
    folder.write("books/empty", "");
    folder.write("books/.hidden", "x");
    const auto created = made(folder / "books");
    CHECK_FALSE(created.content.single_file);
    REQUIRE(created.content.files.size() == 4);
    CHECK(created.content.files[0].path == ".hidden");
    CHECK(created.content.files[1].path == "a.txt");
    CHECK(created.content.files[2].path == "b/two.txt");
    CHECK(created.content.files[3].path == "empty");
    const auto all = "x" + one + two;
    for (const auto piece : created.content.geometry.pieces()) {
        const auto part = all.substr(piece.value() * 16'384, 16'384);
        CHECK(created.content.hash(piece) == Sha1::of(as_bytes(part)));
    }
}

TEST_CASE("the number of threads does not change a torrent", "[metainfo][create]")
{
    const TemporaryFolder folder;
    for (int i = 0; i < 20; ++i)
        folder.write("many/" + std::to_string(i), content(9'000U * (1U + i % 5U), 7U + i));
    const auto one = made(folder / "many", {.threads = 1});
    for (const unsigned threads : {0U, 2U, 3U, 8U})
        CHECK(made(folder / "many", {.threads = threads}).torrent == one.torrent);
}

TEST_CASE("a created torrent is canonical and carries every option", "[metainfo][create]")
{
    const TemporaryFolder folder;
    folder.write("book.txt", content(100, 1));
    const CreateOptions options{.name = "another.txt",
                                .piece_length = 32'768,
                                .trackers = {{"http://a/", "http://b/"}, {}, {"udp://c:1"}},
                                .web_seeds = {"http://seed/book.txt"},
                                .is_private = true,
                                .comment = "hello",
                                .created_by = "Shoal",
                                .creation_date = 1'700'000'000};
    const auto created = made(folder / "book.txt", options);
    const auto document = bencode::Document::parse(created.torrent);
    REQUIRE(document);
    CHECK(document->is_canonical());
    CHECK(document->root().find_string("announce") == "http://a/");
    CHECK(created.content.name == "another.txt");
    CHECK(created.content.geometry.piece_length() == 32'768);
    CHECK(created.content.trackers
          == std::vector<std::vector<std::string>>{{"http://a/", "http://b/"}, {"udp://c:1"}});
    CHECK(created.content.web_seeds == options.web_seeds);
    CHECK(created.content.is_private);
    CHECK(created.content.comment == "hello");
    CHECK(created.content.created_by == "Shoal");
    CHECK(created.content.creation_date == 1'700'000'000);
}

TEST_CASE("a torrent without options says nothing it was not told", "[metainfo][create]")
{
    const TemporaryFolder folder;
    folder.write("a", "abc");
    const auto created = made(folder / "a");
    // SHA-1 of "abc": FIPS 180-4.
    const std::string digest =
        "\xa9\x99\x3e\x36\x47\x06\x81\x6a\xba\x3e\x25\x71\x78\x50\xc2\x6c\x9c\xd0\xd8\x9d";
    CHECK(as_text(created.torrent)
          == "d4:infod6:lengthi3e4:name1:a12:piece lengthi16384e6:pieces20:" + digest + "ee");
}

TEST_CASE("pieces are chosen so that there are about 1,500 of them", "[metainfo][create]")
{
    CHECK(piece_length_for(1) == 16U << 10);
    CHECK(piece_length_for(1500ULL * (16U << 10)) == 16U << 10);
    CHECK(piece_length_for(1500ULL * (1U << 20)) == 1U << 20);
    CHECK(piece_length_for(700ULL << 20) == 512U << 10);
    CHECK(piece_length_for(1ULL << 40) == 16U << 20);
    for (std::uint64_t total = 40ULL << 20; total < 20ULL << 30; total += total / 7) {
        const auto count = total / piece_length_for(total);
        CHECK(count >= 1000);
        CHECK(count <= 2000);
    }
}

TEST_CASE("symbolic links and pipes in a folder are left out with a note", "[metainfo][create]")
{
    const TemporaryFolder folder;
    folder.write("secret", "outside");
    folder.write("shared/a", "inside");
    fs::create_symlink(folder / "secret", folder / "shared/link");
    fs::create_directory_symlink("/", folder / "shared/root");
    REQUIRE(::mkfifo((folder / "shared/pipe").c_str(), 0600) == 0);
    const auto created = made(folder / "shared");
    REQUIRE(created.content.files.size() == 1);
    CHECK(created.content.files[0].path == "a");
    REQUIRE(created.notes.size() == 3);
    CHECK_THAT(created.notes[0],
               Catch::StartsWith("left out, a symbolic link") && Catch::EndsWith("shared/link"));
    CHECK_THAT(created.notes[2], Catch::StartsWith("left out, neither a file nor a folder"));
}

TEST_CASE("a path is shared under the name a person would give it", "[metainfo][create]")
{
    const TemporaryFolder folder;
    folder.write("shared/a", "inside");
    fs::create_directory_symlink(folder / "shared", folder / "link");
    CHECK(made(folder / "shared/").content.name == "shared");
    CHECK(made(folder / "shared/.").content.name == "shared");
    CHECK(made(folder / "link").content.name == "link");
    CHECK(made(folder / "link/").content.info_hash
          == made(folder / "shared", {.name = "link"}).content.info_hash);
}

TEST_CASE("what cannot be shared is refused with the reason", "[metainfo][create]")
{
    const TemporaryFolder folder;
    refuses_to_create(create(folder / "absent", {}), Errc::not_found, "absent: No such file");
    fs::create_directory(folder / "empty");
    refuses_to_create(create(folder / "empty", {}), Errc::bad_input, "nothing in it to share");
    folder.write("zero", "");
    refuses_to_create(create(folder / "zero", {}), Errc::bad_input, "nothing in it to share");
    folder.write("names/back\\slash", "x");
    refuses_to_create(create(folder / "names", {}), Errc::bad_input, "it cannot be in a torrent");
    folder.write("bytes/caf\xe9", "x");
    refuses_to_create(create(folder / "bytes", {}), Errc::bad_input, "the name is not UTF-8");
    refuses_to_create(create("/dev/null", {}), Errc::bad_input, "neither a file nor a folder");
    refuses_to_create(create("/", {}), Errc::invalid_argument, "no name to share it under");
}

TEST_CASE("a file that cannot be opened is named", "[metainfo][create]")
{
    const TemporaryFolder folder;
    folder.write("shared/a", "x");
    folder.write("shared/b/c", "x");
    fs::permissions(folder.path(), fs::perms::all);
    fs::permissions(folder / "shared/a", fs::perms::none);
    const AsNobody rights;
    refuses_to_create(create(folder / "shared", {}), Errc::permission_denied, "shared/a: Permission denied");
}

TEST_CASE("a folder that cannot be read is named", "[metainfo][create]")
{
    const TemporaryFolder folder;
    folder.write("shared/a", "x");
    folder.write("shared/b/c", "x");
    fs::permissions(folder.path(), fs::perms::all);
    fs::permissions(folder / "shared/b", fs::perms::none);
    {
        const AsNobody rights;
        refuses_to_create(create(folder / "shared", {}), Errc::permission_denied,
                          "shared/b: Permission denied");
    }
    fs::permissions(folder / "shared/b", fs::perms::owner_all); // so that it can be removed
}

TEST_CASE("options that make no torrent are refused", "[metainfo][create]")
{
    const TemporaryFolder folder;
    folder.write("a", "abc");
    for (const std::uint32_t length : {0U, 1U, 8'192U, 20'000U, 49'152U, 512U << 20}) {
        refuses_to_create(create(folder / "a", {.piece_length = length}), Errc::invalid_argument,
                          "a power of two");
    }
    refuses_to_create(create(folder / "a", {.trackers = {{"tracker"}}}), Errc::invalid_argument,
                      "no URL of a tracker");
    refuses_to_create(create(folder / "a", {.web_seeds = {"ftp://a/"}}), Errc::invalid_argument,
                      "no URL of a web seed");
    refuses_to_create(create(folder / "a", {.creation_date = -1}), Errc::invalid_argument, "before 1970");
    refuses_to_create(create(folder / "a", {.name = ".."}), Errc::bad_input, "leads out of its folder");
}

TEST_CASE("progress rises to the whole, on the thread that asked", "[metainfo][create]")
{
    const TemporaryFolder folder;
    folder.write("a", content(1'000'000, 3));
    std::vector<std::uint64_t> seen;
    bool elsewhere = false;
    const auto here = std::this_thread::get_id();
    const auto created = create(folder / "a", {.threads = 3}, [&](std::uint64_t hashed, std::uint64_t total) {
        elsewhere = elsewhere || std::this_thread::get_id() != here || total != 1'000'000;
        seen.push_back(hashed);
        return true;
    });
    REQUIRE(created);
    CHECK_FALSE(elsewhere);
    REQUIRE_FALSE(seen.empty());
    CHECK(std::ranges::is_sorted(seen));
    CHECK(seen.back() == 1'000'000);
}

TEST_CASE("creating stops when progress says so", "[metainfo][create]")
{
    const TemporaryFolder folder;
    folder.write("a", content(1'000'000, 3));
    int calls = 0;
    const auto stop = [&](std::uint64_t, std::uint64_t) { return ++calls < 1; };
    refuses_to_create(create(folder / "a", {.threads = 2}, stop), Errc::cancelled, "given up");
    CHECK(calls == 1);
}
