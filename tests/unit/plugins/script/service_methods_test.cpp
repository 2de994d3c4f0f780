#include "service_host.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <string>

namespace shoal::script_lua::test {
namespace {

constexpr const char* one_rule = R"(
    shoal.rules.rule { name = "notes", series = "Field Notes", where = function(r)
        if r.size > 10 then return false, "too big" end
        return true, "small"
    end })";

Value::Map question(const std::string& script, const std::string& rule, int size)
{
    return Value::Map{}.set("script", script).set("rule", rule).set("item", Value::Map{}.set("size", size));
}

Value verdict(bool ok, const std::string& why) { return Value(Value::Map{}.set("ok", ok).set("why", why)); }

} // namespace

TEST_CASE("what a script declares is handed to those who have rules and feeds, and taken back", "[script][service]")
{
    ServiceHost host;
    host.write("tv.lua", std::string(one_rule) + " shoal.rss.feed { url = 'http://a/', name = 'daily' }");
    host.start();
    REQUIRE(host.asked.size() == 2);
    CHECK(host.asked[0].method == "feeds.load");
    const Value feed(Value::Map{}.set("name", "daily").set("url", "http://a/"));
    CHECK(host.asked[0].arguments == Value(Value::Map{}.set("source", "tv").set("feeds", Value::List{feed})));
    const Value rule(Value::Map{}.set("name", "notes").set("series", "Field Notes").set("where", true));
    CHECK(host.asked[1].arguments == Value(Value::Map{}.set("source", "tv").set("rules", Value::List{rule})));
    host.answer(Value{});
    host.answer(Value(Value::Map{}.set("accepted", 1).set("problems", Value::List{Value("notes: no feeds")})));
    CHECK(host.has_logged("script tv: notes: no feeds"));
    CHECK(*host.list().as_list()->front().as_map()->find("warnings") == Value(Value::List{"notes: no feeds"}));
    SECTION("the new version has none")
    {
        host.write("tv.lua", "");
        host.look();
        REQUIRE(host.asked.size() == 2);
        CHECK(host.asked[0].arguments == Value(Value::Map{}.set("source", "tv").set("feeds", Value::List{})));
        CHECK(host.asked[1].arguments == Value(Value::Map{}.set("source", "tv").set("rules", Value::List{})));
    }
    SECTION("the script is gone")
    {
        std::filesystem::remove(host.folder / "scripts/tv.lua");
        host.look();
        REQUIRE(host.asked.size() == 2);
        CHECK(host.asked[1].method == "rules.load");
    }
    SECTION("a broken version changes nothing")
    {
        host.write("tv.lua", "shoal.rules.rule {}");
        host.look();
        CHECK(host.asked.empty());
        CHECK(host.has_logged("a rule needs a name"));
    }
}

TEST_CASE("where nobody has rules, a script that declares some is told what is missing", "[script][service]")
{
    ServiceHost host;
    host.write("tv.lua", one_rule);
    host.start();
    REQUIRE(host.asked.size() == 1);
    host.answer(Value("there is no method rules.load"), SHOAL_E_NOT_FOUND);
    CHECK(host.has_logged("the setting `services` needs rss and rules"));
    CHECK(host.has_logged("script tv runs"));
}

TEST_CASE("the predicate of a rule is asked in the script that has it", "[script][service]")
{
    ServiceHost host;
    host.write("tv.lua", one_rule);
    host.start();
    host.call("scripts.ask", question("tv", "notes", 3));
    host.call("scripts.ask", question("tv", "notes", 30));
    REQUIRE(host.answered.size() == 2);
    CHECK(host.answered[0].value == verdict(true, "small"));
    CHECK(host.answered[1].value == verdict(false, "too big"));
    host.call("scripts.ask", question("tv", "other", 3));
    CHECK(host.answered[2].status == SHOAL_E_NOT_FOUND);
    CHECK(host.answered[2].value == Value("the rule other is none of the script's"));
    host.call("scripts.ask", question("films", "notes", 3));
    CHECK(host.answered[3].status == SHOAL_E_NOT_FOUND);
}

