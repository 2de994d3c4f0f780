#include "desk_bench.hpp"

#include "lua_writer.hpp"
#include "schemas.hpp"

#include <algorithm>

namespace shoal::feed_rules::test {
namespace {

const Error broken_network = make_error(Errc::network_error, "nobody answers");
const Error bad_torrent = make_error(Errc::bad_input, "no torrent");

using Bench = DeskBench;

std::vector<Rule> one(Value::Map map) { return {rule(std::move(map))}; }
Value::Map notes() { return Value::Map{}.set("series", "Field Notes"); }
std::string url(const std::string& title) { return "https://feeds.example/" + title + ".torrent"; }

} // namespace

TEST_CASE("what a rule takes is added once, and remembered when it was added", "[rules][desk]")
{
    Bench bench(one(notes().set("add", Value::Map{}.set("label", "tv").set("ratio", 2.0))));
    bench.offer("Field Notes S01E01 720p");
    REQUIRE(bench.adds.size() == 1);
    CHECK(bench.source() == url("Field Notes S01E01 720p"));
    CHECK(*bench.adds[0].arguments.find("label") == Value("tv"));
    CHECK(*bench.adds[0].arguments.find("own") == Value(Value::Map{}.set("ratio", 2.0)));
    CHECK_FALSE(bench.desk.memory().find("field notes/s01e01")->taken);
    bench.answer(std::string("aabb"));
    CHECK(bench.desk.memory().find("field notes/s01e01")->taken->torrent == "aabb");
    bench.offer("Field Notes S01E01 1080p");
    CHECK(bench.adds.empty());
    CHECK(bench.count("rule.matched") == 1);
    CHECK(bench.count("rule.added") == 1);
}

TEST_CASE("no field of an event is a word that Lua keeps for itself", "[rules][desk]")
{
    for (const auto& event : event_schemas()) {
        for (const auto& field : event.fields) {
            CAPTURE(event.name, field.name);
            CHECK_THAT(lua_table(Value::Map{}.set(field.name, 1)), !Catch::Contains("["));
        }
    }
}

TEST_CASE("one that is here already is no error for who adds", "[rules][desk]")
{
    Bench bench(one(notes()));
    bench.offer("Field Notes S01E01 720p");
    REQUIRE(bench.adds.size() == 1);
    CHECK(*bench.adds[0].arguments.find("is_here_fine") == Value(true));
}

TEST_CASE("an add that fails is tried again, later each time, and then the next candidate is", "[rules][desk]")
{
    Bench bench(one(notes()));
    bench.offer("Field Notes S01E01 1080p");
    bench.offer("Field Notes S01E01 720p");
    CHECK(bench.source() == url("Field Notes S01E01 1080p"));
    for (const std::int64_t delay : {60, 300, 1500, 7200}) {
        bench.answer(broken_network);
        bench.wait(delay - 1);
        CHECK(bench.adds.empty());
        bench.wait(1);
        CHECK(bench.source() == url("Field Notes S01E01 1080p"));
    }
    bench.answer(broken_network);
    CHECK(bench.source() == url("Field Notes S01E01 720p"));
    bench.answer(std::string("aabb"));
    CHECK(bench.desk.memory().find("field notes/s01e01")->taken->title == "Field Notes S01E01 720p");
    CHECK(bench.count("rule.failed") == 5);
    const auto failed = std::ranges::find(bench.told, "rule.failed", &Tell::event);
    CHECK(*failed->payload.find("next") == Value("try again"));
    CHECK(*failed->payload.find("at") == Value(noon + 60));
}

TEST_CASE("what fails for good makes way at once; a new candidate begins anew", "[rules][desk]")
{
    Bench bench(one(notes()));
    bench.offer("Field Notes S01E01 1080p");
    bench.answer(bad_torrent);
    CHECK(bench.adds.empty());
    CHECK_FALSE(bench.desk.memory().find("field notes/s01e01")->taken);
    bench.offer("Field Notes S01E01 1080p");
    CHECK(bench.adds.empty());
    bench.offer("Field Notes S01E01 720p");
    CHECK(bench.source() == url("Field Notes S01E01 720p"));
    bench.answer(std::string("aabb"));
    CHECK(bench.desk.memory().find("field notes/s01e01")->taken);
}

TEST_CASE("what somebody does not want added is rejected with the reason, not tried again, and makes way for the next", "[rules][desk]")
{
    const auto veto = make_error(Errc::permission_denied, "not in this house");
    Bench bench(one(notes()));
    bench.offer("Field Notes S01E01 1080p");
    bench.offer("Field Notes S01E01 720p");
    bench.answer(veto);
    CHECK(bench.source() == url("Field Notes S01E01 720p"));
    CHECK(bench.count("rule.failed") == 0);
    const auto rejected = std::ranges::find(bench.told, "rule.rejected", &Tell::event);
    REQUIRE(rejected != bench.told.end());
    CHECK(*rejected->payload.find("title") == Value("Field Notes S01E01 1080p"));
    CHECK(*rejected->payload.find("why") == Value("add: not in this house"));
    CHECK(bench.desk.decisions().back().trace.back().test == "add");
    bench.answer(veto);
    CHECK_FALSE(bench.desk.memory().find("field notes/s01e01")->taken);
    bench.wait(2 * 7200);
    CHECK(bench.adds.empty());
    bench.offer("Field Notes S01E01 720p");
    CHECK(bench.adds.empty());
    bench.offer("Field Notes S01E01 480p");
    CHECK(bench.source() == url("Field Notes S01E01 480p"));
    bench.wait(7 * 86400);
    bench.die(one(notes()));
    CHECK(bench.source() == url("Field Notes S01E01 480p"));
}

TEST_CASE("a rule that waits takes the best there is when the time is over", "[rules][desk]")
{
    Bench bench(one(notes().set("wait", "2h").set("prefer", Value::List{"1080p", "720p"})));
    bench.offer("Field Notes S01E01 720p");
    REQUIRE(bench.count("rule.waiting") == 1);
    CHECK(*std::ranges::find(bench.told, "rule.waiting", &Tell::event)->payload.find("due") == Value(noon + 7200));
    bench.wait(3600);
    bench.offer("Field Notes S01E01 1080p HDTV", Value::Map{}.set("seeders", 90));
    bench.offer("Field Notes S01E01 1080p WEB-DL", Value::Map{}.set("seeders", 2));
    bench.offer("Field Notes S01E01 2160p");
    bench.wait(3599);
    CHECK(bench.adds.empty());
    CHECK(bench.desk.next() == noon + 7200);
    bench.wait(1);
    REQUIRE(bench.adds.size() == 1);
    CHECK(bench.source() == url("Field Notes S01E01 1080p WEB-DL"));
}

TEST_CASE("of equals the one with more seeders is taken", "[rules][desk]")
{
    Bench bench(one(notes().set("wait", "1h")));
    bench.offer("Field Notes S01E01 720p a", Value::Map{}.set("seeders", 3));
    bench.offer("Field Notes S01E01 720p b", Value::Map{}.set("seeders", 30));
    bench.wait(3600);
    CHECK(bench.source() == url("Field Notes S01E01 720p b"));
}

TEST_CASE("something better is taken after the first when the rule wants upgrades", "[rules][desk]")
{
    Bench bench(one(notes().set("upgrade", "1080p").set("prefer", Value::List{"1080p", "720p"})));
    bench.offer("Field Notes S01E01 480p");
    bench.answer(std::string("a1"));
    bench.offer("Field Notes S01E01 360p");
    CHECK(bench.adds.empty());
    bench.offer("Field Notes S01E01 1080p");
    CHECK(bench.adds.size() == 1);
    bench.answer(std::string("a2"));
    bench.offer("Field Notes S01E01 1080p BluRay");
    CHECK(bench.adds.empty());
    CHECK(bench.desk.memory().find("field notes/s01e01")->taken->torrent == "a2");
}

TEST_CASE("a proper of the same quality is taken, unless it comes too late or the rule wants none", "[rules][desk]")
{
    SECTION("by default")
    {
        Bench bench(one(notes()));
        bench.offer("Field Notes S01E01 720p");
        bench.answer(std::string("a1"));
        bench.offer("Field Notes S01E01 PROPER 480p");
        CHECK(bench.adds.empty());
        bench.offer("Field Notes S01E01 PROPER 720p");
        CHECK(bench.adds.size() == 1);
        bench.answer(std::string("a2"));
        bench.offer("Field Notes S01E01 REPACK 720p");
        CHECK(bench.adds.empty());
    }
    SECTION("not after the time")
    {
        Bench bench(one(notes().set("propers", "1d")));
        bench.offer("Field Notes S01E01 720p");
        bench.answer(std::string("a1"));
        bench.wait(86401);
        bench.offer("Field Notes S01E01 PROPER 720p");
        CHECK(bench.adds.empty());
    }
    SECTION("not at all")
    {
        Bench bench(one(notes().set("propers", false)));
        bench.offer("Field Notes S01E01 720p");
        bench.answer(std::string("a1"));
        bench.offer("Field Notes S01E01 PROPER 720p");
        CHECK(bench.adds.empty());
    }
}

TEST_CASE("a limit holds for its time, with what is being added", "[rules][desk]")
{
    Bench bench(one(notes().set("limit", Value::Map{}.set("n", 2).set("per", "day"))));
    bench.offer("Field Notes S01E01");
    bench.answer(std::string("a1"));
    bench.offer("Field Notes S01E02");
    bench.offer("Field Notes S01E03");
    CHECK(bench.adds.size() == 1);
    bench.answer(std::string("a2"));
    bench.wait(86401);
    bench.offer("Field Notes S01E04");
    CHECK(bench.adds.size() == 1);
}

TEST_CASE("the first rule that takes an item has it; what one has taken another does not take again", "[rules][desk]")
{
    Bench bench({rule(notes().set("name", "first").set("quality", "1080p")), rule(notes().set("name", "second"))});
    bench.offer("Field Notes S01E01 1080p");
    REQUIRE(bench.adds.size() == 1);
    bench.offer("Field Notes S01E01 720p");
    CHECK(bench.adds.size() == 1);
    bench.answer(std::string("a1"));
    CHECK(bench.desk.memory().find("field notes/s01e01")->taken->rule == "first");
    bench.offer("Field Notes S01E01 720p b");
    CHECK(bench.adds.empty());
}

TEST_CASE("a rule that remembers by itself takes what another one took", "[rules][desk]")
{
    Bench bench({rule(notes().set("name", "first").set("quality", "1080p")),
                 rule(notes().set("name", "second").set("seen", Value::Map{}.set("scope", "rule")))});
    bench.offer("Field Notes S01E01 1080p");
    bench.offer("Field Notes S01E01 720p");
    CHECK(bench.adds.size() == 2);
}

TEST_CASE("a shadow tells what it would take, and takes nothing", "[rules][desk]")
{
    Bench bench({rule(notes().set("name", "shadow").set("shadow", true)), rule(notes().set("name", "real"))});
    bench.offer("Field Notes S01E01");
    CHECK(bench.count("rule.matched") == 2);
    REQUIRE(bench.adds.size() == 1);
    bench.answer(std::string("a1"));
    CHECK(bench.desk.memory().find("field notes/s01e01")->taken->rule == "real");
}

TEST_CASE("a rule that is off takes nothing, and an item without a torrent is not taken", "[rules][desk]")
{
    Bench bench({rule(notes().set("name", "off").set("enabled", false))});
    bench.offer("Field Notes S01E01");
    CHECK(bench.adds.empty());
    Bench on(one(notes()));
    on.offer("Field Notes S01E01", Value::Map{}.set("url", ""));
    CHECK(on.adds.empty());
    on.offer("Field Notes S01E01", Value::Map{}.set("url", "").set("info_hash", "aabb"));
    CHECK(on.source() == "magnet:?xt=urn:btih:aabb");
}

TEST_CASE("a rule's own function has the last word; when it says no the next rule is asked", "[rules][desk]")
{
    Bench bench({rule(notes().set("name", "asks").set("where", true)), rule(notes().set("name", "next"))});
    bench.offer("Field Notes S01E01");
    REQUIRE(bench.asks.size() == 1);
    CHECK(bench.asks[0].script == "notes");
    CHECK(bench.asks[0].rule == "asks");
    CHECK(bench.adds.empty());
    SECTION("yes")
    {
        bench.desk.on_where(bench.asks[0].ticket, true, "", bench.now);
        bench.look();
        bench.answer(std::string("a1"));
        CHECK(bench.desk.memory().find("field notes/s01e01")->taken->rule == "asks");
    }
    SECTION("no")
    {
        bench.desk.on_where(bench.asks[0].ticket, false, "too large", bench.now);
        bench.look();
        bench.answer(std::string("a1"));
        CHECK(bench.desk.memory().find("field notes/s01e01")->taken->rule == "next");
        CHECK(bench.count("rule.rejected") == 1);
    }
    SECTION("new rules ask again")
    {
        bench.start({rule(notes().set("name", "next"))});
        CHECK(bench.adds.size() == 1);
        bench.desk.on_where(bench.asks[0].ticket, true, "", bench.now);
        CHECK(bench.adds.size() == 1);
    }
}

TEST_CASE("a rule's yes counts for that rule alone: when it cannot take the item any more the next one's function is asked", "[rules][desk]")
{
    const auto second = [] { return rule(notes().set("name", "second").set("where", true).set("seen", Value::Map{}.set("scope", "rule"))); };
    const auto both_yes = [](Bench& bench) {
        REQUIRE(bench.asks.size() == 2);
        bench.desk.on_where(bench.asks[0].ticket, true, "", bench.now);
        bench.look();
        bench.answer(std::string("a1"));
        bench.desk.on_where(bench.asks[1].ticket, true, "", bench.now);
        bench.look();
        CHECK(bench.adds.empty());
        REQUIRE(bench.asks.size() == 3);
        CHECK(bench.asks[2].rule == "second");
        bench.desk.on_where(bench.asks[2].ticket, true, "", bench.now);
        bench.look();
        CHECK(bench.adds.size() == 1);
    };
    SECTION("another item of the same key was taken meanwhile")
    {
        Bench bench({rule(notes().set("name", "first").set("where", true)), second()});
        bench.offer("Field Notes S01E01 720p a");
        bench.offer("Field Notes S01E01 720p b");
        both_yes(bench);
    }
    SECTION("the limit was reached meanwhile")
    {
        Bench bench({rule(notes().set("name", "first").set("where", true).set("limit", Value::Map{}.set("n", 1).set("per", "day"))), second()});
        bench.offer("Field Notes S01E01 720p");
        bench.offer("Field Notes S01E02 720p");
        both_yes(bench);
    }
}

TEST_CASE("only near misses are told, and not many of them", "[rules][desk]")
{
    Bench bench(one(notes().set("size", "<1GB").set("quality", "720p")));
    bench.offer("Other Show S01E01 720p", Value::Map{}.set("size", 1 << 20));
    bench.offer("Field Notes S01E01 1080p", Value::Map{}.set("size", 2L << 30));
    CHECK(bench.count("rule.rejected") == 0);
    bench.offer("Field Notes S01E01 720p", Value::Map{}.set("size", 2L << 30));
    REQUIRE(bench.count("rule.rejected") == 1);
    CHECK(*bench.told.back().payload.find("why") == Value("size: got 2 GB, wanted <1GB"));
    for (int i = 0; i < 50; ++i) bench.offer("Field Notes S01E01 720p", Value::Map{}.set("size", 2L << 30));
    CHECK(bench.count("rule.rejected") == 20);
    bench.wait(60);
    bench.offer("Field Notes S01E01 720p", Value::Map{}.set("size", 2L << 30));
    CHECK(bench.count("rule.rejected") == 21);
}

TEST_CASE("a process that dies anywhere adds nothing twice and misses nothing", "[rules][desk]")
{
    const auto rules = [] { return one(notes().set("wait", "1h").set("prefer", Value::List{"1080p"})); };
    Bench bench(rules());
    bench.offer("Field Notes S01E01 720p");
    bench.offer("Field Notes S01E01 1080p");
    SECTION("while it waits")
    {
        bench.die(rules());
        CHECK(bench.adds.empty());
        bench.offer("Field Notes S01E01 720p"); // the feed lists it still
        bench.wait(3600);
        REQUIRE(bench.adds.size() == 1);
        CHECK(bench.source() == url("Field Notes S01E01 1080p"));
    }
    SECTION("before or while it is added: the same one again, which is here or not")
    {
        bench.wait(3600);
        bench.die(rules());
        REQUIRE(bench.adds.size() == 1);
        CHECK(bench.source() == url("Field Notes S01E01 1080p"));
        bench.offer("Field Notes S01E01 1080p BluRay"); // better, but one is under way
        CHECK(bench.adds.size() == 1);
        bench.answer(std::string("a1")); // it was here already
        CHECK(bench.desk.memory().find("field notes/s01e01")->taken->title == "Field Notes S01E01 1080p");
        CHECK(bench.adds.empty());
    }
    SECTION("when it was added")
    {
        bench.wait(3600);
        bench.answer(std::string("a1"));
        bench.die(rules());
        bench.offer("Field Notes S01E01 1080p");
        bench.wait(7200);
        CHECK(bench.adds.empty());
    }
    SECTION("between two tries")
    {
        bench.wait(3600);
        bench.answer(broken_network);
        bench.die(rules());
        CHECK(bench.adds.empty());
        bench.wait(60);
        CHECK(bench.source() == url("Field Notes S01E01 1080p"));
    }
    SECTION("and comes back before its scripts do")
    {
        bench.wait(3600);
        bench.die({});
        bench.wait(600);
        CHECK(bench.adds.empty());
        CHECK_FALSE(bench.desk.next());
        bench.start(rules());
        CHECK(bench.adds.size() == 1);
    }
}

TEST_CASE("a claim whose rule never comes back is forgotten in the end", "[rules][desk]")
{
    Bench bench(one(notes().set("wait", "1h")));
    bench.offer("Field Notes S01E01 720p");
    bench.start({});
    bench.wait(31 * 86400);
    CHECK(bench.desk.memory().find("field notes/s01e01") == nullptr);
}

TEST_CASE("not everything is added at once", "[rules][desk]")
{
    Bench bench(one(notes()));
    for (int i = 10; i < 40; ++i) bench.offer("Field Notes S01E" + std::to_string(i));
    CHECK(bench.adds.size() == 8);
    std::size_t added = 0;
    while (!bench.adds.empty() && added < 100) {
        bench.answer(std::string("a"));
        ++added;
    }
    CHECK(added == 30);
}

TEST_CASE("memory is bounded, and what was taken longest ago goes first", "[rules][desk]")
{
    Memory memory;
    for (int i = 0; i < 40'000; ++i) {
        memory.change("key " + std::to_string(i)).taken = Taken{.rule = "r", .title = std::string(300, 't'), .torrent = std::string(40, 'a'), .at = i};
    }
    std::size_t octets = 0;
    for (const auto& [piece, encoded] : memory.take_changed()) octets += encoded.size();
    CHECK(octets < (12u << 20));
    CHECK(memory.find("key 39999") != nullptr);
    CHECK(memory.find("key 0") == nullptr);
    CHECK_FALSE(memory.read_piece(as_bytes("garbage")));
    CHECK(memory.read_piece(as_bytes("d1:kd5:claimdeee")));
}

TEST_CASE("what was learned is never taken, and what is forgotten is", "[rules][desk]")
{
    Bench bench(one(notes().set("upgrade", true)));
    bench.desk.learn("field notes/s01e01", "Field Notes S01E01", bench.now);
    bench.offer("Field Notes S01E01 1080p");
    CHECK(bench.adds.empty());
    CHECK(bench.desk.memory().forget("field notes/s01e01"));
    CHECK_FALSE(bench.desk.memory().forget("field notes/s01e01"));
    bench.offer("Field Notes S01E01 1080p");
    CHECK(bench.adds.size() == 1);
}

} // namespace shoal::feed_rules::test
