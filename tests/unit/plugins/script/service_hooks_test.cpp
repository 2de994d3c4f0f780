#include "service_host.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace shoal::script_lua::test {
namespace {

using Words = std::vector<std::string>;

// A script whose one hook does `body`.
struct HookedScript {
    explicit HookedScript(const std::string& body)
    {
        stage.write("one.lua", "shoal.before('add', 'choose', function(asked) " + body + " end)");
        stage.start();
        REQUIRE(stage.hooks() == Words{"before.add 50"});
    }
    void ask() { stage.put_question("before.add 50", Value::Map{}.set("name", "big").set("size", 5000)); }
    const Value* change(std::string_view name) const
    {
        REQUIRE(stage.decided.size() == 1);
        REQUIRE(stage.decided[0].answer.as_map() != nullptr);
        return stage.decided[0].answer.as_map()->find(name);
    }

    ServiceHost stage;
};

} // namespace

TEST_CASE("a script's hook allows, changes and forbids", "[script][hooks]")
{
    SECTION("nothing returned")
    {
        HookedScript script("");
        script.ask();
        REQUIRE(script.stage.decided.size() == 1);
        CHECK(script.stage.decided[0].status == SHOAL_OK);
        CHECK(script.stage.decided[0].answer.as_map()->size() == 0);
    }
    SECTION("changes")
    {
        HookedScript script("return { folder = '/big/' .. asked.name }");
        script.ask();
        CHECK(*script.change("folder")->as_text() == "/big/big");
    }
    SECTION("no")
    {
        HookedScript script("if asked.size > 1000 then return false, 'too big: ' .. asked.size end");
        script.ask();
        REQUIRE(script.stage.decided.size() == 1);
        CHECK(script.stage.decided[0].status == SHOAL_E_ACCESS);
        CHECK(*script.stage.decided[0].answer.as_text() == "too big: 5000");
    }
    SECTION("no, without a reason")
    {
        HookedScript script("return false");
        script.ask();
        CHECK(*script.stage.decided.at(0).answer.as_text() == "a script does not want it");
    }
}

TEST_CASE("a hook that fails, or returns what is no answer, has no objection and shows its traceback", "[script][hooks]")
{
    const auto body = GENERATE(as<std::string>{}, "error('oops')", "return { 1, 2 }", "return { folder = print }");
    HookedScript script(body);
    script.ask();
    REQUIRE(script.stage.decided.size() == 1);
    CHECK(script.stage.decided[0].status == SHOAL_OK);
    CHECK(script.stage.decided[0].answer.as_map()->size() == 0);
    CHECK(script.stage.has_logged("script one, handler choose"));
}

TEST_CASE("who may not delete files does not have them deleted by a hook either", "[script][hooks]")
{
    const bool is_granted = GENERATE(false, true);
    ServiceHost stage;
    stage.write("one.lua", std::string(is_granted ? "-- grants: delete_data\n" : "") + "shoal.before('remove', 'h', function() return { data = true } end)");
    stage.start();
    stage.put_question("before.remove 50", Value::Map{}.set("torrent", "3fa1").set("data", false));
    REQUIRE(stage.decided.size() == 1);
    CHECK(stage.decided[0].answer.as_map()->size() == (is_granted ? 1 : 0));
    CHECK(stage.has_logged("-- grants: delete_data") == !is_granted);
}

TEST_CASE("a hook may ask for something before it decides", "[script][hooks]")
{
    HookedScript script("local room = shoal.call('disk.room', { folder = '/' }) if room.free < asked.size then return false, 'full' end");
    script.ask();
    CHECK(script.stage.decided.empty());
    CHECK(script.stage.asked.at(0).method == "disk.room");
    script.stage.answer(Value(Value::Map{}.set("free", 100)));
    CHECK(*script.stage.decided.at(0).answer.as_text() == "full");
}

