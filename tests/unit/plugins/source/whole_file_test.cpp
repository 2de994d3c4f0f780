#include "whole_file.hpp"

#include "support/as_nobody.hpp"
#include "support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <sys/stat.h>
#include <unistd.h>

namespace shoal::file_source {
namespace {

std::string said(const Result<Bytes>& content) { return content ? "" : content.error().text; }

} // namespace

TEST_CASE("a file of exactly the limit is read, one octet more is refused", "[source]")
{
    const test::TemporaryFolder folder;
    const auto path = folder.write("file", "0123456789");
    const auto whole = read_whole_file(path, 10);
    REQUIRE(whole);
    CHECK(as_text(*whole) == "0123456789");
    const auto refused = read_whole_file(path, 9);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::limit_exceeded);
    CHECK(refused.error().text == path + ": the torrent is larger than 9 bytes");
}

TEST_CASE("an empty file is read as nothing", "[source]")
{
    const test::TemporaryFolder folder;
    const auto content = read_whole_file(folder.write("file", ""), 10);
    REQUIRE(content);
    CHECK(content->empty());
}

TEST_CASE("a device that never ends stops at the limit", "[source]")
{
    CHECK(said(read_whole_file("/dev/zero", 1'000'000)) == "/dev/zero: the torrent is larger than 1000000 bytes");
}

TEST_CASE("a pipe is read to its end, and one that is silent, or that nobody writes to, is given up", "[source]")
{
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const auto path = "/proc/self/fd/" + std::to_string(ends[0]);
    REQUIRE(::write(ends[1], "d1:ae", 5) == 5);
    const auto silent = read_whole_file(path, 100, std::chrono::milliseconds{1});
    REQUIRE_FALSE(silent);
    CHECK(silent.error().code == Errc::timed_out);
    CHECK(silent.error().text == path + ": no file, and nothing comes from it");
    REQUIRE(::write(ends[1], "de", 2) == 2);
    ::close(ends[1]);
    const auto content = read_whole_file(path, 100);
    REQUIRE(content);
    CHECK(as_text(*content) == "de");
    ::close(ends[0]);

    const test::TemporaryFolder folder;
    const auto fifo = folder / "fifo";
    REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    const auto nobody = read_whole_file(fifo, 100, std::chrono::milliseconds{1});
    REQUIRE_FALSE(nobody);
    CHECK(nobody.error().code == Errc::timed_out);
}

TEST_CASE("a path that cannot be is not found, one that may not be read is denied", "[source]")
{
    const test::TemporaryFolder folder;
    const auto code = [](const std::string& path) { return read_whole_file(path, 10).error().code; };
    CHECK(code(std::string("a\0b", 3)) == Errc::not_found);
    CHECK(code(std::string(5000, 'x')) == Errc::not_found);
    const auto path = folder.write("file", "x");
    CHECK(code(path + "/below") == Errc::not_found);
    REQUIRE(::chmod(path.c_str(), 0) == 0);
    const test::AsNobody nobody;
    CHECK(code(path) == Errc::permission_denied);
}

} // namespace shoal::file_source
