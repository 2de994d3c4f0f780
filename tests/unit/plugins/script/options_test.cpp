// What a slip of the fingers does in the arguments of shoal's functions: it is an error where it was made.
#include "script_bench.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <utility>

namespace shoal::script_lua::test {

TEST_CASE("an option that does not exist is an error that names those that do", "[script][options]")
{
    const auto [call, said] = GENERATE(table<std::string, std::string>({
        {"shoal.http.get { url = 'http://a.example', tmeout = 3 }", "shoal.http.get has no tmeout; did you mean 'timeout'?"},
        {"shoal.http.post { url = 'http://a.example', jsn = {} }", "shoal.http.post has no jsn; did you mean 'json'?"},
        {"shoal.proc.run { argv = { '/bin/true' }, cwd = '/' }", "shoal.proc.run has no cwd; there are: argv, env, timeout, max_output"},
        {"shoal.fs.write('/a', 'b', { replce = true })", "shoal.fs.write has no replce; did you mean 'replace'?"},
        {"shoal.kv.set('a', 1, { til = 3 })", "shoal.kv.set has no til; did you mean 'ttl'?"},
        {"(shoal.torrents.get('film')):remove { dat = true }", "torrent:remove has no dat; did you mean 'data'?"},
    }));
    CAPTURE(call);
    ScriptBench bench;
    REQUIRE(bench.load("\nshoal.on('go', 'h', function()\n" + call + "\nend)").empty());
    bench.hear("go");
    if (!bench.wishes.empty()) bench.answer(Value(Value::Map{}.set("torrent", "3fa1")));
    REQUIRE(bench.troubles.size() == 1);
    CHECK_THAT(bench.troubles[0].traceback, Catch::StartsWith("tested:3: " + said));
    CHECK(bench.wishes.empty());
}

TEST_CASE("a handler without a name is called after where it stands, and ends by the name that on gives", "[script][options]")
{
    ScriptBench bench;
    REQUIRE(bench.load(R"(
        local a = shoal.on('go', function() print('a') end)
        local b = shoal.on('go', function() print('b') end)
        local c = shoal.before('add', function() end, 7)
        print(a, b, c, shoal.off(b), shoal.off(b)))").empty());
    bench.hear("go");
    CHECK(bench.lines == std::vector<std::string>{"go, line 2 go, line 3 before.add, line 4 true false", "a"});
}

TEST_CASE("an event that a script tells has a name that is not ours", "[script][options]")
{
    ScriptBench bench;
    REQUIRE(bench.load(R"(
        shoal.on('go', 'h', function()
            print(pcall(shoal.emit, 'torrent.finished', {}))
            shoal.emit('user.archived', { name = 'film' })
        end))").empty());
    bench.hear("go");
    REQUIRE(bench.lines.size() == 1);
    CHECK_THAT(bench.lines[0], Catch::Contains("begins with user."));
    REQUIRE(bench.wishes.size() == 1);
    CHECK(bench.wishes[0].name == "scripts.emit");
    CHECK(bench.wishes[0].value == Value(Value::Map{}.set("event", "user.archived").set("fields", Value::Map{}.set("name", "film"))));
}

TEST_CASE("short ways to methods call them with the arguments that they have", "[script][options]")
{
    using Map = Value::Map;
    const auto [call, method, arguments] = GENERATE(table<std::string, std::string, Map>({
        {"shoal.rss.parse('<rss/>', 'daily')", "feeds.parse", Map{}.set("text", "<rss/>").set("feed", "daily")},
        {"shoal.rules.release('A.S01E02')", "rules.release", Map{}.set("title", "A.S01E02")},
        {"shoal.rules.seen.has('A.S01E02')", "seen.has", Map{}.set("title", "A.S01E02")},
        {"shoal.rules.seen.list('notes')", "seen.list", Map{}.set("contains", "notes")},
        {"shoal.rules.seen.learn('A.S01E02')", "seen.learn", Map{}.set("title", "A.S01E02")},
        {"shoal.rules.seen.forget('a/s01e02')", "seen.forget", Map{}.set("key", "a/s01e02")},
        {"shoal.session.room('/srv')", "disk.room", Map{}.set("folder", "/srv")},
    }));
    CAPTURE(call);
    ScriptBench bench;
    REQUIRE(bench.load("shoal.on('go', 'h', function() print((" + call + ")) end)").empty());
    bench.hear("go");
    REQUIRE(bench.wishes.size() == 1);
    CHECK(bench.wishes[0].name == method);
    for (std::size_t i = 0; i < arguments.size(); ++i) CHECK(*bench.wishes[0].value.as_map()->find(arguments.keys()[i]) == arguments.values()[i]);
    CHECK(bench.wishes[0].value.as_map()->size() == arguments.size());
    bench.answer(Value(Map{}.set("seen", true)));
    CHECK(bench.lines.size() == 1);
}

} // namespace shoal::script_lua::test
