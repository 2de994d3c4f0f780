#include "judge.hpp"

#include "made.hpp"

namespace shoal::feed_rules::test {
namespace {

using Catch::Contains;

bool takes(Value::Map map, const Item& of) { return accepts(rule(std::move(map)), of, noon); }

// "size: got 4 GB, wanted <3GB" of the first that fails.
std::string first_failure(Value::Map map, const Item& of)
{
    Sheet sheet(Sheet::Mode::explain);
    judge(rule(std::move(map)), of, noon, sheet);
    for (const auto& finding : sheet.trace()) {
        if (!finding.is_ok) return finding.test + ": got " + finding.got + ", wanted " + finding.wanted;
    }
    return {};
}

Value::Map with(const std::string& key, Value value) { return Value::Map{}.set("match", "notes").set(key, std::move(value)); }

} // namespace

TEST_CASE("each key of a rule lets through what it says", "[rules][judge]")
{
    const auto notes = item("Field.Notes.S01E02.1080p.WEB-DL.H264-QUILL",
                            Value::Map{}.set("size", 2L << 30).set("seeders", 7).set("categories", Value::List{"TV", "TV > HD"}));
    CHECK(takes(with("feeds", "daily"), notes));
    CHECK(takes(with("feeds", "da*"), notes));
    CHECK_FALSE(takes(with("feeds", "weekly"), notes));
    CHECK(takes(Value::Map{}.set("match", Value::List{"nothing", "field notes"}), notes));
    CHECK_FALSE(takes(Value::Map{}.set("match", "other"), notes));
    CHECK_FALSE(takes(with("reject", "1080p"), notes));
    CHECK(takes(with("reject", Value::List{"720p", "hdtv"}), notes));
    CHECK(takes(with("series", "Field Notes"), notes));
    CHECK_FALSE(takes(with("series", "Field"), notes));
    CHECK(takes(with("episodes", "s01"), notes));
    CHECK_FALSE(takes(with("episodes", "s02"), notes));
    CHECK(takes(with("quality", "720p-1080p webdl"), notes));
    CHECK_FALSE(takes(with("quality", "2160p"), notes));
    CHECK(takes(with("size", "<3GB"), notes));
    CHECK_FALSE(takes(with("size", "<1GB"), notes));
    CHECK(takes(with("age", "<2h"), notes));
    CHECK_FALSE(takes(with("age", "<30m"), notes));
    CHECK(takes(with("seeders", 5), notes));
    CHECK_FALSE(takes(with("seeders", ">=8"), notes));
    CHECK(takes(with("groups", "Quill"), notes));
    CHECK_FALSE(takes(with("groups", "oak"), notes));
    CHECK(takes(with("categories", "tv*"), notes));
    CHECK_FALSE(takes(with("categories", "movies*"), notes));
    CHECK_FALSE(takes(with("languages", "german"), notes));
}

TEST_CASE("what a feed calls its backlog is not taken", "[rules][judge]")
{
    CHECK(takes(with("feeds", "daily"), item("Field Notes", Value::Map{}.set("backlog", false))));
    CHECK_FALSE(takes(with("feeds", "daily"), item("Field Notes", Value::Map{}.set("backlog", true))));
    CHECK_THAT(first_failure(with("feeds", "daily"), item("Field Notes", Value::Map{}.set("backlog", true))), Contains("read for the first time"));
}

TEST_CASE("a series with a year is that one alone", "[rules][judge]")
{
    const auto new_one = item("Field.Notes.2019.S01E01.720p");
    CHECK(takes(Value::Map{}.set("series", "Field Notes (2019)"), new_one));
    CHECK(takes(Value::Map{}.set("series", "Field Notes"), new_one));
    CHECK_FALSE(takes(Value::Map{}.set("series", "Field Notes 1999"), new_one));
    CHECK_FALSE(takes(Value::Map{}.set("series", "Field Notes 2019"), item("Field.Notes.S01E01.720p")));
}

TEST_CASE("a film is known by its name, and with a year it is that one alone", "[rules][judge]")
{
    const auto harbour = item("The.Quiet.Harbour.2021.1080p.WEB-DL.x264-OAK");
    CHECK(takes(Value::Map{}.set("movie", "The Quiet Harbour"), harbour));
    CHECK(takes(Value::Map{}.set("movie", Value::List{"Another", "The Quiet Harbour (2021)"}), harbour));
    CHECK_FALSE(takes(Value::Map{}.set("movie", "The Quiet Harbour 1999"), harbour));
    CHECK_FALSE(takes(Value::Map{}.set("movie", "Quiet Harbour"), harbour));
    CHECK_FALSE(takes(Value::Map{}.set("movie", "Field Notes").set("or_unknown", true), item("Field.Notes.S01E02.720p")));
    CHECK_FALSE(takes(Value::Map{}.set("movie", "Field Notes"), item("Field Notes")));
    CHECK(takes(Value::Map{}.set("movie", "Field Notes").set("or_unknown", "movie"), item("Field Notes")));
    CHECK(first_failure(Value::Map{}.set("movie", "Lamps"), harbour) == "movie: got the quiet harbour 2021, wanted lamps");
    CHECK(first_failure(Value::Map{}.set("movie", "Lamps"), item("Lamps")) == "movie: got no year is recognised, wanted lamps");
}

TEST_CASE("whole seasons and specials are taken, too, or never, or alone", "[rules][judge]")
{
    const auto episode = item("Field.Notes.S01E02.720p");
    const auto season = item("Field.Notes.S01.720p");
    const auto special = item("Field.Notes.S00E01.720p");
    const auto bare = item("Field Notes");
    for (const auto* key : {"packs", "specials"}) {
        CAPTURE(key);
        const auto& one = std::string(key) == "packs" ? season : special;
        CHECK(takes(with(key, true), one));
        CHECK(takes(with(key, true), episode));
        CHECK_FALSE(takes(with(key, false), one));
        CHECK(takes(with(key, false), episode));
        CHECK(takes(with(key, "only"), one));
        CHECK_FALSE(takes(with(key, "only"), episode));
        CHECK(takes(with(key, true), bare));
        CHECK_FALSE(takes(with(key, false), bare));
        CHECK(takes(with(key, false).set("or_unknown", true), bare));
    }
    CHECK(first_failure(with("packs", false), season) == "packs: got a whole season, wanted not a whole season");
    CHECK(first_failure(with("specials", "only"), episode) == "specials: got s01e02, wanted a special");
    CHECK_FALSE(takes(with("specials", "only"), item("Field Notes 2024.01.05")));
}

TEST_CASE("what costs no ratio is known by any of the ways in which it is said", "[rules][judge]")
{
    const auto of = [](const char* name, const char* value) {
        return takes(with("freeleech", true), item("Field Notes", Value::Map{}.set("attributes", Value::Map{}.set(name, value))));
    };
    CHECK(of("downloadvolumefactor", "0"));
    CHECK(of("downloadvolumefactor", "0.0"));
    CHECK(of("freeleech", "Yes"));
    CHECK(of("freeleech", "100%"));
    CHECK(of("tag", "internal, freeleech"));
    for (const auto* factor : {"1", "0.5", "0.75", "-0.5", "nan", "none", ""}) {
        CAPTURE(factor);
        CHECK_FALSE(of("downloadvolumefactor", factor));
    }
    CHECK_FALSE(of("freeleech", "0"));
    CHECK_FALSE(of("tag", "halffreeleech"));
    const auto bare = item("Field Notes");
    CHECK(first_failure(with("freeleech", true), bare) == "freeleech: got unknown, wanted true");
    CHECK(takes(with("freeleech", true).set("or_unknown", "freeleech"), bare));
    CHECK(takes(with("freeleech", false), bare));
    const auto paid = item("Field Notes", Value::Map{}.set("attributes", Value::Map{}.set("downloadvolumefactor", "1")));
    CHECK_FALSE(takes(with("freeleech", true).set("or_unknown", true), paid));
    CHECK(takes(Value::Map{}.set("dialect", "qbittorrent").set("must", "notes").set("freeleech", true).set("or_unknown", true), bare));
    CHECK_FALSE(takes(Value::Map{}.set("dialect", "qbittorrent").set("must", "notes").set("freeleech", true), paid));
}

TEST_CASE("what is unknown fails, unless the rule says otherwise, and the trace says so", "[rules][judge]")
{
    const auto bare = item("Field Notes");
    for (const auto* test : {"size", "seeders", "quality", "episodes", "groups", "languages", "categories"}) {
        CAPTURE(test);
        auto map = with("size", "<3GB").set("seeders", 1).set("quality", "720p").set("episodes", "s01").set("groups", "oak").set("languages", "german").set("categories", "tv");
        CHECK_FALSE(takes(map, bare));
        map.set("or_unknown", true);
        CHECK(takes(map, bare));
    }
    CHECK(first_failure(with("size", "<3GB"), bare) == "size: got unknown, wanted <3GB");
    CHECK(takes(with("size", "<3GB").set("or_unknown", Value::List{"size"}), bare));
    CHECK(first_failure(with("size", "<3GB").set("seeders", 3).set("or_unknown", Value::List{"size"}), bare) == "seeders: got unknown, wanted at least 3");
    CHECK_FALSE(takes(with("size", "<3GB").set("or_unknown", true), item("Field Notes", Value::Map{}.set("size", 4L << 30))));
}

TEST_CASE("a trace has every test with what it got and wanted", "[rules][judge]")
{
    Sheet sheet(Sheet::Mode::explain);
    judge(rule(with("size", "<3GB").set("quality", "720p-1080p").set("reject", "cam")), item("Field.Notes.S01E02.1080p", Value::Map{}.set("size", 4L << 30)), noon, sheet);
    REQUIRE(sheet.trace().size() == 5);
    CHECK(sheet.failures() == 1);
    CHECK(sheet.trace()[0].test == "feeds");
    CHECK(sheet.trace()[1].test == "size");
    CHECK(sheet.trace()[1].got == "4 GB");
    CHECK(sheet.trace()[1].wanted == "<3GB");
    CHECK_FALSE(sheet.trace()[1].is_ok);
    CHECK(sheet.trace()[2].test == "quality");
    CHECK(sheet.trace()[2].got == "1080p");
    CHECK(sheet.trace()[3].test == "match");
    CHECK(sheet.trace()[4].test == "reject");
    CHECK(sheet.trace()[4].is_ok);
}

TEST_CASE("a match that is missed says which word is not there", "[rules][judge]")
{
    CHECK_THAT(first_failure(Value::Map{}.set("match", "field diary"), item("Field Notes")), Contains("(without diary)"));
    CHECK_THAT(first_failure(with("reject", "cam"), item("Notes CAM")), Contains("(with cam)"));
    CHECK_THAT(first_failure(Value::Map{}.set("series", "notes"), item("Notes")), Contains("no season or episode is recognised"));
    CHECK_THAT(first_failure(Value::Map{}.set("match", "x").set("feeds", Value::List{}), item("x")), Contains("it names none"));
}

TEST_CASE("the cheapest change lets exactly that title through", "[rules][judge]")
{
    const auto of = rule(with("size", "<3GB").set("seeders", 5));
    Sheet sheet(Sheet::Mode::explain);
    judge(of, item("Field Notes", Value::Map{}.set("size", 4L << 30)), noon, sheet);
    CHECK(cheapest_change(of, sheet.trace(), "field notes") == "rule r: let size take 4 GB (it wants <3GB), and let seeders be unknown: or_unknown = { \"seeders\" }");
}

TEST_CASE("a title that may be of anything is not to be taken for the thing", "[rules][judge]")
{
    const auto change = [](const Value::Map& map, const char* title) {
        const auto of = rule(map);
        Sheet sheet(Sheet::Mode::explain);
        judge(of, item(title), noon, sheet);
        return cheapest_change(of, sheet.trace(), "");
    };
    CHECK(change(with("series", "Field Notes").set("size", "<3GB"), "Quiet Harbour")
          == "rule r: nothing: it is for field notes, and in this title no season or episode is recognised");
    CHECK(change(Value::Map{}.set("movie", "Lamps"), "Field Notes") == "rule r: nothing: it is for lamps, and in this title no year is recognised");
    CHECK(change(Value::Map{}.set("match", "lamps"), "unknown") == "rule r: let match take unknown (without lamps) (it wants lamps)");
    CHECK(change(with("series", "Lamps"), "Field Notes S01E01") == "rule r: let series take field notes (it wants lamps)");
}

TEST_CASE("what was taken before is forgotten by a command that can be copied", "[rules][judge]")
{
    const auto of = rule(with("size", "<3GB"));
    const std::vector<Finding> trace{{.test = "seen", .got = "taken", .wanted = "nothing of it before", .is_ok = false}};
    CHECK(cheapest_change(of, trace, "field notes/s01e02") == "rule r: forget that it was taken: shoal ctl call seen.forget 'key=field notes/s01e02'");
    CHECK_THAT(cheapest_change(of, trace, "it's: field notes"), Contains("'key=it'\\''s: field notes'"));
}

TEST_CASE("things are the same by what the rule says", "[rules][judge]")
{
    const auto notes = item("Field.Notes.S01E02.720p");
    const auto key = [&notes](Value seen) { return key_of(rule(Value::Map{}.set("match", "notes").set("seen", std::move(seen))), notes); };
    CHECK(key("episode") == "field notes/s01e02");
    CHECK(key("title") == "field notes s01e02 720p");
    CHECK(key("guid") == notes.guid);
    CHECK(key("url") == notes.url);
    CHECK(key("hash") == notes.guid);
    CHECK(key(Value::Map{}.set("by", "episode").set("scope", "rule")) == "r: field notes/s01e02");
    const auto long_one = key_of(rule(Value::Map{}.set("match", "x").set("seen", "url")), item("x", Value::Map{}.set("url", std::string(3000, 'u'))));
    CHECK(long_one.size() < 230);
    CHECK(long_one != key_of(rule(Value::Map{}.set("match", "x").set("seen", "url")), item("x", Value::Map{}.set("url", std::string(3001, 'u')))));
}

TEST_CASE("the first preference that is met counts", "[rules][judge]")
{
    const auto of = rule(Value::Map{}.set("match", "notes").set("prefer", Value::List{"1080p webdl", "1080p", "/quill/"}));
    CHECK(preference_of(of, item("Notes S01E01 1080p WEB-DL")) == 0);
    CHECK(preference_of(of, item("Notes S01E01 1080p HDTV")) == 1);
    CHECK(preference_of(of, item("Notes S01E01 720p-QUILL")) == 2);
    CHECK(preference_of(of, item("Notes S01E01 720p")) == 3);
}

} // namespace shoal::feed_rules::test
