#include "store_bench.hpp"

#include <filesystem>
#include <fstream>

using namespace shoal;
using namespace shoal::disk;
using namespace shoal::disk::test;

namespace {

template <class T>
void fails(const Result<T>& result, Errc code, const std::string& text)
{
    REQUIRE_FALSE(result);
    CHECK(errc_name(result.error().code) == errc_name(code));
    CHECK_THAT(result.error().text, Catch::Contains(text));
}

}  // namespace

TEST_CASE("a full disk is an error that names the file", "[disk]")
{
    StoreBench bench(one_file(), "memory");
    bench.settings["max_bytes"] = std::int64_t{70'000};
    bench.renew();
    REQUIRE(bench.open());
    REQUIRE(bench.write(0));
    REQUIRE(bench.write(1));
    fails(bench.write(2), Errc::disk_full, "one.bin");
    CHECK(bench.pool.in_use() == 0);
}

TEST_CASE("a folder that is a file is an error that names it", "[disk]")
{
    StoreBench bench(one_file(), "file");
    std::filesystem::remove_all(bench.folder.path());
    std::ofstream(bench.folder.path()) << "in the way";
    const auto opened = bench.open();
    REQUIRE_FALSE(opened);
    CHECK_THAT(opened.error().text, Catch::Contains(bench.folder.path().native()));
}

TEST_CASE("a piece whose file was cut short is no longer there, and says so", "[disk]")
{
    StoreBench bench(one_file(), "file");
    REQUIRE(bench.open());
    for (std::uint32_t piece = 0; piece < 4; ++piece) REQUIRE(bench.write(piece));
    std::filesystem::resize_file(bench.folder.path() / "one.bin.part", 40'000);
    CHECK(bench.read({0, 0, 16'384}));
    fails(bench.read({1, 16'384, 16'384}), Errc::io_error, "piece 1 is no longer on the disk");
    CHECK(*bench.check(1) == false);
    CHECK(*bench.check(3) == false);
}

TEST_CASE("reading alone changes nothing on disk", "[disk]")
{
    auto made = one_file();
    StoreBench bench(made, "file", true);
    bench.folder.write("one.bin", as_text(made.content));
    CHECK(*bench.open() == true);
    for (std::uint32_t piece = 0; piece < 4; ++piece) CHECK(*bench.check(piece) == true);
    fails(bench.write(0), Errc::permission_denied, "one.bin");
    CHECK(bench.finish(0));
    CHECK(bench.folder.read("one.bin") == as_text(made.content));
}

TEST_CASE("a longer file is not mistaken for the torrent's", "[disk]")
{
    auto made = one_file();
    StoreBench bench(made, "file");
    bench.folder.write("one.bin", std::string(as_text(made.content)) + "more");
    CHECK(*bench.open() == true);
    CHECK(*bench.check(3) == true);
    fails(bench.write(0), Errc::io_error, "one.bin");
}

TEST_CASE("finishing a file that is not there names it", "[disk]")
{
    StoreBench bench(one_file(), "file");
    REQUIRE(bench.open());
    const auto finished = bench.finish(0);
    REQUIRE_FALSE(finished);
    CHECK_THAT(finished.error().text, Catch::Contains("one.bin"));
}