TEST_CASE("a text that is handed over is granted nothing, keeps nothing of another's, and runs no handlers", "[script][service]")
{
    ServiceHost host;
    host.start();
    const std::string text = "-- grants: proc(/bin/sh), fs(/tmp:rw), settings, delete_data\n"
                             "shoal.on('go', 'h', function() shoal.proc.run { argv = { '/bin/sh' } } end)"
                             "shoal.time.after('t', 0, function() print(shoal.session.set('rates.up', 1)) shoal.kv.set('k', 1) end)"
                             "shoal.rules.rule { name = 'notes', match = 'x', where = function() return true end }";
    host.call("scripts.read", Value::Map{}.set("name", "victim").set("text", text));
    const auto run = Value::Map{}.set("script", "victim").set("event", "go").set("payload", Value::Map{}).set("handler", "").set("timeout", 1.0);
    host.call("scripts.run", run);
    CHECK(host.answered.back().status == SHOAL_E_NOT_FOUND);
    host.call("scripts.ask", question("victim", "notes", 3)); // its turn: no timer fires in it
    host.fake.wait(1'000'000'000);
    host.work();
    CHECK(host.asked.empty()); // neither settings.set nor anything else
    CHECK_FALSE(host.has_logged("settings.set is not granted"));
    CHECK(host.kept.count("victim/k") == 0);
}

TEST_CASE("a text is read without a file: what it declares comes back, and its predicates can be asked until it is forgotten",
          "[script][service]")
{
    ServiceHost host;
    host.start();
    host.call("scripts.read", Value::Map{}.set("name", "draft").set("text", std::string(one_rule) + " shoal.on('*', 'h', print)"));
    REQUIRE(host.answered.size() == 1);
    const Value rule(Value::Map{}.set("name", "notes").set("series", "Field Notes").set("where", true));
    CHECK(host.answered[0].value == Value(Value::Map{}.set("rules", Value::List{rule}).set("feeds", Value::List{})));
    CHECK(host.asked.empty());
    CHECK(host.list() == Value(Value::List{}));
    host.publish("torrent.finished");
    host.call("scripts.ask", question("draft", "notes", 30));
    CHECK(host.answered.back().value == verdict(false, "too big"));
    host.call("scripts.forget", Value::Map{}.set("name", "draft"));
    CHECK(host.answered.back().status == SHOAL_OK);
    host.call("scripts.ask", question("draft", "notes", 30));
    CHECK(host.answered.back().status == SHOAL_E_NOT_FOUND);
}

TEST_CASE("a text that is only read has no timers and calls nothing", "[script][service]")
{
    ServiceHost host;
    host.start();
    host.call("scripts.read", Value::Map{}.set("name", "draft").set("text", R"(
        local function act() shoal.call('torrents.remove', { torrent = 'x' }) end
        shoal.time.after('once', 0.1, act)
        shoal.time.every('often', 1, act)
        shoal.rules.rule { name = 'notes', where = function()
            shoal.time.after('then', 0.1, act)
            return true, select(2, pcall(act))
        end })"));
    REQUIRE(host.answered.size() == 1);
    CHECK(host.answered[0].status == SHOAL_OK);
    host.call("scripts.ask", question("draft", "notes", 30));
    const auto answer = host.answered.back().value;
    CHECK_THAT(*answer.as_map()->find("why")->as_text(), Catch::Contains("the script is only read"));
    for (int i = 0; i < 5; ++i) {
        host.fake.wait(10'000'000'000);
        host.work();
    }
    CHECK(host.asked.empty());
}

TEST_CASE("a text that is broken is not read, and one under the name of a script that runs neither", "[script][service]")
{
    ServiceHost host;
    host.write("tv.lua", one_rule);
    host.start();
    host.call("scripts.read", Value::Map{}.set("name", "draft").set("text", "shoal.rules.rule { name = 'x', where = 3 }"));
    REQUIRE(host.answered.size() == 1);
    CHECK(host.answered[0].status == SHOAL_E_ARGUMENT);
    CHECK_THAT(*host.answered[0].value.as_text(), Catch::Contains("where of the rule x is to be a function"));
    host.call("scripts.read", Value::Map{}.set("name", "tv").set("text", ""));
    CHECK(host.answered[1].status == SHOAL_E_ARGUMENT);
    CHECK_THAT(*host.answered[1].value.as_text(), Catch::Contains("another name"));
}

TEST_CASE("a text that is read requires what is handed over with it", "[script][service]")
{
    ServiceHost host;
    host.start();
    const auto files = Value::Map{}.set("lib/names.lua", "return { feed = 'daily' }").set("part.lua", "return 'rule ' .. ...");
    host.call("scripts.read", Value::Map{}.set("name", "draft").set("files", files).set("text", R"(
        shoal.rules.rule { name = require 'part', feeds = { require('names').feed } })"));
    REQUIRE(host.answered.size() == 1);
    REQUIRE(host.answered[0].status == SHOAL_OK);
    const auto& rule = *host.answered[0].value.as_map()->find("rules")->as_list()->front().as_map();
    CHECK(*rule.find("name") == Value("rule part"));
    CHECK(*rule.find("feeds") == Value(Value::List{"daily"}));
}

TEST_CASE("S1 a predicate that does not end is stopped, and that is the answer", "[script][service][limits]")
{
    ServiceHost host;
    host.write("bad.lua", "shoal.rules.rule { name = 'x', where = function() while true do end end }");
    host.start();
    host.call("scripts.ask", question("bad", "x", 1));
    REQUIRE(host.answered.size() == 1);
    CHECK(host.answered[0].status == SHOAL_E_PLUGIN);
    CHECK_THAT(*host.answered[0].value.as_text(), Catch::StartsWith("it used all the instructions"));
}

TEST_CASE("a predicate cannot ask for anything, nor wait", "[script][service][limits]")
{
    ServiceHost host;
    const auto* attack = GENERATE("shoal.torrents.list()", "shoal.time.sleep(1)", "shoal.kv.set('a', 1)");
    host.write("bad.lua", std::string("shoal.rules.rule { name = 'x', where = function() ") + attack + " return true end }");
    host.start();
    host.answer(Value{});
    host.call("scripts.ask", question("bad", "x", 1));
    REQUIRE(host.answered.size() == 1);
    CHECK(host.answered[0].status == SHOAL_E_PLUGIN);
    CHECK_THAT(*host.answered[0].value.as_text(), Catch::Contains("decides by what it is given"));
    CHECK(host.asked.empty());
}

TEST_CASE("who waits for a script's answer is told when the script was replaced and its time is over", "[script][service]")
{
    ServiceHost host;
    host.write("a.lua", "shoal.on('go', 'h', function() shoal.time.sleep(1000) end)");
    host.start();
    host.call("scripts.run", Value::Map{}.set("script", "a").set("event", "go").set("payload", Value::Map{}).set("handler", "").set("timeout", 600.0));
    CHECK(host.answered.empty());
    host.write("a.lua", "");
    host.look();
    CHECK(host.answered.empty());
    host.fake.wait(5'000'000'000);
    host.work();
    REQUIRE(host.answered.size() == 1);
    CHECK(host.answered[0].status == SHOAL_E_CANCELLED);
    CHECK(host.answered[0].value == Value("the script was replaced, or is gone"));
}

TEST_CASE("handlers are run by hand, and what they log and how they end comes back", "[script][service]")
{
    ServiceHost host;
    host.write("a.lua", R"(
        shoal.on('torrent.finished', 'good', function(e) shoal.log.info(e.name, e.event) shoal.session.stats() print('then') end)
        shoal.on('torrent.*', 'bad', function(e) error('broken') end)
        shoal.on('other', 'deaf', function(e) print('never') end))");
    host.start();
    const auto run = Value::Map{}.set("script", "a").set("event", "torrent.finished").set("payload", Value::Map{}.set("name", "film"))
                         .set("timeout", 10.0);
    const auto field = [&](std::string_view key) { return *host.answered.at(0).value.as_map()->find(key); };
    SECTION("all of them, until they are over")
    {
        host.call("scripts.run", Value::Map(run).set("handler", ""));
        CHECK(host.answered.empty());
        host.answer(Value{});
        REQUIRE(host.answered.size() == 1);
        const auto line = [](const char* text) { return Value(Value::Map{}.set("level", "info").set("text", text)); };
        CHECK(field("lines") == Value(Value::List{line("film torrent.finished"), line("then")}));
        REQUIRE(field("handlers").as_list()->size() == 2);
        const auto handlers = field("handlers");
        CHECK(*(*handlers.as_list())[0].as_map()->find("handler") == Value("bad"));
        CHECK_THAT(*(*handlers.as_list())[0].as_map()->find("error")->as_text(), Catch::Contains("broken"));
        CHECK((*handlers.as_list())[1] == Value(Value::Map{}.set("handler", "good")));
        CHECK(field("waiting") == Value(false));
        CHECK(field("unfinished") == Value(Value::List{}));
    }
    SECTION("until the time is up")
    {
        host.call("scripts.run", Value::Map(run).set("handler", "good"));
        host.fake.wait(10'000'000'000);
        host.work();
        REQUIRE(host.answered.size() == 1);
        CHECK(field("waiting") == Value(true));
        CHECK(field("unfinished") == Value(Value::List{"good"}));
        CHECK(field("lines").as_list()->size() == 1);
        host.answer(Value{});
        CHECK(host.answered.size() == 1);
    }
    SECTION("one that is suspended, too, and by hand it fails as often as you like")
    {
        for (int i = 0; i < 7; ++i) host.call("scripts.run", Value::Map(run).set("handler", "bad"));
        CHECK(host.answered.size() == 7);
        CHECK_FALSE(host.has_logged("suspended"));
    }
}

TEST_CASE("while a test runs without end, the other scripts have their turns", "[script][service][rehearsal]")
{
    ServiceHost host;
    host.write("a.lua", "shoal.on('go', 'h', function() shoal.log.info('heard') end)");
    host.start();
    const auto* text = GENERATE("test('x', function(t) while true do end end)", "while true do end",
                                "test('x', function(t) t:script 's.lua' t:emit 'go' end)");
    const auto endless = Value::Map{}.set("files", Value::Map{}.set("s.lua", "shoal.on('go', 'h', function() while true do end end)"))
                             .set("name", "a_test.lua").set("text", text);
    host.begin("scripts.test", endless);
    host.work(3);
    CHECK(host.answered.empty());
    host.tell("go");
    host.work(3);
    CHECK(host.has_logged("a: heard"));
    CHECK(host.answered.empty());
}

TEST_CASE("tests are run one after the other, and too many at once are refused", "[script][service][rehearsal]")
{
    ServiceHost host;
    host.start();
    const auto play = Value::Map{}.set("name", "a_test.lua").set("text", "test('x', function(t) t:check(true) end)").set("files", Value::Map{});
    for (int i = 0; i < 18; ++i) host.begin("scripts.test", play);
    CHECK(host.jobs.size() == 1);
    REQUIRE(host.answered.size() == 1);
    CHECK(host.answered[0].status == SHOAL_E_LIMIT);
    CHECK_THAT(*host.answered[0].value.as_text(), Catch::Contains("wait for their turn already"));
    host.work();
    REQUIRE(host.answered.size() == 18);
    const auto passed = Value(Value::Map{}.set("cases", Value::List{Value(Value::Map{}.set("name", "x").set("lines", Value::List{}))}));
    CHECK(host.answered.back().value == passed);
}

} // namespace shoal::script_lua::test
