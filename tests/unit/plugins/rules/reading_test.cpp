#include "episodes.hpp"
#include "pattern.hpp"
#include "quality.hpp"
#include "range.hpp"
#include "rule_reader.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <utility>
#include <vector>

namespace shoal::feed_rules::test {
namespace {

using Catch::Contains;

Release release_of(std::string_view title) { return parse_release(title, words_of(title)); }

bool has_match(std::string_view pattern, std::string_view title)
{
    const auto parsed = Pattern::parse(pattern);
    REQUIRE(parsed);
    return parsed->matches(title, words_of(title));
}

std::string problems_of(const Value::Map& rule)
{
    std::string all;
    for (const auto& problem : read_rule(rule, "test").problems) all += problem + "\n";
    return all;
}

Value::Map whole_rule() { return Value::Map{}.set("name", "r").set("feeds", "*").set("match", "x"); }

} // namespace

TEST_CASE("sizes, times and counts are read as people write them", "[rules][range]")
{
    CHECK(*parse_quantity("3GB", Unit::octets) == 3L << 30);
    CHECK(*parse_quantity("1.5 GiB", Unit::octets) == 3LL << 29);
    CHECK(*parse_quantity("700MB", Unit::octets) == 700LL << 20);
    CHECK(*parse_quantity("12", Unit::octets) == 12);
    CHECK(*parse_quantity("1h30m", Unit::seconds) == 5400);
    CHECK(*parse_quantity("2w", Unit::seconds) == 1209600);
    for (const auto* wrong : {"", "GB", "3 XB", "-3GB", "3GB2", "1e99", "nan"}) {
        CAPTURE(wrong);
        CHECK_FALSE(parse_quantity(wrong, Unit::octets));
    }
    CHECK_FALSE(parse_quantity("2h x", Unit::seconds));
    CHECK(*parse_quantity("3650d", Unit::seconds) == 315'360'000);
    for (const auto* wrong : {"3651d", "99999999999999d", "3650d1s"}) {
        CAPTURE(wrong);
        const auto time = parse_quantity(wrong, Unit::seconds);
        REQUIRE_FALSE(time);
        CHECK(time.error().text == std::string("'") + wrong + "' is longer than ten years: write 3650d or less");
    }
    CHECK(quantity_text(3L << 30, Unit::octets) == "3 GB");
    CHECK(quantity_text(3LL << 29, Unit::octets) == "1.5 GB");
    CHECK(quantity_text(7200, Unit::seconds) == "2 h");
}

TEST_CASE("a range holds what its signs say", "[rules][range]")
{
    const auto holds = [](std::string_view range, std::int64_t value, Unit unit) {
        const auto parsed = Range::parse(range, unit);
        REQUIRE(parsed);
        return parsed->holds(value);
    };
    CHECK(holds("<3GB", (3L << 30) - 1, Unit::octets));
    CHECK_FALSE(holds("<3GB", 3L << 30, Unit::octets));
    CHECK(holds("<=3GB", 3L << 30, Unit::octets));
    CHECK_FALSE(holds(">1MB", 1 << 20, Unit::octets));
    CHECK(holds(">=1MB", 1 << 20, Unit::octets));
    CHECK(holds("700MB-2GB", 1 << 30, Unit::octets));
    CHECK_FALSE(holds("700MB-2GB", 1 << 20, Unit::octets));
    CHECK(holds("5", 5, Unit::count));
    CHECK(holds("5+", 500, Unit::count));
    CHECK_FALSE(holds("5+", 4, Unit::count));
    CHECK_FALSE(Range::parse("3GB", Unit::octets));
    CHECK_FALSE(Range::parse("3GB-1GB", Unit::octets));
}

TEST_CASE("a quality is a range of resolutions, sources and codecs", "[rules][quality]")
{
    const auto fit = [](std::string_view wish, std::string_view title) {
        const auto parsed = QualityWish::parse(wish);
        REQUIRE(parsed);
        return parsed->fit(release_of(title).quality);
    };
    CHECK(fit("720p-1080p", "A S01E01 1080p") == Fit::yes);
    CHECK(fit("720p-1080p", "A S01E01 2160p") == Fit::no);
    CHECK(fit("720p-1080p", "A S01E01") == Fit::unknown);
    CHECK(fit("1080p+", "A S01E01 2160p") == Fit::yes);
    CHECK(fit("1080p webdl+", "A S01E01 1080p BluRay") == Fit::yes);
    CHECK(fit("1080p web-dl+", "A S01E01 1080p HDTV") == Fit::no);
    CHECK(fit("1080p webdl+", "A S01E01 1080p") == Fit::unknown);
    CHECK(fit("h264|h265", "A S01E01 x265") == Fit::yes);
    CHECK(fit("h264", "A S01E01 x265") == Fit::no);
    for (const auto* wrong : {"", "good", "1080p-720p", "720p-webdl", "720p+-1080p"}) {
        CAPTURE(wrong);
        CHECK_FALSE(QualityWish::parse(wrong));
    }
    CHECK(release_of("A S01E01 1080p WEB-DL x264").quality.rank() > release_of("A S01E01 720p BluRay x265").quality.rank());
    CHECK(Quality::of_rank(release_of("A S01E01 1080p WEB-DL x264").quality.rank()).text() == "1080p webdl h264");
}

TEST_CASE("episodes are wanted from one to another", "[rules][episodes]")
{
    const auto fit = [](std::string_view wish, std::string_view title) {
        const auto parsed = EpisodesWish::parse(wish);
        REQUIRE(parsed);
        return parsed->fit(release_of(title));
    };
    CHECK(fit("s02e03-", "A S02E03") == Fit::yes);
    CHECK(fit("s02e03-", "A S02E02") == Fit::no);
    CHECK(fit("s02e03-", "A S03E01") == Fit::yes);
    CHECK(fit("s02e03-", "A S02E02E03") == Fit::yes);
    CHECK(fit("s02e03-", "A Season 2 720p") == Fit::no);
    CHECK(fit("s02e03-", "A Season 3 720p") == Fit::yes);
    CHECK(fit("s02", "A S02E99") == Fit::yes);
    CHECK(fit("s02", "A S02 720p") == Fit::yes);
    CHECK(fit("s02", "A S03E01") == Fit::no);
    CHECK(fit("s01e05-s02e02", "A S02E02") == Fit::yes);
    CHECK(fit("s01e05-07", "A S01E08") == Fit::no);
    CHECK(fit("2x03-2x08", "A 2x08") == Fit::yes);
    CHECK(fit("s01e01, s03", "A S03E04") == Fit::yes);
    CHECK(fit("12-", "[g] A - 12 [720p]") == Fit::yes);
    CHECK(fit("12-20", "[g] A - 21 [720p]") == Fit::no);
    CHECK(fit("12-", "A S01E12") == Fit::no);
    CHECK(fit("s00e01", "A S00E01") == Fit::yes);
    CHECK(fit("s02", "Quiet Harbour (2021)") == Fit::unknown);
    CHECK(fit("2x3-8;10-;", "A S02E03") == Fit::yes);
    CHECK(fit("2x3-8;10-;", "A S02E09") == Fit::no);
    CHECK(fit("2x3-8;10-;", "A S02E10") == Fit::yes);
    CHECK(fit("2x3-8;10-;", "A S03E01") == Fit::yes);
    CHECK(fit("02X05;", "A S02E05") == Fit::yes);
    CHECK(fit("02x05;", "A S02E06") == Fit::no);
    for (const auto* wrong : {"", "all", "s", "s02e", "s02e03-s01", "2x", "s02e03--", "2x3;8", "2x;", "x3;", ";", "2x3,4;", "2x8-3;"}) {
        CAPTURE(wrong);
        CHECK_FALSE(EpisodesWish::parse(wrong));
    }
}

TEST_CASE("words are all there, in any order; what is joined is a phrase", "[rules][pattern]")
{
    CHECK(has_match("notes field", "Field.Notes.S01E02"));
    CHECK_FALSE(has_match("field note", "Field.Notes.S01E02"));
    CHECK(has_match("\"field notes\"", "The Field Notes"));
    CHECK_FALSE(has_match("\"notes field\"", "Field Notes"));
    CHECK(has_match("web-dl", "A WEB-DL"));
    CHECK(has_match("web-dl", "A web.dl"));
    CHECK_FALSE(has_match("web-dl", "A dl web"));
    CHECK(has_match("bob's", "Bobs Burrow"));
    CHECK(has_match("GR\xc3\x9c\xc3\x9f\x45", "gr\xc3\xbc\xc3\x9f\x65"));
}

TEST_CASE("globs stand for letters of a word", "[rules][pattern]")
{
    CHECK(has_match("s02e*", "A S02E05 720p"));
    CHECK_FALSE(has_match("s02e*", "A S03E05 720p"));
    CHECK(has_match("s0?e01", "A S03E01"));
    CHECK(has_match("field note? s01*", "Field Notes S01E01"));
    CHECK(has_match("debian-12.*-amd64", "debian-12.5-amd64"));
    CHECK_FALSE(has_match("a*b", "a b"));
}

TEST_CASE("an expression is searched in the title as it is, without case unless it says so", "[rules][pattern]")
{
    CHECK(has_match("/^field.notes\\.s\\d+/", "Field.Notes.S01"));
    CHECK_FALSE(has_match("/^field.notes\\.s\\d+/c", "Field.Notes.S01"));
    CHECK(has_match("/notes(?!.*720p)/", "Field Notes 1080p"));
    CHECK_FALSE(has_match("/notes(?!.*720p)/", "Field Notes 720p"));
    const auto broken = Pattern::parse("/a(b/");
    REQUIRE_FALSE(broken);
    CHECK_THAT(broken.error().text, Contains("missing closing parenthesis") && Contains("at character"));
    CHECK_FALSE(Pattern::parse("/a"));
}

TEST_CASE("an expression that takes too long is a miss, and soon", "[rules][pattern]")
{
    const auto pattern = Pattern::parse("/(a+)+$/");
    REQUIRE(pattern);
    const std::string title = std::string(200, 'a') + "b";
    CHECK_FALSE(pattern->matches(title, words_of(title)));
    CHECK_THAT(pattern->missing(title, words_of(title)), Contains("(a+)+"));
}

TEST_CASE("a wrong key is named with the one that was meant", "[rules][reader]")
{
    CHECK_THAT(problems_of(whole_rule().set("serie", "x")), Contains("rule r: serie: there is no such key; did you mean series?"));
    CHECK_THAT(problems_of(whole_rule().set("seders", 3)), Contains("did you mean seeders?"));
    CHECK_THAT(problems_of(whole_rule().set("zzzzzzzzzz", 3)), Contains("no such key\n"));
    CHECK_THAT(problems_of(whole_rule().set("add", Value::Map{}.set("fodler", "/x"))), Contains("did you mean add.folder?"));
    CHECK_THAT(problems_of(whole_rule().set("must", "x")), Contains("dialect = \"qbittorrent\""));
    CHECK_FALSE(read_rule(whole_rule().set("serie", "x"), "test").rule);
}

TEST_CASE("what other programs call a key is named as it is called here", "[rules][reader]")
{
    for (const auto& [wrong, meant] : std::vector<std::pair<std::string, std::string>>{
             {"lang", "languages"}, {"group", "groups"}, {"category", "categories"}, {"film", "movie"}, {"exclude", "reject"},
             {"labels", "add.labels"}, {"dir", "add.folder"}, {"strategy", "add.pickers"}}) {
        CAPTURE(wrong);
        CHECK_THAT(problems_of(whole_rule().set(wrong, "x")), Contains(wrong + ": there is no such key; did you mean " + meant + "?"));
    }
    for (const auto& [wrong, meant] : std::vector<std::pair<std::string, std::string>>{
             {"dir", "folder"}, {"strategy", "pickers"}, {"category", "label"}, {"seed", "ratio"}, {"files", "select"}}) {
        CAPTURE(wrong);
        CHECK_THAT(problems_of(whole_rule().set("add", Value::Map{}.set(wrong, "x"))), Contains("did you mean add." + meant + "?"));
    }
}

TEST_CASE("what is wrong with a value is said with what to write", "[rules][reader]")
{
    const auto refused = [](const Value::Map& map) {
        const auto reading = read_rule(map, "test");
        CHECK_FALSE(reading.rule);
        return reading.problems.empty() ? std::string() : reading.problems.front();
    };
    CHECK_THAT(refused(whole_rule().set("size", "3GB")), Contains("write <3GB, >3GB or a range"));
    CHECK_THAT(refused(whole_rule().set("size", 3)), Contains("write it as a text"));
    CHECK_THAT(refused(whole_rule().set("quality", "nice")), Contains("is no quality"));
    CHECK_THAT(refused(whole_rule().set("episodes", "all")), Contains("s02e03-"));
    CHECK_THAT(refused(whole_rule().set("match", "/(/")), Contains("parenthesis"));
    CHECK_THAT(refused(whole_rule().set("match", "-")), Contains("it would match every title"));
    CHECK_THAT(refused(whole_rule().set("enabled", "yes")), Contains("true or false"));
    CHECK_THAT(refused(whole_rule().set("wait", "soon")), Contains("a time like"));
    CHECK_THAT(refused(whole_rule().set("wait", "99999999999999d")), Contains("wait: '99999999999999d' is longer than ten years"));
    CHECK_THAT(refused(whole_rule().set("wait", std::int64_t{9'000'000'000'000'000'000})), Contains("longer than ten years"));
    CHECK_THAT(refused(whole_rule().set("age", "<99999d")), Contains("age: '99999d' is longer than ten years"));
    CHECK_THAT(refused(whole_rule().set("seen", "often")), Contains("seen: by is one of"));
    CHECK_THAT(refused(whole_rule().set("limit", Value::Map{}.set("n", 3).set("per", "minute"))), Contains("per is one of"));
    CHECK_THAT(refused(whole_rule().set("movie", "-")), Contains("write the name of a film"));
    CHECK_THAT(refused(whole_rule().set("packs", "never")), Contains("write true (they, too), false (never) or \"only\""));
    CHECK_THAT(refused(whole_rule().set("freeleech", 1)), Contains("true or false"));
    CHECK_THAT(refused(whole_rule().set("episodes", "1x2-8;10")), Contains("has no ';' at its end"));
    CHECK_THAT(refused(whole_rule().set("add", Value::Map{}.set("pickers", Value::List{}))), Contains("the names of pickers"));
    CHECK_THAT(refused(whole_rule().set("add", Value::Map{}.set("pickers", Value::List{"endgame", "mine.lua"}))), Contains("torrents.set"));
    CHECK_THAT(refused(whole_rule().set("peek", "yes")), Contains("write true or false"));
    CHECK_THAT(refused(whole_rule().set("files", "*.mkv")), Contains("write peek = true, too"));
    CHECK_THAT(refused(whole_rule().set("peek", true).set("files", "/(/")), Contains("files"));
    CHECK_THAT(refused(whole_rule().set("add", Value::Map{}.set("folder", "x"))), Contains("begins with /"));
    CHECK_THAT(refused(whole_rule().set("or_unknown", Value::List{"siez"})), Contains("did you mean or_unknown: size?"));
    CHECK_THAT(refused(whole_rule().set("dialect", "flexget")), Contains("dialect"));
    CHECK_THAT(refused(whole_rule().set("languages", "elvish")), Contains("is no language"));
    CHECK_THAT(refused(Value::Map{}), Contains("no name"));
}

TEST_CASE("a rule that can never match, or matches everything, is taken and said", "[rules][reader]")
{
    const auto no_feeds = read_rule(Value::Map{}.set("name", "r").set("match", "x"), "test");
    CHECK(no_feeds.rule);
    REQUIRE(no_feeds.problems.size() == 1);
    CHECK_THAT(no_feeds.problems[0], Contains("it names no feed"));
    const auto all = read_rule(Value::Map{}.set("name", "r").set("feeds", "*"), "test");
    CHECK(all.rule);
    REQUIRE(all.problems.size() == 1);
    CHECK_THAT(all.problems[0], Contains("takes everything"));
    CHECK(problems_of(whole_rule()).empty());
}

TEST_CASE("a rule knows how to add: what torrents.add takes, with what is the torrent's own", "[rules][reader]")
{
    const auto add = Value::Map{}.set("folder", "/data").set("labels", Value::List{"tv", "new"}).set("paused", true).set("ratio", 1.5).set("seed_time", "2d").set("down", "1M")
                         .set("pickers", Value::List{"sequential", "endgame"});
    const auto reading = read_rule(whole_rule().set("add", add), "test");
    REQUIRE(reading.rule);
    CHECK(reading.rule->add == Value::Map{}.set("folder", "/data").set("label", "tv").set("stopped", true)
                                  .set("own", Value::Map{}.set("ratio", 1.5).set("seed_time", 172800).set("down", 1 << 20)
                                                  .set("pickers", Value::List{"sequential", "endgame"})));
    REQUIRE(reading.problems.size() == 1);
    CHECK_THAT(reading.problems[0], Contains("one label"));
}

TEST_CASE("of two rules of one name the second is refused, and smaller priorities come first", "[rules][reader]")
{
    const auto named = [](const char* name, int priority) { return Value(Value::Map{}.set("name", name).set("feeds", "*").set("match", "x").set("priority", priority)); };
    const auto reading = read_rules({named("a", 2), named("b", 1), named("a", 0), Value(3)}, "test");
    REQUIRE(reading.rules.size() == 2);
    CHECK(reading.rules[0].name == "b");
    CHECK(reading.refused == 2);
    CHECK(reading.problems.size() == 2);
}

} // namespace shoal::feed_rules::test
