#include "session/glob.hpp"

#include <catch2/catch.hpp>

#include <string>

using shoal::session::matches_glob;

TEST_CASE("a pattern without a slash is compared with the last component", "[session]")
{
    CHECK(matches_glob("*.mkv", "film.mkv"));
    CHECK(matches_glob("*.mkv", "season 1/film.mkv"));
    CHECK_FALSE(matches_glob("*.mkv", "film.mkv.txt"));
    CHECK_FALSE(matches_glob("season*", "season 1/film.mkv"));
    CHECK(matches_glob("film.mkv", "a/b/c/film.mkv"));
    CHECK(matches_glob("*", "anything/at/all"));
}

TEST_CASE("a pattern with a slash is compared with the whole path", "[session]")
{
    CHECK(matches_glob("a/*.txt", "a/b.txt"));
    CHECK_FALSE(matches_glob("a/*.txt", "x/a/b.txt"));
    CHECK_FALSE(matches_glob("a/*.txt", "a/b/c.txt"));
    CHECK(matches_glob("*/b.txt", "a/b.txt"));
    CHECK_FALSE(matches_glob("/b.txt", "b.txt"));
}

TEST_CASE("two stars go through folders", "[session]")
{
    CHECK(matches_glob("a/**", "a/b/c.txt"));
    CHECK(matches_glob("a/**/c.txt", "a/b/x/c.txt"));
    CHECK(matches_glob("**/c.txt", "a/b/c.txt"));
    CHECK(matches_glob("a**c.txt", "a/b/c.txt"));
    CHECK_FALSE(matches_glob("a/**/c.txt", "a/c.txt.bak"));
    CHECK(matches_glob("a/**/*.txt", "a/b/x/c.txt"));
    CHECK_FALSE(matches_glob("a/**/*.txt", "a/b/x/c.mkv"));
}

TEST_CASE("two stars and a slash match no folder as well", "[session]")
{
    CHECK(matches_glob("a/**/c.txt", "a/c.txt"));
    CHECK(matches_glob("**/c.txt", "c.txt"));
}

TEST_CASE("a question mark is one character, and no slash", "[session]")
{
    CHECK(matches_glob("?.txt", "a.txt"));
    CHECK_FALSE(matches_glob("?.txt", "ab.txt"));
    CHECK_FALSE(matches_glob("?.txt", ".txt"));
    CHECK_FALSE(matches_glob("a?b/", "a/b/"));
}

TEST_CASE("case matters, and nothing else is special", "[session]")
{
    CHECK_FALSE(matches_glob("*.MKV", "film.mkv"));
    CHECK(matches_glob("a[1].txt", "a[1].txt"));
    CHECK_FALSE(matches_glob("a[1].txt", "a1.txt"));
    CHECK(matches_glob("\\*", "\\anything"));
    CHECK(matches_glob("", ""));
    CHECK_FALSE(matches_glob("", "a"));
}

TEST_CASE("several stars find their places", "[session]")
{
    CHECK(matches_glob("*a*b*c", "xxaxxbxxbxc"));
    CHECK_FALSE(matches_glob("*a*b*c", "xxaxxcxxbx"));
    CHECK(matches_glob("*aab", "aaaaab"));
    CHECK(matches_glob("a*/b*/c", "ax/by/c"));
    CHECK_FALSE(matches_glob("a*/b*/c", "ax/by/z/c"));
    CHECK(matches_glob("**/b*/c", "x/y/bz/c"));
    CHECK(matches_glob("**/b*/c", "x/b/y/bz/c"));
}

TEST_CASE("a pattern full of stars takes no long time", "[session]")
{
    std::string glob;
    for (int i = 0; i < 200; ++i) glob += "*a";
    CHECK_FALSE(matches_glob(glob + "b", std::string(20'000, 'a')));
    std::string deep = "x/";
    for (int i = 0; i < 100; ++i) deep += "**a*";
    CHECK_FALSE(matches_glob(deep + "b", "x/" + std::string(5'000, 'a')));
}
