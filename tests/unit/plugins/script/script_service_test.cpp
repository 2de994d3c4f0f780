#include "service_host.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <string>

namespace shoal::script_lua::test {
namespace {

const Value* field_of(const Value& list, std::size_t index, std::string_view key)
{
    REQUIRE(list.as_list() != nullptr);
    REQUIRE(list.as_list()->size() > index);
    return (*list.as_list())[index].as_map()->find(key);
}

} // namespace

TEST_CASE("the scripts of the folder run, hear events and call methods", "[script][service]")
{
    ServiceHost host;
    host.write("notes.lua", R"(
        shoal.on('torrent.finished', 'h', function(e)
            shoal.log.info(e.name, 'has', shoal.session.stats().torrents)
        end))");
    host.write("notes_test.lua", "error('not to be run')");
    host.write(".hidden.lua", "error('not to be run')");
    host.write("text.txt", "error('not to be run')");
    host.start();
    CHECK(host.has_logged("script notes runs"));
    CHECK_FALSE(host.has_logged("not to be run"));
    CHECK(host.service->summary() == "1 script in " + host.folder_setting);
    host.publish("torrent.added");
    host.publish("torrent.finished", Value::Map{}.set("torrent", "3fa1").set("name", "film"));
    REQUIRE(host.asked.size() == 1);
    CHECK(host.asked[0].method == "session.stats");
    CHECK(host.asked[0].cause == "script:notes");
    host.answer(Value(Value::Map{}.set("torrents", 3)));
    CHECK(host.has_logged("notes: film has 3"));
}

TEST_CASE("the folder is the daemon's when the plug-in's own setting is empty", "[script][service]")
{
    ServiceHost host;
    host.write("a.lua", "shoal.log.info('here')");
    const auto folder = std::exchange(host.folder_setting, "");
    host.start();
    REQUIRE(host.asked.size() == 1);
    CHECK(host.asked[0].method == "settings.get");
    CHECK(host.asked[0].arguments == Value(Value::Map{}.set("name", "folders.scripts")));
    SECTION("it is there")
    {
        host.answer(Value(Value::Map{}.set("value", folder)));
        CHECK(host.has_logged("a: here"));
    }
    SECTION("there is none")
    {
        host.answer(Value("no such setting"), SHOAL_E_NOT_FOUND);
        CHECK(host.has_logged("set plugins.lua.folder"));
    }
}

TEST_CASE("a script whose file changes is replaced; nothing of the old one is left", "[script][service]")
{
    ServiceHost host;
    const std::string body = "shoal.on('go', 'h', function() shoal.log.info('VERSION') end) shoal.time.every('t', 10, function() "
                             "shoal.log.info('tick VERSION') end)";
    const auto version = [&](const std::string& name) {
        auto text = body;
        for (auto at = text.find("VERSION"); at != text.npos; at = text.find("VERSION")) text.replace(at, 7, name);
        return text;
    };
    host.write("a.lua", version("one"));
    host.start();
    host.publish("go");
    host.write("a.lua", version("two"));
    host.look();
    CHECK(host.has_logged("script a: the new version runs"));
    host.publish("go");
    host.fake.wait(10'000'000'000);
    host.work();
    CHECK(host.count_logged("a: one") == 1);
    CHECK(host.count_logged("a: two") == 1);
    CHECK(host.count_logged("tick one") == 0);
    CHECK(host.count_logged("tick two") == 1);
}

TEST_CASE("a broken version leaves the old one running, and says why", "[script][service]")
{
    ServiceHost host;
    host.write("a.lua", "shoal.on('go', 'h', function() shoal.log.info('one') end)");
    host.start();
    host.write("a.lua", "shoal.on('go', 'h', function() shoal.log.info('two') end)\nlocal = 5");
    host.look();
    host.publish("go");
    CHECK(host.has_logged("a: one"));
    CHECK_FALSE(host.has_logged("a: two"));
    CHECK(host.has_logged("script a cannot be loaded: a:2:"));
    CHECK(host.has_logged("(the version before it goes on)"));
    REQUIRE(host.fake.events.size() == 2);
    CHECK_THAT(host.fake.events[1], Catch::StartsWith("script.error script=a why=cannot be loaded: a:2:"));
    const auto listed = host.list();
    CHECK(*field_of(listed, 0, "running") == Value(true));
    CHECK_THAT(*field_of(listed, 0, "error")->as_text(), Catch::Contains("a:2:"));
    host.write("a.lua", "shoal.on('go', 'h', function() shoal.log.info('three') end)");
    host.look();
    host.publish("go");
    CHECK(host.has_logged("a: three"));
    CHECK(field_of(host.list(), 0, "error") == nullptr);
}

TEST_CASE("a script whose file is gone ends", "[script][service]")
{
    ServiceHost host;
    host.write("a.lua", "shoal.on('go', 'h', function() shoal.log.info('one') end)");
    host.start();
    std::filesystem::remove(std::filesystem::path(host.folder_setting) / "a.lua");
    host.look();
    CHECK(host.has_logged("script a is gone"));
    host.publish("go");
    CHECK_FALSE(host.has_logged("a: one"));
    CHECK(host.list().as_list()->empty());
}

TEST_CASE("a handler that fails is told as an event with its traceback, and suspended after five times", "[script][service]")
{
    ServiceHost host;
    host.write("a.lua", "shoal.on('go', 'bad', function() error('oh') end)\nshoal.on('go', 'good', function() shoal.log.info('good') end)");
    host.start();
    for (int i = 0; i < 6; ++i) host.publish("go");
    CHECK(host.count_logged("a: good") == 6);
    CHECK(host.count_logged("script a, handler bad: a:1: oh") == 5);
    CHECK(host.count_logged("it is suspended until the script changes") == 1);
    CHECK_THAT(host.fake.events.back(), Catch::StartsWith("script.error script=a handler=bad why=a:1: oh") && Catch::EndsWith("suspended=true"));
    const auto listed = host.list();
    const auto& handlers = *field_of(listed, 0, "handlers")->as_list();
    CHECK(*handlers.at(0).as_map()->find("suspended") == Value(true));
    CHECK(*handlers.at(1).as_map()->find("suspended") == Value(false));
}

TEST_CASE("scripts have their turns one after the other, and what one does holds up no other", "[script][service]")
{
    ServiceHost host;
    host.write("a.lua", "shoal.on('go', 'h', function() for i = 1, 5e6 do end shoal.log.info('slow') end)");
    host.write("b.lua", "shoal.on('go', 'h', function() shoal.log.info('quick') end)");
    host.start();
    host.publish("go");
    REQUIRE(host.fake.logged.size() >= 2);
    const auto& last = host.fake.logged.back();
    CHECK_THAT(last, Catch::Contains("a: slow"));
    CHECK(host.has_logged("b: quick"));
}

TEST_CASE("each script keeps its own values, and they outlive it", "[script][service]")
{
    ServiceHost host;
    const std::string counting = R"(
        shoal.on('go', 'h', function()
            local n = (shoal.kv.get('n') or 0) + 1
            assert(shoal.kv.set('n', n))
            shoal.log.info('n is', n)
        end))";
    host.write("a.lua", counting);
    host.write("b.lua", counting);
    host.start();
    host.publish("go");
    host.publish("go");
    CHECK(host.kept == std::map<std::string, std::string>{{"a/n", "2"}, {"b/n", "2"}});
    host.write("a.lua", counting + " ");
    host.look();
    host.publish("go");
    CHECK(host.has_logged("a: n is 3"));
}

TEST_CASE("an answer that comes after its script was replaced is nobody's", "[script][service]")
{
    ServiceHost host;
    host.write("a.lua", "shoal.on('go', 'h', function() shoal.call('x.y') shoal.log.info('answered') end)");
    host.start();
    host.publish("go");
    host.write("a.lua", "shoal.on('go', 'h', function() shoal.log.info('new') end)");
    host.look();
    host.answer(Value("late"));
    host.publish("go");
    CHECK_FALSE(host.has_logged("a: answered"));
    CHECK(host.has_logged("a: new"));
}

TEST_CASE("the service ends with handlers that wait, jobs that never began and timers that are armed", "[script][service]")
{
    auto host = std::make_unique<ServiceHost>();
    host->write("a.lua", R"(
        shoal.time.every('t', 1, function() end)
        shoal.on('go', 'h', function() shoal.call('x.y') shoal.log.info('answered') end))");
    host->start();
    host->publish("go");
    host->write("a.lua", "");
    host->fake.wait(2'000'000'000);
    CHECK_FALSE(host->jobs.empty());
    host->service->on_stop();
    CHECK(host->on_event == nullptr);
    host.reset();
    SUCCEED("nothing was touched after its end");
}

} // namespace shoal::script_lua::test
