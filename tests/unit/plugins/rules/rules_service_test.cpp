#include "asked.hpp"

namespace shoal::feed_rules::test {

namespace {

using Catch::Contains;

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
    CHECK(std::ranges::find(host.asked, "torrents.add", &RulesHost::Asked::method)->cause == "rule:notes");
    CHECK(*host.arguments_of("torrents.add").find("own") == Value(Value::Map{}.set("ratio", 2.0)));
    REQUIRE(host.disk_at_add.size() == 1);
    CHECK(host.disk_at_add[0].size() == 1);
    CHECK_FALSE(has_event(host, "rule.added"));
    host.answer("torrents.add", Value("aabb"));
    CHECK(has_event(host, "rule.added"));
    CHECK(host.asked_for("torrents.set") == 0);
    CHECK(host.on_disk == host.kept);
}

TEST_CASE("a process that is killed after the add, before it is told, adds the same again, when the scripts are there", "[rules][service]")
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
    static_cast<void>(host.call("rules.load", load(notes_rules())));
    host.hear(item_map("Field Notes S01E02"));
    CHECK(host.asked_for("torrents.add") == 0); // scripts that may be against it are read yet
    host.wait(1);
    REQUIRE(host.asked_for("torrents.add") == 2);
    host.hear(item_map("Field Notes S01E01 PROPER 1080p"));
    CHECK(host.asked_for("torrents.add") == 2);
    CHECK(flag_in(host.arguments_of("torrents.add"), "is_here_fine"));
    host.answer("torrents.add", Value("aabb"));
    CHECK(has_event(host, "rule.added"));
    host.hear(item_map("Field Notes S01E01"));
    CHECK(host.asked_for("torrents.add") == 1);
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
    CHECK_FALSE(host.call("rules.import", Value::Map{}.set("rules", Value::Map{}.set("a", Value::Map{}.set("mustContain", "x|")))));
    host.fake.work();
    const auto answer = map_of(host.answered);
    CHECK_THAT(text_in(answer, "lua"), Contains("dialect = \"qbittorrent\""));
    CHECK(list_in(answer, "warnings").size() == 2);
}

} // namespace shoal::feed_rules::test
