#include "qb_import.hpp"

#include "made.hpp"

namespace shoal::feed_rules::test {
namespace {

using Catch::Contains;

Value::Map exported()
{
    const auto params = Value::Map{}.set("category", "tv").set("save_path", "/data/tv").set("stopped", true).set("ratio_limit", 1.5)
                            .set("seeding_time_limit", 90).set("inactive_seeding_time_limit", -2).set("tags", Value::List{"x"})
                            .set("content_layout", "Subfolder");
    return Value::Map{}.set("Notes", Value::Map{}.set("enabled", true).set("mustContain", "field notes|").set("mustNotContain", "cam")
                                         .set("episodeFilter", "1x2").set("useRegex", false).set("smartFilter", true).set("ignoreDays", 3)
                                         .set("priority", 2).set("lastMatch", "10 Jan 2024 20:15:00 +0100")
                                         .set("previouslyMatchedEpisodes", Value::List{"1x1"})
                                         .set("affectedFeeds", Value::List{"https://www.feeds.example/a?key=1", "https://feeds.example/b"})
                                         .set("torrentParams", params));
}

} // namespace

TEST_CASE("a rule of qBittorrent's becomes one in its dialect", "[rules][qbittorrent]")
{
    const auto imported = import_qbittorrent(exported());
    REQUIRE(imported);
    REQUIRE(imported->rules.size() == 1);
    CHECK(imported->rules[0]
          == Value(Value::Map{}.set("name", "Notes").set("dialect", "qbittorrent").set("enabled", true).set("priority", 2)
                       .set("feeds", Value::List{"feeds.example", "feeds.example-2"}).set("must", "field notes|").set("must_not", "cam")
                       .set("episode_filter", "1x2").set("ignore_days", 3).set("last_match", 1704914100).set("smart", true)
                       .set("seen_episodes", Value::List{"1x1"})
                       .set("add", Value::Map{}.set("folder", "/data/tv").set("label", "tv").set("paused", true).set("ratio", 1.5).set("seed_time", 5400))
                       .set("warned", true)));
    const auto reading = read_rule(imported->rules[0], "x");
    CHECK(reading.rule);
}

TEST_CASE("a rule of qBittorrent's without a name is left out, and keeps the others from nothing", "[rules][qbittorrent]")
{
    const auto some = Value::Map{}.set("mustContain", "field notes");
    const auto imported = import_qbittorrent(Value::Map{}.set("", some).set("Notes", some));
    REQUIRE(imported);
    REQUIRE(imported->rules.size() == 1);
    CHECK(*imported->rules[0].as_map()->find("name") == Value("Notes"));
    REQUIRE_FALSE(imported->warnings.empty());
    CHECK(imported->warnings.front() == "a rule has no name, and is left out: give it one, and import it again");
}

TEST_CASE("the traps of imported rules are warned of", "[rules][qbittorrent]")
{
    const auto imported = import_qbittorrent(exported());
    REQUIRE(imported);
    std::string all;
    for (const auto& warning : imported->warnings) all += warning + "\n";
    CHECK_THAT(all, Contains("empty alternative") && Contains("';' at the end") && Contains("tags are left out") && Contains("content_layout is left out")
                        && Contains("without the name of the series"));
    CHECK_THAT(imported->lua, Contains("-- ! rule Notes: must:"));
}

TEST_CASE("an expression with an empty alternative takes every title, and is warned of", "[rules][qbittorrent]")
{
    const auto warnings = [](const char* must) {
        const auto imported = import_qbittorrent(Value::Map{}.set("a", Value::Map{}.set("mustContain", must).set("useRegex", true).set("affectedFeeds", "https://feeds.example/a")));
        REQUIRE(imported);
        return imported->warnings;
    };
    for (const auto* must : {"foo|", "|foo", "a||b", "|", "(a)|", "[|]|", "\\\\|"}) {
        CAPTURE(must);
        CHECK(warnings(must)
              == std::vector<std::string>{std::string("rule a: must: '") + must + "' has an empty alternative, which matches every title; take out the '|' that is too much"});
    }
    for (const auto* must : {"foo|bar", "foo\\|", "a[x|]", "[]|]", "[^]|]", "[\\]|]", "x(|HD)", "(a|)b", "\\Q|\\E", "\\Qa|", "foo"}) {
        CAPTURE(must);
        CHECK(warnings(must).empty());
    }
}

TEST_CASE("what an import warned of is not said again, but what is wrong is", "[rules][qbittorrent]")
{
    const auto imported = import_qbittorrent(exported());
    REQUIRE(imported);
    auto rule = *imported->rules[0].as_map();
    CHECK(read_rule(rule, "x").problems.empty());
    CHECK(read_rule(Value::Map(rule).set("warned", false), "x").problems.size() == 2);
    const auto wrong = read_rule(rule.set("size", "much"), "x");
    CHECK_FALSE(wrong.rule);
    CHECK(wrong.problems.size() == 1);
}

TEST_CASE("the file is Lua, and whatever a name is made of stays a text", "[rules][qbittorrent]")
{
    const auto imported = import_qbittorrent(Value::Map{}.set("a\"]] \\ \n end", Value::Map{}.set("mustContain", "x\x01y").set("affectedFeeds", "https://feeds.example/a")));
    REQUIRE(imported);
    CHECK(imported->lua
          == "-- Rules of qBittorrent's, with its semantics (dialect = \"qbittorrent\"). Each may be rewritten in Shoal's own terms.\n"
             "\nshoal.rss.feed { name = \"feeds.example\", url = \"https://feeds.example/a\" }\n"
             "\nshoal.rules.rule {\n    name = \"a\\\"]] \\\\ \\n end\",\n    dialect = \"qbittorrent\",\n    enabled = true,\n    feeds = { \"feeds.example\" },\n"
             "    must = \"x\\001y\",\n}\n");
}

TEST_CASE("older files have the ways of adding beside the rest", "[rules][qbittorrent]")
{
    const auto imported = import_qbittorrent(Value::Map{}.set("a", Value::Map{}.set("savePath", "/x").set("assignedCategory", "tv").set("addPaused", true).set("mustContain", "x")));
    REQUIRE(imported);
    CHECK(*imported->rules[0].as_map()->find("add") == Value(Value::Map{}.set("folder", "/x").set("label", "tv").set("paused", true)));
    CHECK_THAT(imported->warnings.at(0), Contains("it names no feed"));
}

TEST_CASE("a rule of no feed is one, also when Lua has read it", "[rules][qbittorrent]")
{
    const auto imported = import_qbittorrent(Value::Map{}.set("a", Value::Map{}.set("mustContain", "x").set("affectedFeeds", Value::List{})));
    REQUIRE(imported);
    CHECK_THAT(imported->lua, Contains("feeds = {},"));
    auto rule = *imported->rules[0].as_map();
    const auto reading = read_rule(rule.set("feeds", Value::Map{}), "x"); // an empty table
    CHECK(reading.problems.empty());
    REQUIRE(reading.rule);
    CHECK(reading.rule->feeds.empty());
    CHECK_FALSE(read_rule(rule.set("feeds", Value::Map{}.set("daily", true)), "x").rule);
}

TEST_CASE("a feed is called after its host, and not after who may read it", "[rules][qbittorrent]")
{
    const auto name_of = [](const std::string& url) {
        const auto imported = import_qbittorrent(Value::Map{}.set("a", Value::Map{}.set("mustContain", "x").set("affectedFeeds", url)));
        REQUIRE(imported);
        return *imported->rules[0].as_map()->find("feeds");
    };
    const Value name = Value::List{"feeds.example"};
    CHECK(name_of("https://eve:word@feeds.example/rss?x=y@z") == name);
    CHECK(name_of("https://eve@feeds.example:8443") == name);
    CHECK(name_of("https://eve:wo:rd@www.feeds.example#all") == name);
    CHECK(name_of("https://eve:w@rd@feeds.example/rss") == Value(Value::List{"feed"}));
}

TEST_CASE("what is no such file is refused", "[rules][qbittorrent]")
{
    CHECK_FALSE(import_qbittorrent(Value(Value::List{})));
    const auto odd = import_qbittorrent(Value::Map{}.set("a", 3));
    REQUIRE(odd);
    CHECK(odd->rules.empty());
    CHECK(odd->warnings.size() == 1);
}

TEST_CASE("dates of mail are read", "[rules][qbittorrent]")
{
    CHECK(mail_date("01 Jan 1970 00:00:00 +0000") == 0);
    CHECK(mail_date("Wed, 10 Jan 2024 20:15:00 +0000") == 1704917700);
    CHECK(mail_date("10 Jan 2024 20:15:00 -0130") == 1704917700 + 5400);
    CHECK(mail_date("29 Feb 2024 12:00:00 GMT") == 1709208000);
    for (const auto* wrong : {"", "soon", "10 Foo 2024 20:15:00", "Jan 10 2024", "29 Feb 2023 12:00:00 GMT", "10 Jan 2024 25:00:00 GMT",
                              "10 Jan 9223372036854775807 20:15:00 GMT", "10 Jan 2024 9223372036854775807:15:00 GMT"}) {
        CAPTURE(wrong);
        CHECK_FALSE(mail_date(wrong));
    }
}

} // namespace shoal::feed_rules::test
