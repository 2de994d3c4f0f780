// What is said of mistakes, and where.
#include "script_bench.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace shoal::script_lua::test {

TEST_CASE("a mistake in what a function is given is said of the script's line, by the name that scripts know", "[script][errors]")
{
    const auto [call, said] = GENERATE(table<std::string, std::string>({
        {"shoal.time.every('', 1, print)", "tested:2: bad argument to 'shoal.time.every' (a name has"},
        {"shoal.time.after('x', 'soon', print)", "tested:2: bad argument to 'shoal.time.after' (number expected"},
        {"shoal.time.cron('x', '61 * * * *', print)", "tested:2: bad argument to 'shoal.time.cron' ("},
        {"shoal.time.cron('x', '1 * * * *')", "tested:2: shoal.time.cron(name, line, function) wants a function"},
        {"shoal.on('go', 'x')", "tested:2: shoal.on(event, name, function) wants a function"},
        {"shoal.on(5.5, nil, print)", "tested:2: bad argument to 'shoal.on' ("},
        {"shoal.before('ad', 'x', print)", "tested:2: there is no hook ad"},
        {"shoal.re.find(nil, 'x')", "tested:2: bad argument to 'shoal.re.find' ("},
        {"shoal.re.find('x', '(')", "tested:2: "},
        {"shoal.rules.rule(5)", "tested:2: shoal.rules.rule { name = …, … } wants a table"},
        {"shoal.rules.rule {}", "tested:2: a rule needs a name"},
        {"shoal.opts(5)", "tested:2: shoal.opts { name = default, … } wants a table"},
        {"shoal.torrents.add()", "tested:2: "},
        {"shoal.http.get(5)", "tested:2: shoal.http.get wants a table"},
        {"require()", "tested:2: bad argument to 'require' ("},
        {"shoal.json.decode(nil)", "tested:2: bad argument #1 to 'decode' ("},
    }));
    CAPTURE(call);
    const auto wrong = ScriptBench().load("local x\n" + call);
    CHECK_THAT(wrong, Catch::StartsWith(said));
    ScriptBench caught;
    REQUIRE(caught.load("print(pcall(function()\n" + call + " end))").empty());
    CHECK_THAT(caught.lines.at(0), Catch::StartsWith("false " + said));
}

TEST_CASE("an error of a function that the script hands over is its own", "[script][errors]")
{
    CHECK_THAT(ScriptBench().load("shoal.re.gsub('x', 'x',\nfunction() error 'mine' end)"), Catch::StartsWith("tested:2: mine"));
    CHECK_THAT(ScriptBench().load("error(setmetatable({}, { __tostring = function() return 'said' end }))"), Catch::StartsWith("said"));
    ScriptBench bench;
    REQUIRE(bench.load("shoal.on('go', 'h', function() shoal.re.gsub('x', 'x', function() shoal.call('a.b') error { code = 7 } end) end)").empty());
    bench.hear("go");
    bench.answer(Value{});
    REQUIRE(bench.troubles.size() == 1);
    CHECK_THAT(bench.troubles[0].traceback, Catch::StartsWith("{\"code\":7}"));
}

TEST_CASE("an error that is a table is shown as JSON, so much of it as is worth reading", "[script][errors]")
{
    const auto [thrown, shown] = GENERATE(table<std::string, std::string>({
        {"{ code = 5, why = { 'a', true, 1.5 } }", "{\"code\":5,\"why\":[\"a\",true,1.5]}"},
        {"{ message = 'plain' }", "plain"},
        {"{ f = print, n = shoal.null }", "{\"f\":\"a function\",\"n\":null}"},
        {"setmetatable({}, { __tostring = function() return 'said' end })", "said"},
        {"setmetatable({}, { __tostring = function() error 'again' end })", "(the error is a table)"},
        {"print", "(the error is a function)"},
    }));
    CAPTURE(thrown);
    CHECK_THAT(ScriptBench().load("error(" + thrown + ")"), Catch::StartsWith(shown));
    const auto large = ScriptBench().load("local t = {} t.t = t for i = 1, 1000 do t['key' .. i] = ('x'):rep(50) end error(t)");
    CHECK(large.size() < 4000);
    CHECK_THAT(large, Catch::Contains("…"));
}

} // namespace shoal::script_lua::test
