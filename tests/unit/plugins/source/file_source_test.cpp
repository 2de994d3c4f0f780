#include "file_source.hpp"

#include "source_host.hpp"

#include "support/temporary_folder.hpp"

namespace shoal::file_source {
namespace {

using Ends = std::vector<std::string>;
using Driven = test::DrivenSource<FileSource>;

} // namespace

TEST_CASE("anything may be a path but what looks like a URL, and everybody else is surer", "[source]")
{
    Driven driven;
    for (const char* path : {"x.torrent", "/a/b", "./magnet:?xt=", "a:b.torrent", "C:\\x.torrent", "0123456789abcdef0123456789abcdef01234567"}) {
        CAPTURE(path);
        CHECK(driven.claims(path) == FileSource::claim);
    }
    for (const char* other : {"", "http://x/y", "HTTPS://x", "ftp://x", "magnet:?xt=urn:btih:x", "x-y+z.1://"}) {
        CAPTURE(other);
        CHECK(driven.claims(other) == 0);
    }
}

TEST_CASE("a file is read on a worker, whole", "[source]")
{
    const test::TemporaryFolder folder;
    const auto content = "d" + std::string(700'000, 'x') + "e";
    const auto path = folder.write("x.torrent", content);
    Driven driven;
    REQUIRE(driven.resolve(3, path) == SHOAL_OK);
    CHECK(driven.host.ends.empty());
    driven.host.work();
    CHECK(driven.host.ends == Ends{"3 torrent " + content});
}

TEST_CASE("what cannot be read is said with its path", "[source]")
{
    const test::TemporaryFolder folder;
    Driven driven;
    const auto missing = folder / "none";
    REQUIRE(driven.resolve(1, missing) == SHOAL_OK);
    REQUIRE(driven.resolve(2, folder.path().native()) == SHOAL_OK);
    driven.host.work();
    CHECK(driven.host.ends == Ends{"1 failed -100 " + missing + ": No such file or directory",
                                   "2 failed -300 " + folder.path().native() + ": a folder, not a torrent"});
}

TEST_CASE("a path that a stranger names is not read", "[source]")
{
    const test::TemporaryFolder folder;
    const auto path = folder.write("x.torrent", "de");
    Driven driven;
    CHECK(driven.resolve(1, path, SHOAL_SOURCE_FROM_STRANGER) == SHOAL_E_ACCESS);
    CHECK(driven.host.last_error == path + ": only you can name a file of this machine");
    CHECK(driven.host.jobs.empty());
}

TEST_CASE("a file that is cancelled, or whose plug-in is stopped, ends once, whatever the worker does", "[source]")
{
    const test::TemporaryFolder folder;
    const auto path = folder.write("x.torrent", "de");
    Driven driven;
    REQUIRE(driven.resolve(1, path) == SHOAL_OK);
    driven.cancel(1);
    CHECK(driven.host.ends == Ends{"1 failed -400 cancelled"});
    driven.host.work();
    driven.cancel(1);
    CHECK(driven.host.ends.size() == 1);
    REQUIRE(driven.resolve(2, path) == SHOAL_OK);
    driven.end();
    CHECK(driven.host.ends == Ends{"1 failed -400 cancelled", "2 failed -400 cancelled"});
}

TEST_CASE("work that was never begun fails as cancelled", "[source]")
{
    const test::TemporaryFolder folder;
    Driven driven;
    REQUIRE(driven.resolve(1, folder.write("x.torrent", "de")) == SHOAL_OK);
    driven.host.work(SHOAL_E_CANCELLED);
    REQUIRE(driven.host.ends.size() == 1);
    CHECK_THAT(driven.host.ends[0], Catch::StartsWith("1 failed -400 "));
}

} // namespace shoal::file_source
