#include "script_bench.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace shoal::script_lua::test {
namespace {

using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

Value::Map of_torrent(const std::string& hash) { return Value::Map{}.set("torrent", hash).set("name", "film"); }

} // namespace

TEST_CASE("a handler hears the events that its glob matches, with what they carry", "[script]")
{
    ScriptBench bench;
    REQUIRE(bench.load("shoal.on('disk.*', 'h', function(e) shoal.log.info(e.event, e.why) end)").empty());
    bench.hear("disk.error", Value::Map{}.set("why", "full"));
    bench.hear("file.finished");
    CHECK(bench.lines == Lines{"disk.error full"});
}

TEST_CASE("handlers run in the order of their registration, and a name has one", "[script]")
{
    ScriptBench bench;
    REQUIRE(bench.load(R"(
        shoal.on('go', 'z', function() shoal.log.info('first') end)
        shoal.on('go', 'a', function() shoal.log.info('second') end)
        shoal.on('go', 'm', function() shoal.log.info('never') end)
        shoal.on('go', 'm', function() shoal.log.info('third') end)
        shoal.on('go', 'x', function() shoal.log.info('never') end)
        shoal.log.info(shoal.off('x'), shoal.off('x')))").empty());
    bench.hear("go");
    CHECK(bench.lines == Lines{"true false", "first", "second", "third"});
}

TEST_CASE("a call is waited for where it stands, and gives a value or nil and an error", "[script]")
{
    ScriptBench bench;
    REQUIRE(bench.load(R"(
        shoal.on('go', 'h', function()
            local answer, err = shoal.call('a.b', { x = 1, list = { 1, 2 } })
            shoal.log.info(answer, err and err.code, err)
        end))").empty());
    bench.hear("go");
    REQUIRE(bench.wishes.size() == 1);
    CHECK(bench.wishes[0].name == "a.b");
    CHECK(bench.wishes[0].value == Value(Value::Map{}.set("list", Value::List{1, 2}).set("x", 1)));
    CHECK(bench.lines.empty());
    SECTION("a value")
    {
        bench.answer(Value("here"));
        CHECK(bench.lines == Lines{"here nil nil"});
    }
    SECTION("nothing")
    {
        bench.answer(Value{});
        CHECK(bench.lines == Lines{"true nil nil"});
    }
    SECTION("an error")
    {
        bench.answer(make_error(Errc::not_found, "there is no x"));
        CHECK(bench.lines == Lines{"nil not_found there is no x"});
    }
}

TEST_CASE("a handler that waits holds up no other, and its answers are its own", "[script]")
{
    ScriptBench bench;
    REQUIRE(bench.load(R"(
        shoal.on('go', 'h', function(e) shoal.log.info(e.n, shoal.call('a.b')) end))").empty());
    bench.hear("go", Value::Map{}.set("n", 1));
    bench.hear("go", Value::Map{}.set("n", 2));
    REQUIRE(bench.wishes.size() == 2);
    std::swap(bench.wishes[0], bench.wishes[1]);
    bench.answer(Value("second"));
    bench.answer(Value("first"));
    CHECK(bench.lines == Lines{"2 second", "1 first"});
}

TEST_CASE("a handler may wait inside pcall, a loop and coroutines of its own", "[script]")
{
    ScriptBench bench;
    REQUIRE(bench.load(R"(
        local function values()
            return coroutine.wrap(function()
                for i = 1, 2 do coroutine.yield((shoal.call('a.b', { i = i }))) end
            end)
        end
        shoal.on('go', 'h', function()
            local ok, said = pcall(function()
                local all = {}
                for value in values() do all[#all + 1] = value end
                return table.concat(all, ' ')
            end)
            shoal.log.info(ok, said)
        end))").empty());
    bench.hear("go");
    bench.answer(Value("one"));
    bench.answer(Value("two"));
    CHECK(bench.lines == Lines{"true one two"});
}

TEST_CASE("a coroutine that waits cannot be resumed by others", "[script]")
{
    ScriptBench bench;
    REQUIRE(bench.load(R"(
        local co, main
        shoal.on('go', 'h', function()
            main = coroutine.running()
            co = coroutine.create(function() return shoal.call('a.b') end)
            shoal.log.info(coroutine.resume(co))
        end)
        shoal.on('meddle', 'm', function()
            shoal.log.info(coroutine.resume(co))
            shoal.log.info(coroutine.resume(main))
            shoal.log.info(pcall(coroutine.close, co))
        end))").empty());
    bench.hear("go");
    bench.hear("meddle");
    CHECK(bench.lines == Lines{"false cannot resume a coroutine that waits for an answer",
                               "false cannot resume a coroutine that waits for an answer",
                               "false cannot close a coroutine that waits for an answer"});
    bench.answer(Value("here"));
    CHECK(bench.lines.back() == "true here");
    CHECK(bench.troubles.empty());
}

TEST_CASE("nothing can be waited for in the body of a script or inside a comparison", "[script]")
{
    ScriptBench bench;
    CHECK_THAT(bench.load("shoal.call('a.b')"), Catch::Contains("nothing can be waited for while the script is loaded"));
    REQUIRE(bench.load(R"(
        shoal.on('go', 'h', function() table.sort({ 2, 1 }, function() return shoal.call('a.b') end) end))").empty());
    bench.hear("go");
    CHECK(bench.wishes.empty());
    REQUIRE(bench.troubles.size() == 1);
    CHECK_THAT(bench.troubles[0].traceback, Catch::Contains("inside a function that another one calls"));
}

TEST_CASE("what cannot be waited for is not asked for either, in a coroutine of its own neither", "[script]")
{
    ScriptBench bench;
    REQUIRE(bench.load(R"(
        shoal.on('go', 'h', function()
            -- The comparison's coroutine might wait, but table.sort may not.
            pcall(table.sort, { 2, 1 }, function() return coroutine.wrap(function() return shoal.call('a.first') end)() end)
            pcall(table.sort, { 2, 1 }, function() return coroutine.wrap(function() shoal.time.sleep(9) end)() end)
            shoal.log.info(shoal.call('a.second'))
        end))").empty());
    bench.hear("go");
    REQUIRE(bench.wishes.size() == 1);
    CHECK(bench.wishes[0].name == "a.second");
    CHECK_FALSE(bench.last.wake);
    bench.answer(Value("second"));
    CHECK(bench.lines == Lines{"second"});
}

TEST_CASE("a handler that is cut at the end of its slice goes on where it was, in coroutines as well", "[script]")
{
    ScriptBench bench;
    bench.settings.limits.slice = 2000;
    REQUIRE(bench.load(R"(
        shoal.on('go', 'h', function()
            local co = coroutine.wrap(function()
                local sum = 0
                for i = 1, 20000 do sum = sum + i end
                coroutine.yield(sum)
                return 'end'
            end)
            shoal.log.info(co(), co())
        end))").empty());
    bench.hear("go");
    CHECK(bench.lines == Lines{"200010000 end"});
    CHECK(bench.turns > 5);
}

TEST_CASE("a failure is told with its place, the other handlers go on, and five in a row suspend it", "[script]")
{
    ScriptBench bench;
    REQUIRE(bench.load(R"(
        shoal.on('go', 'bad', function() local x = nil; return x.field end)
        shoal.on('go', 'good', function() shoal.log.info('good') end))").empty());
    for (int i = 0; i < 7; ++i) bench.hear("go");
    CHECK(bench.lines.size() == 7);
    REQUIRE(bench.troubles.size() == 5);
    CHECK(bench.troubles[0].handler == "bad");
    CHECK_THAT(bench.troubles[0].traceback, Catch::StartsWith("tested:2: attempt to index a nil value") && Catch::Contains("stack traceback"));
    CHECK_FALSE(bench.troubles[3].is_suspended);
    CHECK(bench.troubles[4].is_suspended);
    REQUIRE(bench.last.handlers.size() == 2);
    CHECK(bench.last.handlers[0].is_suspended);
    CHECK(bench.last.handlers[0].calls == 5);
    CHECK(bench.last.handlers[1].calls == 7);
}

TEST_CASE("a success in between forgives the failures before it", "[script]")
{
    ScriptBench bench;
    REQUIRE(bench.load("shoal.on('go', 'h', function(e) if e.bad then error('bad') end end)").empty());
    for (int i = 0; i < 12; ++i) bench.hear("go", Value::Map{}.set("bad", i % 4 != 3));
    CHECK(bench.troubles.size() == 9);
    CHECK_FALSE(bench.last.handlers.at(0).is_suspended);
}

TEST_CASE("timers go off once or again and again, by their names", "[script]")
{
    ScriptBench bench;
    REQUIRE(bench.load(R"(
        shoal.time.after('once', 10, function() shoal.log.info('once') end)
        shoal.time.every('often', 4, function() shoal.log.info('often') end)
        shoal.time.after('never', 5, function() shoal.log.info('never') end)
        shoal.time.after('never', 500, function() shoal.log.info('never') end)
        shoal.log.info(shoal.time.cancel('never'), shoal.time.cancel('never')))").empty());
    CHECK(bench.last.wake == bench.now + 4s);
    for (int i = 0; i < 12; ++i) bench.wait(1s);
    CHECK(bench.lines == Lines{"true false", "often", "often", "once", "often"});
    CHECK(bench.last.timers == 1);
    bench.wait(20s); // what was missed is left out
    CHECK(bench.lines.size() == 6);
}

TEST_CASE("a timer that goes off may be made again by its own function", "[script]")
{
    ScriptBench bench;
    REQUIRE(bench.load(R"(
        local count = 0
        local function again()
            count = count + 1
            shoal.log.info(count)
            shoal.time.after('t', 1, again)
        end
        shoal.time.after('t', 1, again))").empty());
    for (int i = 0; i < 3; ++i) bench.wait(1s);
    CHECK(bench.lines == Lines{"1", "2", "3"});
    CHECK(bench.last.timers == 1);
}

TEST_CASE("a timer whose function fails again and again ends", "[script]")
{
    ScriptBench bench;
    REQUIRE(bench.load("shoal.time.every('t', 1, function() error('bad') end)").empty());
    for (int i = 0; i < 8; ++i) bench.wait(1s);
    CHECK(bench.troubles.size() == 5);
    CHECK(bench.troubles.back().is_suspended);
    CHECK(bench.last.timers == 0);
}

TEST_CASE("sleep waits by the host's clock", "[script]")
{
    ScriptBench bench;
    REQUIRE(bench.load(R"(
        shoal.on('go', 'h', function()
            local before = shoal.time.now()
            shoal.time.sleep(2.5)
            shoal.log.info(shoal.time.now() - before)
        end))").empty());
    bench.hear("go");
    CHECK(bench.last.wake == bench.now + 2500ms);
    bench.wait(2s);
    CHECK(bench.lines.empty());
    bench.wait(500ms);
    CHECK(bench.lines == Lines{"2.5"});
}

TEST_CASE("a torrent is a handle: its fields are asked for once, its methods are calls", "[script]")
{
    ScriptBench bench;
    REQUIRE(bench.load(R"(
        shoal.on('torrent.finished', 'h', function(e)
            shoal.log.info(e.torrent.label, e.torrent.size, e.torrent.nothing)
            local ok, err = e.torrent:move('/done')
            shoal.log.info(ok, err)
        end))").empty());
    bench.hear("torrent.finished", of_torrent("3fa1"));
    REQUIRE(bench.wishes.size() == 1);
    CHECK(bench.wishes[0].name == "torrents.show");
    CHECK(bench.wishes[0].value == Value(Value::Map{}.set("torrent", "3fa1")));
    bench.answer(Value(Value::Map{}.set("torrent", "3fa1").set("label", "tv").set("size", 7)));
    CHECK(bench.lines == Lines{"tv 7 nil"});
    REQUIRE(bench.wishes.size() == 1);
    CHECK(bench.wishes[0].name == "torrents.move");
    CHECK(bench.wishes[0].value == Value(Value::Map{}.set("folder", "/done").set("torrent", "3fa1")));
    bench.answer(Value{});
    CHECK(bench.lines.back() == "true nil");
}

TEST_CASE("a torrent that was removed is an error, also when one of its hash came back", "[script]")
{
    ScriptBench bench;
    REQUIRE(bench.load(R"(
        local kept
        shoal.on('torrent.added', 'keep', function(e) kept = kept or e.torrent end)
        shoal.on('go', 'use', function()
            local ok, err = kept:stop()
            shoal.log.info(ok, err and err.code, err, kept.name)
        end))").empty());
    bench.hear("torrent.added", of_torrent("3fa1"));
    bench.hear("torrent.removed", of_torrent("3fa1"));
    bench.hear("torrent.added", of_torrent("3fa1"));
    bench.hear("go");
    CHECK(bench.wishes.empty());
    CHECK(bench.lines == Lines{"nil not_found the torrent is gone nil"});
    CHECK(bench.troubles.empty());
}

TEST_CASE("of one that was held before and came back after ten thousand removals the host says what it is", "[script]")
{
    ScriptBench bench;
    REQUIRE(bench.load(R"(
        local kept = {}
        shoal.on('torrent.added', 'keep', function(e) kept[#kept + 1] = e.torrent end)
        shoal.on('go', 'use', function(e) shoal.log.info(kept[e.which]:stop()) end))").empty());
    bench.hear("torrent.added", of_torrent("3fa1"));
    bench.hear("torrent.removed", of_torrent("3fa1"));
    bench.hear("torrent.added", of_torrent("3fa1"));
    const auto use = [&](int which) { bench.hear("go", Value::Map{}.set("which", which)); };
    for (int i = 1; i < 10'000; ++i) {
        bench.script->hear("torrent.removed", std::make_shared<const Value::Map>(of_torrent(std::to_string(i))));
    }
    use(1);
    CHECK(bench.lines == Lines{"nil the torrent is gone"});
    bench.hear("torrent.removed", of_torrent("10000"));
    use(1);
    CHECK(bench.wishes.size() == 1);
    bench.answer(Value{});
    use(2); // it has been there all the time
    CHECK(bench.wishes.size() == 1);
}

TEST_CASE("data is deleted and settings are changed with a grant alone", "[script]")
{
    ScriptBench bench;
    const std::string body = R"(
        shoal.on('go', 'h', function(e)
            local ok, err = e.torrent:remove { data = true }
            shoal.log.info(ok, err)
            shoal.log.info(select(2, shoal.session.set('rates.down', 5)))
        end))";
    SECTION("without")
    {
        REQUIRE(bench.load("-- A comment.\n" + body).empty());
        bench.hear("go", of_torrent("3fa1"));
        CHECK(bench.wishes.empty());
        REQUIRE(bench.lines.size() == 2);
        CHECK(bench.lines[0] == "nil torrents.remove is not granted; the script has to begin with the line \"-- grants: delete_data\"");
        CHECK_THAT(bench.lines[1], Catch::Contains("-- grants: settings"));
    }
    SECTION("with")
    {
        REQUIRE(bench.load("-- A comment.\n-- grants: delete_data, settings\n" + body).empty());
        bench.hear("go", of_torrent("3fa1"));
        REQUIRE(bench.wishes.size() == 1);
        CHECK(bench.wishes[0].value == Value(Value::Map{}.set("data", true).set("torrent", "3fa1")));
        bench.answer(Value{});
        CHECK(bench.wishes.size() == 1);
    }
    SECTION("a grant further down is none")
    {
        REQUIRE(bench.load("local x\n-- grants: delete_data\n" + body).empty());
        bench.hear("go", of_torrent("3fa1"));
        CHECK(bench.wishes.empty());
    }
    SECTION("without data none is needed")
    {
        REQUIRE(bench.load("shoal.on('go', 'h', function(e) e.torrent:remove() end)").empty());
        bench.hear("go", of_torrent("3fa1"));
        CHECK(bench.wishes.size() == 1);
    }
}

TEST_CASE("lists of torrents are handles that know their fields already", "[script]")
{
    ScriptBench bench;
    REQUIRE(bench.load(R"(
        shoal.on('go', 'h', function()
            for _, torrent in ipairs(shoal.torrents.list('state=seeding')) do shoal.log.info(torrent.name, torrent) end
        end))").empty());
    bench.hear("go");
    REQUIRE(bench.wishes.size() == 1);
    CHECK(bench.wishes[0].value == Value(Value::Map{}.set("filter", "state=seeding")));
    bench.answer(Value(Value::List{Value(of_torrent("aa")), Value(of_torrent("bb"))}));
    CHECK(bench.lines == Lines{"film torrent aa", "film torrent bb"});
}

TEST_CASE("what is kept is read and written as JSON, by key", "[script]")
{
    ScriptBench bench;
    REQUIRE(bench.load(R"(
        shoal.on('go', 'h', function()
            shoal.log.info(shoal.kv.get('k'))
            shoal.log.info(shoal.kv.set('k', { n = 2, list = shoal.list {} }))
            shoal.log.info(shoal.kv.get('k').n)
        end))").empty());
    bench.hear("go");
    CHECK(bench.wishes.at(0).kind == Wish::Kind::read);
    bench.answer(Value{});
    CHECK(bench.lines.back() == "nil");
    CHECK(bench.wishes.at(0).kind == Wish::Kind::write);
    CHECK(bench.wishes.at(0).value == Value(R"({"list":[],"n":2})"));
    bench.answer(Value{});
    bench.answer(Value(R"({"list":[],"n":2})"));
    CHECK(bench.lines.back() == "2");
}

TEST_CASE("a script with an error in it is not loaded, and the error names the line", "[script]")
{
    ScriptBench bench;
    CHECK_THAT(bench.load("\nlocal = 1"), Catch::StartsWith("tested:2:"));
    CHECK_THAT(bench.load("\n\nerror('no')"), Catch::StartsWith("tested:3: no") && Catch::Contains("stack traceback"));
    CHECK_THAT(bench.load("\x1bLua"), Catch::Contains("attempt to load a binary chunk"));
    CHECK_THAT(bench.load("shoal.on('go', 'h')"), Catch::StartsWith("tested:1: shoal.on(event, name, function) wants a function"));
}

TEST_CASE("random numbers are the host's: the same seed, the same numbers", "[script]")
{
    const std::string text = "shoal.log.info(math.random(), math.random(6), math.random(-3, 3))";
    ScriptBench first;
    ScriptBench second;
    ScriptBench third;
    third.settings.seed = 8;
    for (auto* bench : {&first, &second, &third}) REQUIRE(bench->load(text).empty());
    CHECK(first.lines == second.lines);
    CHECK(first.lines != third.lines);
}

TEST_CASE("a table that is a list and a map at once is an error, and nothing of it is lost", "[script]")
{
    ScriptBench bench;
    REQUIRE(bench.load(R"(
        print(shoal.json.encode { 1, 2, x = 3 })
        print(shoal.json.encode(shoal.list { x = 3 }))
        print(shoal.json.encode { 1, shoal.json.null, 3 })
        shoal.on('go', 'h', function() print(shoal.kv.set('a', { 1, [2.5] = 3 })) end))").empty());
    bench.hear("go");
    const std::string refused = "nil a table is a list and a map at once: it has keys beside those from 1 on";
    CHECK(bench.lines == Lines{refused, refused, "[1,null,3]", refused});
    CHECK(bench.wishes.empty());
}

TEST_CASE("a hook that does not exist is an error with the nearest that does", "[script]")
{
    ScriptBench bench;
    CHECK_THAT(bench.load("shoal.before('remvoe', 'h', print)"), Catch::Contains("there is no hook remvoe; did you mean 'remove'?"));
    CHECK_THAT(bench.load("shoal.before('adding', 'h', print)"), Catch::Contains("there are: add, start, remove, move"));
    CHECK(bench.load("for _, hook in ipairs { 'add', 'start', 'remove', 'move' } do shoal.before(hook, hook, print) end").empty());
}

TEST_CASE("a torrent that is removed has no fields any more, also those that were read", "[script]")
{
    ScriptBench bench;
    REQUIRE(bench.load(R"(
        shoal.on('go', 'h', function(e)
            local torrent = e.torrent
            print(torrent.state)
            shoal.time.sleep(10)
            print(torrent.state, torrent.folder, torrent.hash)
        end))").empty());
    bench.hear("go", of_torrent("3fa1"));
    bench.answer(Value(Value::Map{}.set("torrent", "3fa1").set("state", "seeding").set("folder", "/srv")));
    bench.hear("torrent.removed", of_torrent("3fa1"));
    bench.wait(10s);
    CHECK(bench.lines == Lines{"seeding", "nil nil 3fa1"});
    CHECK(bench.wishes.empty());
}

TEST_CASE("a rule whose where is no function is an error that names it", "[script][declarations]")
{
    ScriptBench bench;
    CHECK_THAT(bench.load("shoal.rules.rule { name = 'tv', where = 'x' }"), Catch::Contains("where of the rule tv is to be a function"));
}

} // namespace shoal::script_lua::test
