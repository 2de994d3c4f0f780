// Tests of tests: that a case fails when it should, and that the shipped scripts' own tests pass.
#include "control/filter.hpp"
#include "rehearsed.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

namespace shoal::script_lua::test {
namespace {

namespace fs = std::filesystem;

Result<std::vector<Rehearsal::Outcome>> rehearse(const std::string& text, const std::map<std::string, std::string>& files = {})
{
    const Rehearsal::Play play{.name = "a_test.lua", .text = text, .files = files};
    return rehearsed(play);
}

// Why the one case failed; empty: it did not.
std::string why(const std::string& body, const std::string& script = "")
{
    const auto outcomes = rehearse("test('one', function(t)\n" + body + "\nend)", {{"s.lua", script}});
    if (!outcomes) FAIL(outcomes.error().text);
    REQUIRE(outcomes->size() == 1);
    return outcomes->front().why;
}

std::string text_of_file(const fs::path& path)
{
    std::ifstream file(path);
    REQUIRE(file);
    return {std::istreambuf_iterator<char>(file), {}};
}

} // namespace

TEST_CASE("a case passes when nothing is wrong, and fails with the place when something is", "[script][rehearsal]")
{
    CHECK(why("t:equal({ a = { 1, 2 } }, { a = { 1, 2 } })").empty());
    CHECK_THAT(why("t:equal({ 1 }, { 1, 2 })"), Catch::Contains("[1] is not [1,2]") && Catch::Contains("a_test.lua:2"));
    CHECK_THAT(why("t:check(false, 'the torrent was not moved')"), Catch::Contains("the torrent was not moved"));
    CHECK_THAT(why("assert(nil, 'plain')"), Catch::Contains("plain"));
    CHECK_THAT(why("error { code = 5 }"), Catch::Contains("{\"code\":5}"));
    CHECK_THAT(why("t:script 'missing.lua'"), Catch::Contains("there is no missing.lua"));
    CHECK_THAT(why("t:script 's.lua'", "this is no Lua"), Catch::Contains("cannot be loaded") && Catch::Contains("s:1"));
}

TEST_CASE("S1 a test whose scripts run without end comes to its own", "[script][rehearsal][limits]")
{
    const std::string endless = "shoal.on('go', 'endless', function() while true do end end)";
    const Rehearsal::Play play{.name = "a_test.lua",
                               .text = "for i = 1, 2 do test('case ' .. i, function(t) t:script 's.lua' t:emit('go')"
                                       " t:expect_failure 'all the instructions that a handler may use' end) end",
                               .files = {{"s.lua", endless}},
                               .slices = 150};
    const auto outcomes = rehearsed(play);
    REQUIRE(outcomes);
    REQUIRE(outcomes->size() == 2);
    CHECK(outcomes->at(0).why.empty());
    CHECK_THAT(outcomes->at(1).why, Catch::Contains("all the instructions that a test may use"));
}

TEST_CASE("a case that runs without end is over after ten seconds of its slices, and the next one has its turn", "[script][rehearsal][limits]")
{
    auto now = std::make_shared<std::chrono::milliseconds>(0); // each look at the clock takes ten of them
    const Rehearsal::Play play{.name = "a_test.lua",
                               .text = "test('endless', function(t) while true do end end) test('other', function(t) t:check(true) end)"};
    const auto outcomes = rehearsed(play, [now] { return *now += std::chrono::milliseconds{10}; });
    REQUIRE(outcomes);
    REQUIRE(outcomes->size() == 2);
    CHECK_THAT(outcomes->front().why, Catch::StartsWith("it took longer than a handler may take"));
    CHECK(outcomes->back().why.empty());
    CHECK(*now < std::chrono::seconds{30});
}

TEST_CASE("cases that come after the minute that a test has fail, and say so", "[script][rehearsal][limits]")
{
    auto now = std::make_shared<int>(0); // each look at the clock takes a second
    const Rehearsal::Play play{.name = "a_test.lua", .text = "for i = 1, 100 do test('case ' .. i, function(t) t:check(true) end) end"};
    const auto outcomes = rehearsed(play, [now] { return std::chrono::seconds{++*now}; });
    REQUIRE(outcomes);
    REQUIRE(outcomes->size() == 100);
    CHECK(outcomes->front().why.empty());
    CHECK_THAT(outcomes->back().why, Catch::StartsWith("not run"));
}

TEST_CASE("what a script keeps for a while is over when its time is, in a test as elsewhere", "[script][rehearsal]")
{
    CHECK(why(R"(
        t:script 's.lua'
        t:emit('go')
        t:check(t:logged "at once 1 2 b/1 b/2")
        t:wait(61)
        t:emit('go')
        t:check(t:logged "later nil 1 b/2"))",
              R"(
        local word = "at once"
        shoal.on('go', 'h', function()
            if word == "at once" then shoal.kv.set("b/2", true) shoal.kv.set("b/1", 1, { ttl = 60 }) shoal.kv.set("a", 1) end
            local keys = shoal.kv.list("b/")
            print(word, shoal.kv.get("b/1"), #keys, table.unpack(keys))
            word = "later"
        end))").empty());
}

TEST_CASE("cases do not know of each other", "[script][rehearsal]")
{
    const auto outcomes = rehearse("test('a', function(t) t:torrent {} t:script 's.lua' error('x') end)"
                                   "test('b', function(t) t:equal(#t.torrents, 0) t:emit('x.y') t:equal(#t.lines, 0) end)",
                                   {{"s.lua", "shoal.on('x.y', 'n', function() print 'heard' end)"}});
    REQUIRE(outcomes);
    REQUIRE(outcomes->size() == 2);
    CHECK_FALSE(outcomes->front().why.empty());
    CHECK(outcomes->back().why == "");
}

TEST_CASE("a test without cases, or that is no Lua, is an error", "[script][rehearsal]")
{
    CHECK_THAT(rehearse("local x = 1").error().text, Catch::Contains("has no test("));
    CHECK_THAT(rehearse("this is no Lua").error().text, Catch::Contains("a_test.lua:1"));
    CHECK_THAT(rehearse("error('early')").error().text, Catch::Contains("early"));
}

TEST_CASE("a handler that fails fails its case, unless that is what was expected", "[script][rehearsal]")
{
    const std::string script = "shoal.on('x.y', 'n', function() error('oops') end)";
    CHECK_THAT(why("t:script 's.lua' t:emit 'x.y'", script), Catch::Contains("a handler failed") && Catch::Contains("oops"));
    CHECK(why("t:script 's.lua' t:emit 'x.y' t:expect_failure 'oops'", script).empty());
    CHECK_THAT(why("t:expect_failure 'oops'"), Catch::Contains("no handler failed with: oops"));
}

TEST_CASE("an endless loop in a script that is tested ends", "[script][rehearsal]")
{
    CHECK_THAT(why("t:script 's.lua' t:emit 'x.y'", "shoal.on('x.y', 'n', function() while true do end end)"),
               Catch::Contains("instructions"));
}

TEST_CASE("time is the test's", "[script][rehearsal]")
{
    const std::string script = "shoal.time.every('tick', 60, function() print('tick', shoal.time.iso()) end)"
                               "shoal.on('x.y', 'n', function() shoal.time.sleep(90) print 'slept' end)";
    CHECK(why("t:script 's.lua' t:emit 'x.y' t:wait(59.9) t:equal(#t.lines, 0) t:wait(0.1) t:equal(t.lines, { 'tick 2030-01-01T00:01:00Z' })"
              " t:wait(60) t:equal(#t.lines, 3) t:check(t:logged 'slept')",
              script)
              .empty());
}

TEST_CASE("what the world does not know is an error that says how to make it known", "[script][rehearsal]")
{
    const std::string script = "shoal.on('x.y', 'n', function() local a, err = shoal.call('dht.get', { key = 'k' }) print(a, err) end)";
    CHECK(why("t:script 's.lua' t:emit 'x.y' t:check(t:logged 't:answer(\"dht.get\"')", script).empty());
    CHECK(why("t:answer('dht.get', 5) t:script 's.lua' t:emit 'x.y' t:equal(t.lines, { '5 nil' })", script).empty());
    CHECK(why("t:answer('dht.get', function(a) return nil, 'no ' .. a.key end) t:script 's.lua' t:emit 'x.y' t:equal(t.lines, { 'nil no k' })",
              script)
              .empty());
}

TEST_CASE("rules and their predicates are seen", "[script][rehearsal]")
{
    const std::string script = "shoal.rules.rule { name = 'r', match = 'x', where = function(i) return i.size > 5, 'size ' .. i.size end }";
    CHECK(why("t:script 's.lua' t:equal(#t:rules(), 1) t:equal(t:rules()[1].match, 'x')"
              " local ok, why = t:where('r', { size = 6 }) t:equal(ok, true) t:equal(why, 'size 6')"
              " t:equal(t:where('r', { size = 5 }), false)",
              script)
              .empty());
}

TEST_CASE("the filters of made-up torrents decide as the daemon's do", "[script][rehearsal]")
{
    const auto filter = GENERATE(as<std::string>{}, "state=seeding", "state!=seeding", "ratio>1.5", "ratio>=1.5 and label=linux",
                                 "not label", "label in (linux, tv)", "name~\"*.ISO\"", "name~film", "size>1Gi or progress<0.5",
                                 "(state=seeding or state=stopped) and not private", "limits.down>1k", "limits", "stall", "size<=2GiB",
                                 "pickers!=sequential", "pickers=sequential", "name=\"a \\\"b\\\"\"", "missing=1", "missing!=1", "private=true",
                                 "finished_at", "not ratio>1 and not label=tv", "added_at>1d", "progress=1", "label~?v");
    CAPTURE(filter);
    const std::vector<std::pair<std::string, Value::Map>> torrents{
        {"{ name = 'film', state = 'seeding', ratio = 2.0, label = 'linux', size = 2147483648, limits = { down = 2000 } }",
         Value::Map{}.set("name", "film").set("state", "seeding").set("ratio", 2.0).set("label", "linux").set("size", std::int64_t{2147483648})
             .set("limits", Value::Map{}.set("down", 2000))},
        {"{ name = 'debian.iso', state = 'downloading', ratio = 0.5, label = 'tv', size = 700, private = true, stall = 'no peers', progress = 0.25 }",
         Value::Map{}.set("name", "debian.iso").set("state", "downloading").set("ratio", 0.5).set("label", "tv").set("size", 700)
             .set("private", true).set("stall", "no peers").set("progress", 0.25)},
        {"{ name = 'a \"b\"', state = 'stopped', ratio = 1.5, label = '', size = 1500000000 }",
         Value::Map{}.set("name", "a \"b\"").set("state", "stopped").set("ratio", 1.5).set("label", "").set("size", 1500000000)}};
    const auto parsed = control::Filter::parse(filter);
    REQUIRE(parsed);
    for (auto [lua, subject] : torrents) {
        for (const auto& [name, value] : std::map<std::string, Value>{{"private", Value(false)}, {"progress", Value(1.0)}, {"finished_at", Value(0)}}) {
            if (subject.find(name) == nullptr) subject.set(name, value);
        }
        subject.set("added_at", std::int64_t{1'893'456'000});
        CAPTURE(lua);
        const std::string wanted = parsed->matches(subject) ? "1" : "0";
        CHECK(why("t:torrent " + lua + " t:script('s.lua', { filter = [==[" + filter + "]==] }) t:emit 'x.y' t:equal(t.lines, { '" + wanted + "' })",
                  "shoal.opts { filter = '' } shoal.on('x.y', 'n', function() print(#assert(shoal.torrents.list(shoal.opts.filter))) end)")
              == "");
    }
}

TEST_CASE("the shipped scripts' own tests pass, and every script of automation has one", "[script][rehearsal][shipped]")
{
    int cases = 0;
    for (const auto& entry : fs::recursive_directory_iterator(SHOAL_SOURCE_DIR "/scripts")) {
        const auto name = entry.path().filename().string();
        if (!name.ends_with("_test.lua")) {
            const auto test = entry.path().parent_path() / (entry.path().stem().string() + "_test.lua");
            const bool is_automation = entry.path().parent_path().filename() == "automation";
            if (is_automation) CHECK(fs::exists(test));
            continue;
        }
        std::map<std::string, std::string> files;
        for (const auto& beside : fs::directory_iterator(entry.path().parent_path())) {
            if (beside.is_regular_file()) files.emplace(beside.path().filename().string(), text_of_file(beside.path()));
        }
        const auto text = text_of_file(entry.path());
        const Rehearsal::Play play{.name = name, .text = text, .files = files};
        const auto outcomes = rehearsed(play);
        CAPTURE(name);
        if (!outcomes) FAIL(outcomes.error().text);
        for (const auto& outcome : *outcomes) {
            CAPTURE(outcome.name);
            CHECK(outcome.why == "");
            ++cases;
        }
    }
    CHECK(cases > 20);
}

TEST_CASE("a test that tells what nobody tells, or whose script waits for it, fails", "[script][rehearsal]")
{
    const auto failure = [](const std::string& body, const std::string& script) {
        const auto outcomes = rehearsed({.name = "a_test.lua",
                                         .text = "test('one', function(t)\n" + body + "\nend)",
                                         .files = {{"s.lua", script}},
                                         .events = {"torrent.added", "torrent.finished"}});
        REQUIRE(outcomes);
        REQUIRE(outcomes->size() == 1);
        return outcomes->front().why;
    };
    CHECK(failure("t:script 's.lua' t:emit('torrent.finished', t:torrent {})", "shoal.on('torrent.*', 'h', print) shoal.on('user.a', 'u', print)").empty());
    CHECK_THAT(failure("t:emit('torrent.finishd', t:torrent {})", ""), Catch::Contains("nobody tells torrent.finishd; did you mean 'torrent.finished'?"));
    CHECK_THAT(failure("t:script 's.lua'", "shoal.on('torrent.finishd', 'h', print)"), Catch::Contains("handler h waits in vain: nobody tells torrent.finishd"));
}

TEST_CASE("in a test a script tells others, and observes torrents", "[script][rehearsal]")
{
    const std::string script = R"(
        shoal.on('torrent.added', 'h', function(e)
            shoal.observe(e.torrent, { 'progress' }, 'p', function(now) shoal.emit('user.at', { at = now.progress }) end)
        end)
        shoal.on('user.at', 'u', function(e) print('at', e.at) end))";
    CHECK(why(R"(
        t:script 's.lua'
        local torrent = t:torrent { progress = 0.25 }
        t:emit('torrent.added', torrent)
        t:wait(3)
        t:check(t:logged 'at 0.25')
        torrent.progress = 0.5
        t:wait(3)
        t:check(t:logged 'at 0.5'))", script).empty());
}

} // namespace shoal::script_lua::test
