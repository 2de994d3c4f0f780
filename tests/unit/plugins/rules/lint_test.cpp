#include "lint.hpp"

#include "made.hpp"

namespace shoal::feed_rules::test {
namespace {

using Catch::Contains;

Value::Map named(const char* name, Value::Map map) { return map.set("name", name); }
Value::Map series_map() { return Value::Map{}.set("series", "Field Notes"); }

// In the order they are given; all of one source.
std::string lint_of(const std::vector<Value::Map>& maps)
{
    std::vector<Rule> rules;
    for (const auto& map : maps) rules.push_back(rule(map));
    std::string all;
    for (const auto& problem : lint(rules, "notes")) all += problem + "\n";
    return all;
}

bool is_shadowed(Value::Map earlier, Value::Map later)
{
    return takes_all_of(rule(named("a", std::move(earlier))), rule(named("b", std::move(later))));
}

} // namespace

TEST_CASE("a rule whose reject takes out all that it is for can never match, and is told so", "[rules][lint]")
{
    const auto never = [](Value::Map map) { return lint_of({named("a", std::move(map))}); };
    CHECK(never(Value::Map{}.set("match", "field notes").set("reject", "notes")) == "rule a: it can never match: reject takes out whatever match lets in\n");
    CHECK_THAT(never(Value::Map{}.set("match", "/no.es/").set("reject", Value::List{"cam", "/no.es/"})), Contains("can never match"));
    CHECK_THAT(never(Value::Map{}.set("match", Value::List{"field notes", "notes s02*"}).set("reject", "notes")), Contains("can never match"));
    CHECK_THAT(never(series_map().set("reject", "field")), Contains("reject takes out the names in series"));
    CHECK_THAT(never(Value::Map{}.set("movie", "Field Notes").set("reject", "\"field notes\"")), Contains("the names in movie"));
    CHECK_THAT(never(series_map().set("movie", "Lamps")), Contains("write two rules"));
    CHECK_THAT(never(Value::Map{}.set("movie", "Lamps").set("episodes", "s01")), Contains("a film has no episodes"));
    CHECK_THAT(never(Value::Map{}.set("movie", "Lamps").set("packs", "only")), Contains("neither packs nor specials"));
}

TEST_CASE("a rule that may match is not told that it cannot", "[rules][lint]")
{
    const auto never = [](Value::Map map) { return lint_of({named("a", std::move(map))}); };
    CHECK(never(Value::Map{}.set("match", Value::List{"field notes", "lamps"}).set("reject", "notes")) == "");
    CHECK(never(Value::Map{}.set("match", "notes").set("reject", "\"field notes\"")) == "");
    CHECK(never(Value::Map{}.set("match", "/notes/").set("reject", "/notes/c")) == "");
    CHECK(never(Value::Map{}.set("match", "s0*").set("reject", "s01*")) == "");
    CHECK(never(Value::Map{}.set("series", Value::List{"Field Notes", "Lamps"}).set("reject", "field")) == "");
    CHECK(never(Value::Map{}.set("series", "Field Notes 2019").set("reject", "\"field notes 2019\"")) == "");
    CHECK(never(series_map().set("reject", "field").set("or_unknown", true)) == "");
    CHECK(never(series_map().set("movie", "Lamps").set("or_unknown", "series")) == "");
    CHECK(never(Value::Map{}.set("movie", "Lamps").set("episodes", "s01").set("or_unknown", "episodes")) == "");
}

TEST_CASE("a rule that an earlier one takes everything from is named with it", "[rules][lint]")
{
    CHECK(lint_of({named("wide", series_map()), named("narrow", series_map().set("size", "<3GB"))})
          == "rule narrow: it takes nothing: rule wide is tried before it, and takes whatever it would\n");
    CHECK(lint_of({named("narrow", series_map().set("size", "<3GB")), named("wide", series_map())}) == "");
    CHECK(is_shadowed(series_map(), series_map().set("peek", true).set("where", true).set("limit", 3)));
    CHECK(is_shadowed(Value::Map{}.set("match", "notes"), Value::Map{}.set("match", "field notes").set("reject", "cam")));
    CHECK(is_shadowed(Value::Map{}.set("match", "notes").set("reject", "cam"), Value::Map{}.set("match", "notes").set("reject", Value::List{"cam", "ts"})));
    CHECK(is_shadowed(series_map().set("groups", Value::List{"oak", "quill"}), series_map().set("groups", "oak")));
    CHECK(is_shadowed(series_map().set("languages", Value::List{"german", "french"}), series_map().set("languages", "french")));
    CHECK(is_shadowed(series_map().set("feeds", "*"), series_map().set("feeds", "daily")));
    CHECK(is_shadowed(series_map().set("quality", "1080p"), series_map().set("quality", "1080p").set("packs", false)));
}

TEST_CASE("a rule that an earlier one leaves something to is let be", "[rules][lint]")
{
    for (const auto& [key, value] : std::vector<std::pair<std::string, Value>>{
             {"enabled", false}, {"shadow", true}, {"where", true}, {"peek", true}, {"limit", 3}, {"feeds", "daily"}, {"reject", "cam"},
             {"size", "<3GB"}, {"age", "<1d"}, {"seeders", 3}, {"quality", "1080p"}, {"episodes", "s01"}, {"groups", "oak"}, {"languages", "german"},
             {"categories", "tv"}, {"freeleech", true}, {"packs", false}, {"specials", "only"}, {"seen", Value::Map{}.set("scope", "rule")}, {"seen", "title"},
             {"propers", false}, {"match", "field"}}) {
        CAPTURE(key);
        CHECK_FALSE(is_shadowed(series_map().set(key, value), series_map()));
    }
    CHECK_FALSE(is_shadowed(series_map(), series_map().set("upgrade", true)));
    CHECK_FALSE(is_shadowed(series_map().set("size", "<3GB"), series_map().set("size", "<3GB").set("or_unknown", "size")));
    CHECK_FALSE(is_shadowed(series_map().set("size", "<3GB"), series_map().set("size", "<3GB").set("peek", true)));
    CHECK_FALSE(is_shadowed(series_map(), Value::Map{}.set("series", Value::List{"Field Notes", "Lamps"})));
    CHECK_FALSE(is_shadowed(series_map(), series_map().set("feeds", Value::List{})));
}

TEST_CASE("a rule that is there twice is said once, whatever language it is in", "[rules][lint]")
{
    CHECK(lint_of({named("a", series_map().set("limit", 3)), named("b", series_map().set("limit", 3)), named("c", series_map().set("limit", 2))})
          == "rule b: it is the same as rule a but for its name\n");
    const auto qb = Value::Map{}.set("dialect", "qbittorrent").set("must", "notes");
    CHECK(lint_of({named("a", qb), named("b", qb)}) == "rule b: it is the same as rule a but for its name\n");
    CHECK(lint_of({named("a", series_map().set("where", true)), named("b", series_map().set("where", true))}) == "");
}

TEST_CASE("rules of another source are looked at, and not spoken of", "[rules][lint]")
{
    std::vector<Rule> rules{rule(named("a", series_map())), rule(named("b", series_map()))};
    rules[0].source = "other";
    CHECK(lint(rules, "notes").size() == 1);
    CHECK(lint(rules, "other").empty());
}

TEST_CASE("a feed that there is not is named, but not all of them", "[rules][lint]")
{
    const std::vector<Rule> rules{rule(named("a", series_map().set("feeds", Value::List{"daily", "tv-*", "dialy"}))), rule(named("b", series_map()))};
    const auto problems = unknown_feeds(rules, {"daily", "tv-one"});
    REQUIRE(problems.size() == 1);
    CHECK(problems[0] == "rule a: feeds: no feed is called dialy; feeds.list has those there are");
    CHECK(unknown_feeds(rules, {}).size() == 3);
}

} // namespace shoal::feed_rules::test
