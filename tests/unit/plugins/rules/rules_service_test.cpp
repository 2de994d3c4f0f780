#include "rules_host.hpp"

#include <shoal/value_fields.hpp>

#include "made.hpp"

#include <algorithm>
#include <limits>

namespace shoal::feed_rules::test {
namespace {

using Catch::Contains;

Value::List notes_rules(Value::Map more = {})
{
    auto map = Value::Map{}.set("name", "notes").set("feeds", "daily").set("series", "Field Notes");
    for (std::size_t i = 0; i < more.size(); ++i) map.set(more.keys()[i], more.values()[i]);
    return {map};
}

Value::Map load(Value::List rules) { return Value::Map{}.set("source", "notes.lua").set("rules", std::move(rules)); }

const Value::Map& map_of(const std::optional<Result<Value>>& answer)
{
    REQUIRE(answer);
    if (!*answer) FAIL(answer->error().text);
    REQUIRE((*answer)->as_map() != nullptr);
    return *(*answer)->as_map();
}

bool has_event(const RulesHost& host, const std::string& event)
{
    return std::ranges::any_of(host.fake.events, [&](const auto& line) { return line.starts_with(event + " "); });
}

Value feed_of(Value::List items) { return Value::List{Value::Map{}.set("name", "daily").set("items", std::move(items))}; }

// title and decision, one a line.
std::string decisions_of(const Value::Map& answer)
{
    std::string out;
    for (const auto& decision : list_in(answer, "decisions")) {
        out += text_in(*decision.as_map(), "title") + ": " + text_in(*decision.as_map(), "decision") + "\n";
    }
    return out;
}

} // namespace

TEST_CASE("an item that a rule takes is added, and on the disk before that", "[rules][service]")
{
    RulesHost host;
    host.start();
    const auto loaded = map_of(host.call("rules.load", load(notes_rules(Value::Map{}.set("add", Value::Map{}.set("label", "tv").set("ratio", 2.0))))));
    CHECK(loaded.find("accepted") != nullptr);
    CHECK(host.service->summary() == "1 rule");
    host.hear(item_map("Field Notes S01E01"));
    REQUIRE(host.asked_for("torrents.add") == 1);
    CHECK(text_in(host.arguments_of("torrents.add"), "label") == "tv");
    CHECK(std::ranges::find(host.asked, "torrents.add", &RulesHost::Asked::method)->cause == "rule:field-notes");
    CHECK(*host.arguments_of("torrents.add").find("own") == Value(Value::Map{}.set("ratio", 2.0)));
    REQUIRE(host.disk_at_add.size() == 1);
    CHECK(host.disk_at_add[0].size() == 1);
    CHECK_FALSE(has_event(host, "rule.added"));
    host.answer("torrents.add", Value("aabb"));
    CHECK(has_event(host, "rule.added"));
    CHECK(host.asked_for("torrents.set") == 0);
    CHECK(host.on_disk == host.kept);
}

TEST_CASE("a process that is killed after the add, before it is told, adds the same again", "[rules][service]")
{
    std::map<std::string, std::string> disk;
    {
        RulesHost host;
        host.start();
        static_cast<void>(host.call("rules.load", load(notes_rules())));
        host.hear(item_map("Field Notes S01E01"));
        REQUIRE(host.disk_at_add.size() == 1);
        disk = host.disk_at_add[0];
    }
    RulesHost host(disk);
    host.start();
    CHECK(host.asked_for("torrents.add") == 0);
    static_cast<void>(host.call("rules.load", load(notes_rules())));
    REQUIRE(host.asked_for("torrents.add") == 1);
    host.hear(item_map("Field Notes S01E01 PROPER 1080p"));
    CHECK(host.asked_for("torrents.add") == 1);
    CHECK(flag_in(host.arguments_of("torrents.add"), "is_here_fine"));
    host.answer("torrents.add", Value("aabb"));
    CHECK(has_event(host, "rule.added"));
    host.hear(item_map("Field Notes S01E01"));
    CHECK(host.asked_for("torrents.add") == 0);
}

TEST_CASE("rules that are loaded look at everything the feeds list, oldest first", "[rules][service]")
{
    RulesHost host;
    host.start();
    static_cast<void>(host.call("rules.load", load(notes_rules())));
    CHECK(host.asked_for("feeds.items") == 0);
    host.wait(1);
    REQUIRE(host.asked_for("feeds.items") == 1);
    Value::List items;
    for (int i = 0; i < 999; ++i) items.emplace_back(item_map("Other " + std::to_string(i)));
    items.emplace_back(item_map("Field Notes S01E02 720p"));
    host.answer("feeds.items", items);
    REQUIRE(host.asked_for("feeds.items") == 1);
    CHECK(integer_in(host.arguments_of("feeds.items"), "from") == 1000);
    host.answer("feeds.items", Value::List{item_map("Field Notes S01E02 480p", Value::Map{}.set("published", noon - 7200))});
    for (int i = 0; i < 10; ++i) host.fake.run_posted();
    REQUIRE(host.asked_for("torrents.add") == 1);
    CHECK_THAT(text_in(host.arguments_of("torrents.add"), "source"), Contains("480p"));
}

TEST_CASE("what waits is taken when its time comes", "[rules][service]")
{
    RulesHost host;
    host.start();
    static_cast<void>(host.call("rules.load", load(notes_rules(Value::Map{}.set("wait", "1h")))));
    host.hear(item_map("Field Notes S01E01"));
    CHECK(has_event(host, "rule.waiting"));
    for (int i = 0; i < 7; ++i) host.wait(600);
    CHECK(host.asked_for("torrents.add") == 1);
}

TEST_CASE("a rule's function is asked in its script", "[rules][service]")
{
    RulesHost host;
    host.start();
    static_cast<void>(host.call("rules.load", load(notes_rules(Value::Map{}.set("where", true)))));
    host.hear(item_map("Field Notes S01E01"));
    REQUIRE(host.asked_for("scripts.ask") == 1);
    CHECK(text_in(host.arguments_of("scripts.ask"), "script") == "notes.lua");
    host.answer("scripts.ask", Value::Map{}.set("ok", true).set("why", "good"));
    CHECK(host.asked_for("torrents.add") == 1);
}

TEST_CASE("a rule that peeks has the torrent looked into before it is added", "[rules][service]")
{
    RulesHost host;
    host.start();
    static_cast<void>(host.call("rules.load", load(notes_rules(Value::Map{}.set("peek", true).set("files", "*.mkv")))));
    host.hear(item_map("Field Notes S01E01"));
    CHECK(host.asked_for("torrents.add") == 0);
    REQUIRE(host.asked_for("torrents.peek") == 1);
    CHECK(text_in(host.arguments_of("torrents.peek"), "source") == "https://feeds.example/Field Notes S01E01.torrent");
    host.answer("torrents.peek", Value::Map{}.set("torrent", "aabb").set("size", 5).set("files", Value::List{Value::Map{}.set("path", "a/Notes.MKV").set("size", 5)}));
    REQUIRE(host.asked_for("torrents.add") == 1);
    host.answer("torrents.add", Value("aabb"));
    CHECK(has_event(host, "rule.added"));
}

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

TEST_CASE("rules of a source replace those it had, and problems are said", "[rules][service]")
{
    RulesHost host;
    host.start();
    static_cast<void>(host.call("rules.load", load(notes_rules())));
    const auto other = map_of(host.call("rules.load", Value::Map{}.set("source", "b.lua").set("rules", notes_rules())));
    CHECK(other.find("accepted") != nullptr);
    CHECK(*other.find("accepted") == Value(0));
    CHECK_THAT(*list_in(other, "problems").at(0).as_text(), Contains("one of that name in notes.lua"));
    static_cast<void>(host.call("rules.load", load({})));
    CHECK((*host.call("rules.list"))->as_list()->empty());
}

TEST_CASE("rules of no source are refused, and nothing of them stays", "[rules][service]")
{
    RulesHost host;
    host.start();
    const auto loaded = host.call("rules.load", Value::Map{}.set("source", "").set("rules", notes_rules()));
    REQUIRE(loaded);
    REQUIRE_FALSE(*loaded);
    CHECK(loaded->error().text == "'source' is empty: name the script that the rules are of");
    const auto other = map_of(host.call("rules.load", load(notes_rules())));
    CHECK(*other.find("accepted") == Value(1));
    CHECK(list_in(other, "problems").empty());
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

TEST_CASE("why says of each rule what fails, the nearest first, and what to change", "[rules][service]")
{
    RulesHost host;
    host.start();
    auto rules = notes_rules(Value::Map{}.set("size", "<1GB"));
    rules.emplace_back(Value::Map{}.set("name", "other").set("feeds", "daily").set("series", "Other"));
    static_cast<void>(host.call("rules.load", load(rules)));
    const auto answer = map_of(host.call("rules.why", Value::Map{}.set("title", "Field.Notes.S01E01.720p").set("size", 2L << 30)));
    const auto& all = list_in(answer, "rules");
    REQUIRE(all.size() == 2);
    CHECK(text_in(*all[0].as_map(), "rule") == "notes");
    CHECK(text_in(*all[0].as_map(), "change") == "rule notes: let size take 2 GB (it wants <1GB)");
    CHECK_FALSE(flag_in(*all[0].as_map(), "matches", true));
    CHECK(text_in(*answer.find("release")->as_map(), "key") == "field notes/s01e01");
    const auto offline = map_of(host.call("rules.why", Value::Map{}.set("title", "Field.Notes.S01E01").set("rules", notes_rules())));
    CHECK(flag_in(*list_in(offline, "rules").at(0).as_map(), "matches"));
}

TEST_CASE("why does not ask a rule's function, and says so", "[rules][service]")
{
    RulesHost host;
    host.start();
    static_cast<void>(host.call("rules.load", load(notes_rules(Value::Map{}.set("where", true)))));
    const auto answer = map_of(host.call("rules.why", Value::Map{}.set("title", "Field.Notes.S01E01")));
    const auto& rule = *list_in(answer, "rules").at(0).as_map();
    CHECK(flag_in(rule, "matches"));
    CHECK(flag_in(rule, "has_where"));
    const auto& last = *list_in(rule, "trace").back().as_map();
    CHECK(text_in(last, "test") == "where");
    CHECK(text_in(last, "got") == "not asked");
    CHECK(host.asked_for("scripts.ask") == 0);
}

TEST_CASE("what was taken can be listed, forgotten and learned", "[rules][service]")
{
    RulesHost host;
    host.start();
    static_cast<void>(host.call("rules.load", load(notes_rules())));
    CHECK(text_in(map_of(host.call("seen.learn", Value::Map{}.set("title", "Field.Notes.S01E01.720p"))), "key") == "field notes/s01e01");
    host.hear(item_map("Field Notes S01E01"));
    CHECK(host.asked_for("torrents.add") == 0);
    const auto listed = host.call("seen.list", Value::Map{}.set("contains", "notes").set("limit", 10));
    REQUIRE((*listed)->as_list()->size() == 1);
    CHECK(text_in(*(*listed)->as_list()->front().as_map(), "state") == "learned");
    CHECK(*host.call("seen.forget", Value::Map{}.set("key", "field notes/s01e01")));
    CHECK_FALSE(*host.call("seen.forget", Value::Map{}.set("key", "field notes/s01e01")));
    host.hear(item_map("Field Notes S01E01"));
    CHECK(host.asked_for("torrents.add") == 1);
    const auto decided = host.call("rules.decisions", Value::Map{}.set("limit", 10));
    CHECK((*decided)->as_list()->size() == 1);
}

TEST_CASE("rules of qBittorrent's are imported by a method", "[rules][service]")
{
    RulesHost host;
    host.start();
    const auto answer = map_of(host.call("rules.import", Value::Map{}.set("rules", Value::Map{}.set("a", Value::Map{}.set("mustContain", "x|")))));
    CHECK_THAT(text_in(answer, "lua"), Contains("dialect = \"qbittorrent\""));
    CHECK(list_in(answer, "warnings").size() == 2);
}

} // namespace shoal::feed_rules::test
