#include <shoal/name_glob.hpp>

#include <catch2/catch.hpp>

#include <string>

using shoal::matches_name;

TEST_CASE("a glob of names matches the whole name, dots and all", "[sdk]")
{
    CHECK(matches_name("torrent.*", "torrent.added"));
    CHECK(matches_name("*", ""));
    CHECK(matches_name("*", "torrent.added"));
    CHECK(matches_name("*.added", "torrent.added"));
    CHECK(matches_name("t?rrent.a*d", "torrent.added"));
    CHECK(matches_name("a*b*c", "aXbXbXc"));
    CHECK(matches_name("torrent.added**", "torrent.added"));
    CHECK_FALSE(matches_name("", "torrent"));
    CHECK_FALSE(matches_name("torrent", "torrent.added"));
    CHECK_FALSE(matches_name("torrent.?", "torrent."));
    CHECK_FALSE(matches_name("a*b*c", "aXbXcX"));
}

TEST_CASE("a glob of many stars is answered in the product of both lengths", "[sdk]")
{
    std::string glob;
    for (int i = 0; i < 60; ++i) glob += "*a";
    CHECK_FALSE(matches_name(glob + "b", std::string(20'000, 'a')));
}