TEST_CASE("hooks of several scripts are asked for themselves, each with its priority", "[script][hooks]")
{
    ServiceHost stage;
    stage.write("a.lua", "shoal.before('remove', 'x', function() end, 10) shoal.before('move', 'y', function() end)");
    stage.write("b.lua", "shoal.before('remove', 'x', function() end, -3)");
    stage.start();
    auto hooks = stage.hooks();
    std::ranges::sort(hooks);
    CHECK(hooks == Words{"before.move 50", "before.remove -3", "before.remove 10"});
}

TEST_CASE("a hook ends with its handler, its script's old version, or after five failures", "[script][hooks]")
{
    HookedScript script("error('oops')");
    auto& stage = script.stage;
    SECTION("five failures")
    {
        for (int i = 0; i < 5; ++i) script.ask();
        CHECK(stage.hooks().empty());
        CHECK(stage.decided.size() == 5);
    }
    SECTION("another version")
    {
        stage.write("one.lua", "shoal.before('start', 'choose', function() end)");
        stage.look();
        CHECK(stage.hooks() == Words{"before.start 50"});
    }
    SECTION("dropped by its script")
    {
        stage.write("one.lua", "shoal.before('start', 'choose', function() end) shoal.on('x.y', 'z', function() shoal.off('choose') end)");
        stage.look();
        stage.publish("x.y");
        CHECK(stage.hooks().empty());
    }
    SECTION("named anew for another hook")
    {
        stage.write("one.lua", "shoal.before('start', 'a', function() end) "
                               "shoal.on('x.y', 'z', function() shoal.before('move', 'a', function() end) end)");
        stage.look();
        stage.publish("x.y");
        CHECK(stage.hooks() == Words{"before.move 50"});
    }
}

TEST_CASE("events are no hooks, and hooks hear no events", "[script][hooks]")
{
    ServiceHost stage;
    stage.write("one.lua", "shoal.on('*', 'all', function(e) print('heard', e.event) end) "
                           "shoal.before('add', 'first', function() print('asked') end)");
    stage.start();
    stage.publish("before.add");
    CHECK(stage.count_logged("heard before.add") == 1);
    CHECK(stage.count_logged("asked") == 0);
    stage.put_question("before.add 50", {});
    CHECK(stage.count_logged("asked") == 1);
    CHECK(stage.count_logged("heard") == 1);
}

TEST_CASE("in a hook the torrent is one that can be asked, but for one that is only being added", "[script][hooks]")
{
    ServiceHost stage;
    stage.write("one.lua", "shoal.before('remove', 'r', function(asked) return { label = asked.torrent.hash .. asked.torrent.state } end) "
                           "shoal.before('add', 'a', function(asked) return { label = type(asked.torrent) } end)");
    stage.start();
    stage.put_question("before.remove 50", Value::Map{}.set("torrent", "3fa1").set("state", "seeding"));
    CHECK(*stage.decided.at(0).answer.as_map()->find("label")->as_text() == "3fa1seeding");
    stage.put_question("before.add 50", Value::Map{}.set("torrent", "3fa1"));
    CHECK(*stage.decided.at(1).answer.as_map()->find("label")->as_text() == "string");
}

TEST_CASE("a handler of a hook that takes too long is told by its name", "[script][service][hooks]")
{
    ServiceHost host;
    host.write("slow.lua", "shoal.before('start', 'ask the web', function() shoal.time.sleep(5) return false, 'no' end)");
    host.start();
    host.put_question("before.start 50", Value::Map{}.set("torrent", "3fa1"));
    host.fake.wait(1'900'000'000);
    host.work();
    CHECK_FALSE(host.has_logged("did not decide"));
    host.fake.wait(200'000'000);
    host.work();
    CHECK(host.has_logged("script slow, handler ask the web: did not decide before.start within 2 s"));
}

TEST_CASE("rules are handed over when every script attends its hooks", "[script][service][hooks]")
{
    ServiceHost host;
    host.write("a.lua", "shoal.rules.rule { name = 'all', feeds = '*', match = 'x' }");
    host.write("b.lua", "shoal.before('add', 'nothing', function() return false, 'no' end)");
    host.start();
    REQUIRE(host.asked.size() == 1);
    CHECK(host.asked[0].method == "rules.load");
    CHECK(host.asked[0].attending == 1);
}

} // namespace shoal::script_lua::test
