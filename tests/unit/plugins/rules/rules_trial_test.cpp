#include "asked.hpp"

#include <limits>

namespace shoal::feed_rules::test {

namespace {

using Catch::Contains;

} // namespace

TEST_CASE("a trial peeks into the torrents that are at hand, and says of others that it did not", "[rules][service]")
{
    RulesHost host;
    host.start();
    const auto rules = notes_rules(Value::Map{}.set("peek", true).set("reject_files", "*.exe").set("where", true));
    const auto torrents = Value::Map{}.set("Field Notes S01E01.torrent", Value::Map{}.set("size", 5).set("files", Value::List{Value::Map{}.set("path", "Run.exe").set("size", 5)}));
    static_cast<void>(host.call("rules.test", Value::Map{}.set("name", "try").set("rules", rules).set("now", noon).set("seen", "none").set("explain", true)
                                                  .set("torrents", torrents)
                                                  .set("feeds", feed_of({item_map("Field Notes S01E01"), item_map("Field Notes S01E02")}))));
    REQUIRE(host.asked_for("scripts.ask") == 1);
    host.answer("scripts.ask", Value::Map{}.set("ok", true).set("why", "new"));
    const auto answer = map_of(host.answered);
    CHECK(decisions_of(answer) == "Field Notes S01E01: rejected\nField Notes S01E02: added\n");
    CHECK(text_in(*list_in(answer, "decisions")[0].as_map(), "why") == "reject_files: got Run.exe, wanted not *.exe");
    CHECK(text_in(*list_in(answer, "decisions")[1].as_map(), "why") == "if what is in it is wanted: it was not peeked into");
    std::string lines;
    for (const auto& finding : list_in(*list_in(*list_in(answer, "decisions")[1].as_map(), "traces").at(0).as_map(), "trace")) {
        lines += text_in(*finding.as_map(), "test") + ": " + text_in(*finding.as_map(), "got") + "\n";
    }
    CHECK_THAT(lines, Contains("peek: not peeked\nwhere: new\n"));
    CHECK(host.asked_for("torrents.peek") == 0);
}

TEST_CASE("a trial is of a time that there is", "[rules][service]")
{
    RulesHost host;
    host.start();
    const auto at = [&host](std::int64_t now) {
        const auto rules = notes_rules(Value::Map{}.set("wait", "3650d").set("age", ">0s"));
        const auto items = feed_of({item_map("Field Notes S01E01", Value::Map{}.set("published", std::numeric_limits<std::int64_t>::min()))});
        return host.call("rules.test", Value::Map{}.set("name", "try").set("rules", rules).set("now", now).set("seen", "none").set("feeds", items));
    };
    CHECK(decisions_of(map_of(at(253'402'300'799))) == "Field Notes S01E01: rejected\n");
    for (const auto wrong : {std::numeric_limits<std::int64_t>::max(), std::int64_t{-1}}) {
        const auto answer = at(wrong);
        REQUIRE(answer);
        REQUIRE_FALSE(*answer);
        CHECK(answer->error().text == "now is a unix time up to the year 9999");
    }
}

TEST_CASE("what was taken before is what seen.list gave, and a trial decides by it as the daemon would", "[rules][service]")
{
    RulesHost host;
    host.start();
    const auto rules = notes_rules(Value::Map{}.set("prefer", Value::List{"1080p", "720p"}).set("upgrade", true));
    static_cast<void>(host.call("rules.load", load(rules)));
    for (const auto* title : {"Field Notes S01E01 720p", "Field Notes S01E02 1080p"}) {
        host.hear(item_map(title));
        host.answer("torrents.add", Value("aabb"));
    }
    static_cast<void>(host.call("seen.learn", Value::Map{}.set("title", "Field Notes S01E03")));
    host.hear(item_map("Field Notes S01E04 720p"));
    const auto offered = feed_of({item_map("Field Notes S01E01 720p WEB-DL"), item_map("Field Notes S01E01 1080p"), item_map("Field Notes S01E02 720p"),
                                  item_map("Field Notes S01E03 1080p"), item_map("Field Notes S01E05 720p")});
    const auto trial = Value::Map{}.set("name", "try").set("rules", rules).set("feeds", offered).set("now", noon);
    const std::string wanted = "Field Notes S01E01 720p WEB-DL: added\nField Notes S01E01 1080p: added\nField Notes S01E02 720p: rejected\n"
                               "Field Notes S01E03 1080p: rejected\nField Notes S01E05 720p: added\n";
    auto arguments = trial;
    CHECK(decisions_of(map_of(host.call("rules.test", arguments.set("seen", "live")))) == wanted);
    const auto taken = *(*host.call("seen.list", Value::Map{}.set("contains", "").set("limit", 100)));
    CHECK(taken.as_list()->size() == 4);
    arguments = trial;
    CHECK(decisions_of(map_of(host.call("rules.test", arguments.set("seen", "none").set("taken", taken)))) == wanted);
    arguments = trial;
    CHECK_THAT(decisions_of(map_of(host.call("rules.test", arguments.set("seen", "none")))), Contains("S01E03 1080p: added"));
    const auto odd = Value::List{3, Value::Map{}.set("key", "x"), Value::Map{}.set("key", "field notes/s01e05").set("title", "Field Notes S01E05 720p").set("at", -1)};
    arguments = trial;
    CHECK_THAT(decisions_of(map_of(host.call("rules.test", arguments.set("seen", "none").set("taken", odd)))), Contains("S01E05 720p: rejected"));
}

TEST_CASE("a trial that takes long lets others have their turn, and decides the same", "[rules][service]")
{
    RulesHost host;
    host.start();
    Value::List items;
    for (int i = 1; i <= 9; ++i) items.emplace_back(item_map("Field Notes S01E0" + std::to_string(i)));
    const auto arguments = Value::Map{}.set("name", "try").set("rules", notes_rules(Value::Map{}.set("wait", "1h").set("episodes", "s01e03-"))).set("now", noon)
                               .set("feeds", feed_of(items)).set("seen", "none");
    const auto at_once = decisions_of(map_of(host.call("rules.test", arguments)));
    CHECK_THAT(at_once, Contains("S01E02: rejected") && Contains("S01E09: added"));
    // A clock on which whatever is done takes six milliseconds.
    const_cast<shoal_host*>(host.fake.raw())->now = [](const shoal_host*) -> std::uint64_t {
        static std::uint64_t time = 0;
        return time += 6'000'000;
    };
    CHECK_FALSE(host.call("rules.test", arguments));
    int turns = 1;
    for (; !host.answered && turns < 1000; ++turns) host.fake.run_posted();
    CHECK(turns > 5);
    CHECK(turns < 100);
    CHECK(decisions_of(map_of(host.answered)) == at_once);
}

TEST_CASE("rules are tried out on items, with nothing added and nothing remembered", "[rules][service]")
{
    RulesHost host;
    host.start();
    auto arguments = Value::Map{}.set("name", "try").set("rules", notes_rules(Value::Map{}.set("size", "<3GB").set("prefer", Value::List{"1080p"}).set("wait", "1h")))
                         .set("now", noon).set("explain", true).set("seen", "none");
    arguments.set("feeds", feed_of({item_map("Field Notes S01E01 720p", Value::Map{}.set("size", 1 << 20)),
                                    item_map("Field Notes S01E01 1080p", Value::Map{}.set("size", 1 << 20)),
                                    item_map("Field Notes S01E02", Value::Map{}.set("size", 4L << 30)), item_map("Other S01E01")}));
    const auto answer = map_of(host.call("rules.test", arguments));
    CHECK(decisions_of(answer) == "Field Notes S01E01 720p: passed over\nField Notes S01E01 1080p: added\nField Notes S01E02: rejected\nOther S01E01: rejected\n");
    const auto& decisions = list_in(answer, "decisions");
    CHECK(text_in(*decisions[2].as_map(), "why") == "size: got 4 GB, wanted <3GB");
    CHECK_THAT(text_in(*decisions[0].as_map(), "why"), Contains("field notes/s01e01"));
    CHECK(list_in(*decisions[0].as_map(), "traces").size() == 1);
    CHECK(host.asked_for("torrents.add") == 0);
    CHECK(host.kept.empty());
}

TEST_CASE("a file in Lua and a feed as it came are read by those who can", "[rules][service]")
{
    RulesHost host;
    host.start();
    const auto feeds = Value::List{Value::Map{}.set("name", "daily").set("text", "<rss/>")};
    CHECK_FALSE(host.call("rules.test", Value::Map{}.set("name", "try").set("text", "shoal.rules…").set("feeds", feeds).set("now", noon).set("seen", "none")));
    host.answer("scripts.read", Value::Map{}.set("rules", notes_rules(Value::Map{}.set("where", true))));
    host.answer("feeds.parse", Value::Map{}.set("items", Value::List{item_map("Field Notes S01E01")}).set("next", 1));
    host.answer("feeds.parse", Value::Map{}.set("items", Value::List{item_map("Field Notes S01E02")}).set("next", Value{}));
    CHECK_FALSE(host.answered);
    CHECK(text_in(host.arguments_of("scripts.ask"), "script") == "try");
    host.answer("scripts.ask", Value::Map{}.set("ok", false).set("why", "not this one"));
    host.answer("scripts.ask", Value::Map{}.set("ok", true));
    const auto& answer = map_of(host.answered);
    CHECK(decisions_of(answer) == "Field Notes S01E01: rejected\nField Notes S01E02: added\n");
    CHECK(text_in(*list_in(answer, "decisions")[0].as_map(), "why") == "where: not this one");
    CHECK(host.asked_for("scripts.forget") == 1);
}

TEST_CASE("an item that one rule's function does not want is put to the next one's, as it would be live", "[rules][service]")
{
    RulesHost host;
    host.start();
    auto rules = notes_rules(Value::Map{}.set("where", true));
    rules.push_back(notes_rules(Value::Map{}.set("name", "second").set("where", true)).front());
    static_cast<void>(host.call("rules.test", Value::Map{}.set("name", "try").set("rules", rules).set("feeds", feed_of({item_map("Field Notes S01E01")}))
                                                  .set("now", noon).set("seen", "none")));
    host.answer("scripts.ask", Value::Map{}.set("ok", false).set("why", "not this one"));
    CHECK_FALSE(host.answered);
    REQUIRE(host.asked_for("scripts.ask") == 1);
    CHECK(text_in(host.arguments_of("scripts.ask"), "rule") == "second");
    SECTION("yes")
    {
        host.answer("scripts.ask", Value::Map{}.set("ok", true));
        const auto& decision = *list_in(map_of(host.answered), "decisions").at(0).as_map();
        CHECK(text_in(decision, "decision") == "added");
        CHECK(text_in(decision, "rule") == "second");
    }
    SECTION("no")
    {
        host.answer("scripts.ask", Value::Map{}.set("ok", false).set("why", "nor here"));
        const auto& decision = *list_in(map_of(host.answered), "decisions").at(0).as_map();
        CHECK(text_in(decision, "decision") == "rejected");
        CHECK(text_in(decision, "rule") == "second");
        CHECK(text_in(decision, "why") == "where: nor here");
    }
}

TEST_CASE("what a rule's function said is a line of the trace", "[rules][service]")
{
    RulesHost host;
    host.start();
    static_cast<void>(host.call("rules.test", Value::Map{}.set("name", "try").set("rules", notes_rules(Value::Map{}.set("where", true))).set("now", noon)
                                                  .set("feeds", feed_of({item_map("Field Notes S01E01")})).set("seen", "none").set("explain", true)));
    const auto line = [&host] {
        const auto& decision = *list_in(map_of(host.answered), "decisions").at(0).as_map();
        return *list_in(*list_in(decision, "traces").at(0).as_map(), "trace").back().as_map();
    };
    SECTION("with why it is wanted")
    {
        host.answer("scripts.ask", Value::Map{}.set("ok", true).set("why", "new"));
        CHECK(text_in(line(), "test") == "where");
        CHECK(text_in(line(), "got") == "new");
        CHECK(flag_in(line(), "ok"));
    }
    SECTION("with why it is not")
    {
        host.answer("scripts.ask", Value::Map{}.set("ok", false).set("why", "a repeat"));
        CHECK(text_in(line(), "got") == "a repeat");
        CHECK_FALSE(flag_in(line(), "ok", true));
    }
    SECTION("with where it raised, and nothing of how it got there")
    {
        host.answer("scripts.ask", Value("notes.lua:3: attempt to index a nil value\nstack traceback:\n\tnotes.lua:3"), SHOAL_E_PLUGIN);
        CHECK(text_in(line(), "got") == "it failed: notes.lua:3: attempt to index a nil value");
        CHECK_FALSE(flag_in(line(), "ok", true));
    }
}

TEST_CASE("of two items of one thing that a function wants the second says that the first was taken", "[rules][service]")
{
    RulesHost host;
    host.start();
    static_cast<void>(host.call("rules.test", Value::Map{}.set("name", "try").set("rules", notes_rules(Value::Map{}.set("where", true))).set("now", noon)
                                                  .set("feeds", feed_of({item_map("Field Notes S01E01 720p"), item_map("Field Notes S01E01 480p")})).set("seen", "none")));
    host.answer("scripts.ask", Value::Map{}.set("ok", true));
    host.answer("scripts.ask", Value::Map{}.set("ok", true));
    const auto answer = map_of(host.answered);
    CHECK(decisions_of(answer) == "Field Notes S01E01 720p: added\nField Notes S01E01 480p: rejected\n");
    CHECK_THAT(text_in(*list_in(answer, "decisions")[1].as_map(), "why"), Contains("seen: got field notes/s01e01, taken as Field Notes S01E01 720p"));
}

TEST_CASE("two trials of one name at the same time ask each its own functions, and a name that is free again is used again", "[rules][service]")
{
    RulesHost host;
    host.start();
    const auto feeds = feed_of({item_map("Field Notes S01E01")});
    const auto trial = Value::Map{}.set("name", "try").set("text", "shoal.rules…").set("feeds", feeds).set("now", noon).set("seen", "none");
    const auto read = Value::Map{}.set("rules", notes_rules(Value::Map{}.set("where", true)));
    CHECK_FALSE(host.call("rules.test", trial));
    CHECK_FALSE(host.call("rules.test", trial));
    CHECK(text_in(host.arguments_of("scripts.read"), "name") == "try");
    host.answer("scripts.read", read);
    CHECK(text_in(host.arguments_of("scripts.read"), "name") == "try (2)");
    host.answer("scripts.read", read);
    for (const auto* name : {"try", "try (2)"}) {
        CHECK(text_in(host.arguments_of("scripts.ask"), "script") == name);
        host.answer("scripts.ask", Value::Map{}.set("ok", true));
        CHECK(text_in(host.arguments_of("scripts.forget"), "name") == name);
        host.answer("scripts.forget", Value{});
    }
    CHECK_FALSE(host.call("rules.test", trial));
    CHECK(text_in(host.arguments_of("scripts.read"), "name") == "try");
}

TEST_CASE("what is on its way, and none of the items, is no part of a trial that knows what the daemon knows", "[rules][service]")
{
    RulesHost host;
    host.start();
    const auto rules = notes_rules(Value::Map{}.set("peek", true).set("wait", "1h"));
    static_cast<void>(host.call("rules.load", load(rules)));
    host.hear(item_map("Field Notes S01E01"));
    const auto answer = map_of(host.call("rules.test", Value::Map{}.set("name", "try").set("rules", rules).set("seen", "live").set("now", noon + 7200)
                                                           .set("feeds", feed_of({item_map("Field Notes S01E02")}))));
    CHECK(decisions_of(answer) == "Field Notes S01E02: added\n");
}

TEST_CASE("a trial takes as many feeds as it is given", "[rules][service]")
{
    RulesHost host;
    host.start();
    Value::List feeds(60'000, Value{Value::Map{}});
    feeds.emplace_back(Value::Map{}.set("name", "daily").set("items", Value::List{item_map("Field Notes S01E01")}));
    const auto answer = map_of(host.call("rules.test", Value::Map{}.set("name", "try").set("rules", notes_rules()).set("seen", "none").set("now", noon).set("feeds", feeds)));
    CHECK(decisions_of(answer) == "Field Notes S01E01: added\n");
}

TEST_CASE("a file that cannot be read is the answer", "[rules][service]")
{
    RulesHost host;
    host.start();
    static_cast<void>(host.call("rules.test", Value::Map{}.set("name", "try").set("text", "x").set("feeds", Value::List{}).set("seen", "none")));
    host.answer("scripts.read", Value("line 1: syntax error"), SHOAL_E_CORRUPT);
    REQUIRE(host.answered);
    REQUIRE_FALSE(*host.answered);
    CHECK(host.answered->error().text == "line 1: syntax error");
}

TEST_CASE("an edited file is compared with what runs, on what the feeds sent", "[rules][service]")
{
    RulesHost host;
    host.start();
    static_cast<void>(host.call("rules.load", load(notes_rules(Value::Map{}.set("quality", "720p")))));
    static_cast<void>(host.call("rules.compare", Value::Map{}.set("name", "notes.lua").set("rules", notes_rules(Value::Map{}.set("quality", "1080p")))));
    host.answer("feeds.list", Value::List{Value::Map{}.set("feed", "daily")});
    host.answer("feeds.bodies", Value::List{Value::Map{}.set("body", "newer"), Value::Map{}.set("body", "older")});
    CHECK(text_in(host.arguments_of("feeds.parse"), "text") == "older");
    host.answer("feeds.parse", Value::Map{}.set("items", Value::List{item_map("Field Notes S01E01 720p")}));
    host.answer("feeds.parse", Value::Map{}.set("items", Value::List{item_map("Field Notes S01E01 720p"), item_map("Field Notes S01E02 1080p")}));
    const auto& answer = map_of(host.answered);
    CHECK(*answer.find("items") == Value(2));
    CHECK(*answer.find("same") == Value(0));
    REQUIRE(list_in(answer, "more").size() == 1);
    CHECK(text_in(*list_in(answer, "more")[0].as_map(), "title") == "Field Notes S01E02 1080p");
    REQUIRE(list_in(answer, "fewer").size() == 1);
    CHECK_THAT(text_in(*list_in(answer, "fewer")[0].as_map(), "why"), Contains("quality: got 720p, wanted 1080p"));
}

TEST_CASE("an edited file of another name replaces the rules of its rules' names", "[rules][service]")
{
    RulesHost host;
    host.start();
    static_cast<void>(host.call("rules.load", load(notes_rules(Value::Map{}.set("quality", "720p")))));
    static_cast<void>(host.call("rules.compare", Value::Map{}.set("name", "copy.lua").set("rules", notes_rules(Value::Map{}.set("quality", "720p")))));
    host.answer("feeds.list", Value::List{Value::Map{}.set("feed", "daily")});
    host.answer("feeds.bodies", Value::List{Value::Map{}.set("body", "all")});
    host.answer("feeds.parse", Value::Map{}.set("items", Value::List{item_map("Field Notes S01E01 720p"), item_map("Field Notes S01E02 1080p")}));
    const auto& answer = map_of(host.answered);
    CHECK(*answer.find("same") == Value(1));
    CHECK(list_in(answer, "more").empty());
    CHECK(list_in(answer, "fewer").empty());
    CHECK(list_in(answer, "problems").empty());
}

TEST_CASE("feeds that are none are counted", "[rules][service]")
{
    RulesHost host;
    host.start();
    const auto feeds = Value::List{Value::Map{}.set("name", "page").set("text", "<html>"), Value::Map{}.set("name", "torn").set("text", "<rss>")};
    static_cast<void>(host.call("rules.test", Value::Map{}.set("name", "try").set("rules", notes_rules()).set("feeds", feeds).set("now", noon).set("seen", "none")));
    host.answer("feeds.parse", Value::Map{}.set("error", "it is no feed").set("items", Value::List{}));
    host.answer("feeds.parse", Value::Map{}.set("error", "it ends too soon").set("items", Value::List{item_map("Field Notes S01E01")}));
    const auto& answer = map_of(host.answered);
    CHECK(*answer.find("unread") == Value(1));
    CHECK(list_in(answer, "problems") == Value::List{"feed page: it is no feed", "feed torn: it ends too soon"});
}

} // namespace shoal::feed_rules::test
