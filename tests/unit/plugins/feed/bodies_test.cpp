#include "bodies.hpp"

#include "support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

namespace shoal::rss::test {
namespace {

KeptBody body_of(std::int64_t at, char letter, std::size_t octets = 1)
{
    return {.at = at, .status = 200, .octets = Bytes(octets, std::byte(letter))};
}

std::string kept_letters(const Bodies& bodies, const std::string& feed)
{
    std::string letters;
    for (const auto& body : bodies.read(feed, 0, 100)) letters += static_cast<char>(body.octets.front());
    return letters;
}

std::size_t files_in(const std::string& folder)
{
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) count += entry.is_regular_file() ? 1 : 0;
    return count;
}

} // namespace

TEST_CASE("bodies take no more room than wanted, but the newest has it in any case", "[feed][bodies]")
{
    const shoal::test::TemporaryFolder folder;
    const Bodies bodies(folder / "feeds", {.count = 10, .octets = 1'000});
    for (const char letter : {'a', 'b', 'c'}) REQUIRE(bodies.keep("show", body_of(letter, letter, 400), true));
    CHECK(kept_letters(bodies, "show") == "cb");
    REQUIRE(bodies.keep("show", body_of(200, 'd', 5'000), true));
    CHECK(kept_letters(bodies, "show") == "d");
    CHECK(bodies.newest("show")->octets.size() == 5'000);
    const Bodies none(folder / "none", {.count = 0});
    REQUIRE(none.keep("show", body_of(1, 'a'), true));
    CHECK_FALSE(std::filesystem::exists(folder / "none"));
}

TEST_CASE("feeds have folders of their own, whatever they are called", "[feed][bodies]")
{
    const shoal::test::TemporaryFolder folder;
    const Bodies bodies(folder / "feeds", {});
    for (const auto* feed : {"../../x", "a/b", "a_b", "A_b", "", "\xc3\xa4"}) {
        REQUIRE(bodies.keep(feed, body_of(1, 'x'), true));
        CHECK(kept_letters(bodies, feed) == "x");
    }
    CHECK(files_in(folder / "feeds") == 6);
    bodies.forget("a/b");
    CHECK(kept_letters(bodies, "a/b").empty());
    CHECK(kept_letters(bodies, "a_b") == "x");
}

TEST_CASE("what a crash leaves half written is no body, and neither is what somebody else put there", "[feed][bodies]")
{
    const shoal::test::TemporaryFolder folder;
    const Bodies bodies(folder / "feeds", {});
    REQUIRE(bodies.keep("show", body_of(5, 'x'), true));
    const auto home = std::filesystem::directory_iterator(folder / "feeds")->path();
    for (const auto* name : {"000000000009-200.feed.new", "notes.txt", "aaaaaaaaaaaa-200.feed", ".feed"}) std::ofstream(home / name) << "half";
    CHECK(kept_letters(bodies, "show") == "x");
    CHECK(bodies.newest("show")->at == 5);
    CHECK(std::filesystem::status(home / "000000000005-200.feed").permissions() ==
          (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
}

TEST_CASE("a folder that cannot be written to is an error with its name", "[feed][bodies]")
{
    const shoal::test::TemporaryFolder folder;
    std::ofstream(folder / "feeds") << "a file";
    const Bodies bodies(folder / "feeds", {});
    const auto kept = bodies.keep("show", body_of(1, 'x'), true);
    REQUIRE_FALSE(kept);
    CHECK_THAT(kept.error().text, Catch::Contains("feeds/show-"));
    CHECK(bodies.read("show", 0, 1).empty());
}

} // namespace shoal::rss::test
