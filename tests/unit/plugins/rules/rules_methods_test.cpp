#include "asked.hpp"

namespace shoal::feed_rules::test {

namespace {

using Catch::Contains;

} // namespace

TEST_CASE("what is hardly meant is said when rules are loaded, also beside those of other scripts", "[rules][service]")
{
    RulesHost host;
    host.start();
    static_cast<void>(host.call("rules.load", load(notes_rules())));
    const auto narrow = notes_rules(Value::Map{}.set("name", "narrow").set("size", "<3GB"));
    const auto other = map_of(host.call("rules.load", Value::Map{}.set("source", "z.lua").set("rules", narrow)));
    CHECK(*other.find("accepted") == Value(1));
    CHECK(list_in(other, "problems") == Value::List{"rule narrow: it takes nothing: rule notes is tried before it, and takes whatever it would"});
    const auto first = map_of(host.call("rules.load", Value::Map{}.set("source", "a.lua").set("rules", notes_rules(Value::Map{}.set("name", "first").set("priority", -1).set("size", "<3GB")))));
    CHECK(list_in(first, "problems").empty());
    const auto tried = map_of(host.call("rules.test", Value::Map{}.set("name", "try").set("rules", notes_rules(Value::Map{}.set("reject", "field"))).set("now", noon)
                                                          .set("feeds", feed_of({item_map("Field Notes S01E01")})).set("seen", "none")));
    CHECK_THAT(*list_in(tried, "problems").at(0).as_text(), Contains("it can never match"));
}

TEST_CASE("the list says what is hardly meant beside the rules there are, and not what was", "[rules][service]")
{
    RulesHost host;
    host.start();
    const auto problems = [&host](const std::string& name) {
        const auto rules = *(*host.call("rules.list"))->as_list();
        const auto at = std::ranges::find_if(rules, [&name](const Value& rule) { return text_in(*rule.as_map(), "rule") == name; });
        REQUIRE(at != rules.end());
        return list_in(*at->as_map(), "problems");
    };
    const auto narrow = notes_rules(Value::Map{}.set("name", "narrow").set("size", "<3GB"));
    static_cast<void>(host.call("rules.load", Value::Map{}.set("source", "z.lua").set("rules", narrow)));
    CHECK(problems("narrow").empty());
    static_cast<void>(host.call("rules.load", load(notes_rules())));
    CHECK(problems("narrow") == Value::List{"rule narrow: it takes nothing: rule notes is tried before it, and takes whatever it would"});
    static_cast<void>(host.call("rules.load", load({})));
    CHECK(problems("narrow").empty());
}

TEST_CASE("a feed that nobody has declared is said once, when all that are declared are known", "[rules][service]")
{
    RulesHost host;
    host.start();
    static_cast<void>(host.call("rules.load", load(notes_rules(Value::Map{}.set("feeds", Value::List{"daily", "dialy"})))));
    CHECK(host.asked_for("feeds.list") == 0);
    const auto problems = [&host] { return list_in(*(*host.call("rules.list"))->as_list()->at(0).as_map(), "problems"); };
    const auto warnings = [&host] {
        return std::ranges::count_if(host.fake.logged, [](const std::string& line) { return line.find("no feed is called dialy") != line.npos; });
    };
    host.wait(1);
    host.answer("feeds.list", Value::List{Value::Map{}.set("feed", "daily")});
    CHECK(problems() == Value::List{"rule notes: feeds: no feed is called dialy; feeds.list has those there are"});
    CHECK(warnings() == 1);
    static_cast<void>(host.call("rules.load", Value::Map{}.set("source", "other.lua").set("rules", notes_rules(Value::Map{}.set("name", "lamps").set("series", "Lamps")))));
    host.wait(1);
    host.answer("feeds.list", Value::List{Value::Map{}.set("feed", "daily")});
    CHECK(warnings() == 1);
    static_cast<void>(host.call("rules.load", Value::Map{}.set("source", "other.lua").set("rules", Value::List{})));
    host.wait(1);
    host.answer("feeds.list", Value::List{Value::Map{}.set("feed", "daily"), Value::Map{}.set("feed", "dialy")});
    CHECK(problems().empty());
}

TEST_CASE("a rule that is listed has the problems that are its own", "[rules][service]")
{
    RulesHost host;
    host.start();
    auto rules = notes_rules(Value::Map{}.set("name", "notes").set("feeds", "dialy"));
    rules.push_back(notes_rules(Value::Map{}.set("name", "never").set("reject", "field")).front());
    rules.push_back(notes_rules(Value::Map{}.set("name", "wrong").set("serie", "x")).front());
    rules.push_back(notes_rules(Value::Map{}.set("name", "lamps").set("series", "Lamps")).front());
    static_cast<void>(host.call("rules.load", load(rules)));
    host.wait(1);
    host.answer("feeds.list", Value::List{Value::Map{}.set("feed", "daily")});
    std::map<std::string, Value::List> problems;
    const auto listed = *(*host.call("rules.list"))->as_list();
    for (const auto& one : listed) problems[text_in(*one.as_map(), "rule")] = list_in(*one.as_map(), "problems");
    CHECK(problems.size() == 3);
    CHECK(problems["notes"] == Value::List{"rule notes: feeds: no feed is called dialy; feeds.list has those there are"});
    REQUIRE(problems["never"].size() == 1);
    CHECK_THAT(*problems["never"][0].as_text(), Contains("rule never: it can never match"));
    CHECK(problems["lamps"].empty());
}

TEST_CASE("a title is taken apart for whoever asks", "[rules][service]")
{
    RulesHost host;
    host.start();
    const auto release = [&host](const char* title) { return map_of(host.call("rules.release", Value::Map{}.set("title", title))); };
    CHECK(Value(release("Field.Notes.2019.S01E02E03.PROPER.1080p.WEB-DL.H264.GERMAN-QUILL"))
          == Value(Value::Map{}.set("key", "field notes/s01e02-03").set("kind", "episode").set("name", "field notes").set("number", "s01e02-03").set("season", 1)
                       .set("episode", 2).set("last_episode", 3).set("year", 2019).set("quality", "1080p webdl h264").set("resolution", "1080p").set("source", "webdl")
                       .set("codec", "h264").set("group", "quill").set("languages", "german").set("revision", 1).set("proper", true)));
    CHECK(Value(release("Night Radio 2024.01.05")) == Value(Value::Map{}.set("key", "night radio/2024-01-05").set("kind", "daily").set("name", "night radio")
                                                                .set("number", "2024-01-05").set("date", "2024-01-05").set("quality", "unknown").set("revision", 0).set("proper", false)));
    CHECK(text_in(release("Lamps.2019.720p"), "kind") == "movie");
    CHECK(integer_in(release("Field Notes S01-S03 720p"), "last_season") == 3);
    CHECK(text_in(release("[g] Lamps - 12 [720p]"), "kind") == "absolute");
    CHECK(text_in(release("words alone"), "kind") == "other");
}

TEST_CASE("rules are asked about a whole item, and what else is said counts more", "[rules][service]")
{
    RulesHost host;
    host.start();
    static_cast<void>(host.call("rules.load", load(notes_rules(Value::Map{}.set("freeleech", true).set("size", "<3GB")))));
    const auto notes = item_map("Field Notes S01E01", Value::Map{}.set("size", 1 << 20).set("attributes", Value::Map{}.set("downloadvolumefactor", "0")));
    const auto matches = [&host](Value::Map arguments) { return flag_in(*list_in(map_of(host.call("rules.why", std::move(arguments))), "rules").at(0).as_map(), "matches"); };
    CHECK(matches(Value::Map{}.set("item", notes)));
    CHECK_FALSE(matches(Value::Map{}.set("item", notes).set("size", 4L << 30)));
    CHECK_FALSE(matches(Value::Map{}.set("title", "Field Notes S01E01")));
    const auto nothing = host.call("rules.why", Value::Map{}.set("item", Value::Map{}));
    REQUIRE(nothing);
    REQUIRE_FALSE(*nothing);
    CHECK(nothing->error().text == "give it a title, or an item that has one");
}

TEST_CASE("whether a thing was taken is asked by a title or by its key", "[rules][service]")
{
    RulesHost host;
    host.start();
    static_cast<void>(host.call("rules.load", load(notes_rules(Value::Map{}.set("seen", Value::Map{}.set("scope", "rule"))))));
    static_cast<void>(host.call("seen.learn", Value::Map{}.set("title", "Lamps S01E01")));
    const auto has = [&host](Value::Map arguments) { return flag_in(map_of(host.call("seen.has", std::move(arguments))), "seen"); };
    CHECK(has(Value::Map{}.set("title", "Lamps.S01E01.1080p")));
    CHECK(has(Value::Map{}.set("key", "lamps/s01e01")));
    CHECK_FALSE(has(Value::Map{}.set("title", "Lamps.S01E02.1080p")));
    host.hear(item_map("Field Notes S01E01"));
    const auto on_its_way = map_of(host.call("seen.has", Value::Map{}.set("title", "Field Notes S01E01").set("rule", "notes")));
    CHECK_FALSE(flag_in(on_its_way, "seen"));
    CHECK(text_in(on_its_way, "state") == "adding");
    host.answer("torrents.add", Value("aabb"));
    CHECK(has(Value::Map{}.set("title", "Field Notes S01E01").set("rule", "notes")));
    CHECK_FALSE(has(Value::Map{}.set("title", "Field Notes S01E01")));
    CHECK_FALSE(*host.call("seen.has", Value::Map{}.set("title", "x").set("rule", "none")));
    CHECK_FALSE(*host.call("seen.has"));
}

TEST_CASE("each rule says how many it has taken, with those on their way, and how many of them wait", "[rules][service]")
{
    RulesHost host;
    host.start();
    auto rules = notes_rules(Value::Map{}.set("wait", "1h"));
    rules.push_back(notes_rules(Value::Map{}.set("name", "lamps").set("series", "Lamps")).front());
    static_cast<void>(host.call("rules.load", load(rules)));
    host.hear(item_map("Lamps S01E01"));
    host.answer("torrents.add", Value("aabb"));
    host.hear(item_map("Lamps S01E01 PROPER"));
    host.hear(item_map("Lamps S01E02"));
    host.hear(item_map("Field Notes S01E01"));
    static_cast<void>(host.call("seen.learn", Value::Map{}.set("title", "Lamps S01E03")));
    const auto listed = *(*host.call("rules.list"))->as_list();
    CHECK(integer_in(*listed.at(0).as_map(), "taken") == 1);
    CHECK(integer_in(*listed.at(0).as_map(), "waiting") == 1);
    CHECK(integer_in(*listed.at(1).as_map(), "taken") == 2);
    CHECK(integer_in(*listed.at(1).as_map(), "waiting") == 2);
}

} // namespace shoal::feed_rules::test
