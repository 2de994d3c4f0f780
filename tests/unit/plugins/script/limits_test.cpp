// Each limit is attacked by a handler; afterwards the script has to be there as if nothing had been.
#include "script_bench.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace shoal::script_lua::test {
namespace {

using Lines = std::vector<std::string>;

// Runs `attack` in a handler; gives what was said about it.
struct Attacked : ScriptBench {
    std::string by(const std::string& attack)
    {
        const auto wrong = load("shoal.on('attack', 'attacker', function()\n" + attack
                                + "\nend)\nshoal.on('after', 'bystander', function() shoal.log.info('fine') end)\n");
        REQUIRE(wrong.empty());
        troubles.clear();
        hear("attack");
        return troubles.empty() ? "" : troubles.front().traceback;
    }
    bool is_fine()
    {
        lines.clear();
        hear("after");
        return lines == Lines{"fine"} && last.memory <= settings.limits.memory;
    }
};

constexpr const char* stopped = "it used all the instructions that a handler may use";

} // namespace

TEST_CASE("S1 an endless loop is stopped after its instructions, in slices", "[script][limits]")
{
    Attacked script;
    CHECK_THAT(script.by("while true do end"), Catch::StartsWith(stopped));
    CHECK(script.turns > 10);
    CHECK(script.is_fine());
}

TEST_CASE("S1 a loop inside pcall cannot catch what stops it", "[script][limits]")
{
    Attacked script;
    const auto* attack = GENERATE("while true do pcall(function() while true do end end) end",
                                  "while true do pcall(pcall, function() for i = 1, 1000 do end end) end",
                                  "while true do xpcall(function() while true do end end, function() while true do end end) end",
                                  "while true do pcall(error) end");
    CAPTURE(attack);
    CHECK_THAT(script.by(attack), Catch::StartsWith(stopped));
    CHECK(script.is_fine());
}

TEST_CASE("a loop inside coroutines is stopped with all of them", "[script][limits]")
{
    Attacked script;
    const auto* attack = GENERATE("coroutine.wrap(function() while true do end end)()",
                                  "while true do coroutine.resume(coroutine.create(function() while true do end end)) end",
                                  "while true do coroutine.wrap(function() end)() end",
                                  "local co = coroutine.wrap(function() while true do coroutine.yield() end end) while true do co() end",
                                  "while true do pcall(coroutine.wrap(function() while true do end end)) end");
    CAPTURE(attack);
    CHECK_THAT(script.by(attack), Catch::StartsWith(stopped));
    CHECK(script.is_fine());
}

TEST_CASE("S1 a bomb of coroutines ends for want of memory or of instructions", "[script][limits]")
{
    Attacked script;
    SECTION("kept")
    {
        CHECK_THAT(script.by("local all = {} while true do all[#all + 1] = coroutine.create(function() end) end"),
                   Catch::Contains("not enough memory") || Catch::StartsWith(stopped));
    }
    SECTION("nested")
    {
        CHECK_THAT(script.by("local function nest() return coroutine.wrap(nest)() end local f f = function() coroutine.wrap(f)() end f()"),
                   Catch::Contains("C stack overflow") || Catch::Contains("not enough memory"));
    }
    CHECK(script.is_fine());
}

TEST_CASE("handlers without end, and an error as long as memory, are kept short", "[script][limits]")
{
    ScriptBench bench;
    CHECK_THAT(bench.load("for i = 1, 2000 do shoal.on('x', 'h' .. i, print) end"), Catch::Contains("too many handlers"));
    REQUIRE(bench.load("shoal.on('go', 'h', function() error(('x'):rep(500000)) end)").empty());
    bench.hear("go");
    REQUIRE(bench.troubles.size() == 1);
    CHECK(bench.troubles[0].traceback.size() < 20'000);
}

TEST_CASE("S1 string.rep of 10^9 is refused before anything is made", "[script][limits]")
{
    Attacked script;
    const auto* attack = GENERATE("string.rep('x', 10^9 // 1 | 0)", "('x'):rep(1000000000)", "string.rep('', 1 << 62, 'x')");
    CHECK_THAT(script.by(attack), Catch::Contains("resulting string too large"));
    CHECK(script.is_fine());
}

TEST_CASE("string.rep of nothing, however often, is nothing", "[script][limits]")
{
    Attacked script;
    CHECK(script.by("shoal.log.info(#string.rep('', 1 << 62))") == "");
    CHECK(script.lines == Lines{"0"});
}

TEST_CASE("S1 a catastrophic pattern is stopped while it matches", "[script][limits]")
{
    Attacked script;
    const auto* attack = GENERATE("local s = string.rep('a', 5000) s:find('.-.-.-.-.-.-b')",
                                  "local s = string.rep('a', 5000) s:match('a*a*a*a*a*a*b')",
                                  "local s = string.rep('a', 5000) s:gsub('.-.-.-.-.-.-b', '')",
                                  "local s = string.rep('a', 5000) for _ in s:gmatch('.-.-.-.-.-.-b') do end",
                                  "local s = string.rep('(', 100000) for i = 1, 1000 do s:find('%b()%b()') end",
                                  "local s = string.rep('a', 50000) while true do pcall(s.find, s, '.-.-.-b') end");
    CAPTURE(attack);
    CHECK_THAT(script.by(attack), Catch::StartsWith(stopped));
    CHECK(script.is_fine());
}

TEST_CASE("S1 a finalizer cannot be made", "[script][limits]")
{
    Attacked script;
    CHECK_THAT(script.by("setmetatable({}, {__gc = function() while true do end end})"), Catch::Contains("there is no __gc here"));
    CHECK(script.is_fine());
}

TEST_CASE("what is to be closed runs no longer than the rest", "[script][limits]")
{
    Attacked script;
    CHECK_THAT(script.by("local x <close> = setmetatable({}, {__close = function() while true do end end}) while true do end"),
               Catch::StartsWith(stopped));
    CHECK(script.is_fine());
}

TEST_CASE("S1 a metamethod is counted like everything else", "[script][limits]")
{
    Attacked script;
    const auto* attack = GENERATE("local t = setmetatable({}, {__index = function() while true do end end}) return t.x",
                                  "local t = setmetatable({}, {__lt = function() while true do end end}) table.sort({t, t})",
                                  "local t = setmetatable({}, {__tostring = function() while true do end end}) tostring(t)",
                                  "local t = {} t[1] = setmetatable(t, {__concat = function() while true do end end}) return t .. t");
    CAPTURE(attack);
    CHECK_THAT(script.by(attack), Catch::StartsWith(stopped));
    CHECK(script.is_fine());
}

TEST_CASE("loops inside of C are bounded by what they are given", "[script][limits]")
{
    Attacked script;
    const auto* attack = GENERATE("table.move({}, 1, 1 << 60, 1)",
                                  "table.concat(setmetatable({}, {__index = rawlen}), '', 1, 1 << 60)",
                                  "table.move(setmetatable({}, {__index = rawlen}), 1, 1 << 60, 1)",
                                  "table.insert(setmetatable({}, {__len = function() return 1 << 60 end}), 1, 1)",
                                  "local t = {} for i = 1, 100001 do t[i] = 0 end table.sort(t)");
    CAPTURE(attack);
    CHECK_THAT(script.by(attack), Catch::Contains("bad argument"));
    CHECK(script.is_fine());
}

TEST_CASE("comparing and copying long texts is paid for", "[script][limits]")
{
    Attacked script;
    const auto* attack = GENERATE("local s = string.rep('x', 1000000) while true do local t = s .. 'y' end",
                                  "local s = string.rep('x', 1000000) while true do s:upper() end",
                                  "local s = string.rep('x', 1000000) local t = {} for i = 1, 1000 do t[i] = s end table.sort(t)");
    CAPTURE(attack);
    CHECK_THAT(script.by(attack), Catch::StartsWith(stopped));
    CHECK(script.is_fine());
}

TEST_CASE("what looks at a whole text, and what moves many values, is paid for by their size", "[script][limits]")
{
    Attacked script;
    const auto* attack = GENERATE("tonumber(text)", "local x = text + 1", "local x = -text", "local x = rawequal(text, text)", "table.unpack({}, 1, 100000)",
                                  "local function count(...) for j = 1, 1000 do select('#', ...) end end count(table.unpack({}, 1, 50000))");
    CAPTURE(attack);
    CHECK_THAT(script.by("local text = string.rep(' ', 999999) .. '1' for i = 1, 100 do " + std::string(attack) + " end"), Catch::StartsWith(stopped));
    CHECK(script.is_fine());
}

// Nothing stops a script but what the hook sees. One instruction compares two texts, however long they are.
TEST_CASE("S1 the longer its texts, the more often a script is looked at", "[script][limits]")
{
    const auto looks = [](const std::string& text, const std::string& body = "for i = 1, 10000 do end") {
        ScriptBench bench;
        bench.per_look = std::chrono::nanoseconds{1};
        REQUIRE(bench.load("local early = coroutine.wrap(function(text) for i = 1, 10000 do end end) "
                           "shoal.on('go', 'h', function() local text = "
                           + text + " " + body + " shoal.log.info('done') end)").empty());
        const auto before = bench.now;
        bench.hear("go");
        REQUIRE(bench.lines == Lines{"done"});
        return (bench.now - before).count();
    };
    const auto usual = looks("''");
    CHECK(usual < 100);
    CHECK(looks("string.rep('\\0', 16000)") < 2 * usual);
    CHECK(looks("string.rep('\\0', 1000000)") > 2'000);
    CHECK(looks("''", "text = string.rep('\\0', 16000) for i = 1, 6 do text = text .. text end for i = 1, 10000 do end") > 2'000);
    CHECK(looks("string.rep('\\0', 1000000)", "early(text)") > 2'000);
    CHECK(looks("''", "coroutine.wrap(function() text = string.rep('\\0', 1000000) end)() for i = 1, 10000 do end") > 2'000);
}

TEST_CASE("who has let go of a long text is looked at as before", "[script][limits]")
{
    ScriptBench bench;
    bench.per_look = std::chrono::nanoseconds{1};
    REQUIRE(bench.load("shoal.on('go', 'h', function() local text = string.rep('x', 1000000) text = nil for i = 1, 200 do local t = ('y'):rep(10000 + i) end "
                       "shoal.log.info('gone') end) shoal.on('then', 'h', function() for i = 1, 10000 do end end)").empty());
    for (int i = 0; i < 5; ++i) bench.hear("go");
    bench.script->run();
    const auto before = bench.now;
    bench.hear("then");
    CHECK((bench.now - before).count() < 400);
}

TEST_CASE("a text longer than a text may be is not made, by whatever", "[script][limits]")
{
    Attacked script;
    const auto* attack = GENERATE("local s = 'x' while true do s = s .. s end", "local t = {} for i = 1, 30 do t[i] = string.rep('x', 50000) end table.concat(t)",
                                  "string.format('%s%s', string.rep('x', 600000), string.rep('x', 600000))");
    CAPTURE(attack);
    CHECK_THAT(script.by(attack), Catch::Contains("not enough memory"));
    CHECK(script.is_fine());
}

// By the clock: a look in the test takes no instructions.
TEST_CASE("others have their turn when a few instructions have taken long", "[script][limits]")
{
    ScriptBench bench;
    REQUIRE(bench.load("shoal.on('go', 'h', function() for i = 1, 20000 do end shoal.log.info('done') end)").empty());
    bench.turns = 0;
    bench.per_look = std::chrono::milliseconds{10};
    bench.hear("go");
    CHECK(bench.lines == Lines{"done"});
    CHECK(bench.turns > 3);
}

TEST_CASE("the memory of a state ends at its limit, and what is let go can be had again", "[script][limits]")
{
    Attacked script;
    CHECK_THAT(script.by("local t = {} for i = 1, 1e9 do t[i] = {i} end"), Catch::Contains("not enough memory") || Catch::StartsWith(stopped));
    CHECK(script.is_fine());
    CHECK(script.last.memory < 1u << 20);
}

TEST_CASE("deep recursion is an error", "[script][limits]")
{
    Attacked script;
    const auto* attack = GENERATE("local function f() return 1 + f() end f()",
                                  "local t = setmetatable({}, {}) getmetatable(t).__index = function(x, k) return x[k + 1] end return t[1]",
                                  "local f f = function(s) return (s:gsub('.', f)) end f('aa')",
                                  "return load(string.rep('(', 1000) .. string.rep(')', 1000))()");
    CAPTURE(attack);
    CHECK_FALSE(script.by(attack).empty());
    CHECK(script.is_fine());
}

TEST_CASE("S1 an error that is not a string is told all the same", "[script][limits]")
{
    Attacked script;
    SECTION("a table") { CHECK_THAT(script.by("error({})"), Catch::StartsWith("{}")); }
    SECTION("nil") { CHECK_THAT(script.by("error(nil)"), Catch::StartsWith("(the error is a nil)")); }
    SECTION("a function") { CHECK_THAT(script.by("error(print)"), Catch::StartsWith("(the error is a function)")); }
    SECTION("a message of its own") { CHECK_THAT(script.by("error({message = 'oh'})"), Catch::StartsWith("oh")); }
    SECTION("one that says something else each time")
    {
        CHECK_THAT(script.by("error(setmetatable({}, {__tostring = function() while true do end end}))"),
                   Catch::StartsWith("(the error is a table)"));
    }
    CHECK(script.is_fine());
}

TEST_CASE("10,000 timers are refused after the thousandth, and the script goes on", "[script][limits]")
{
    Attacked script;
    CHECK(script.by(R"(
        local made, why = 0
        for i = 1, 10000 do
            local ok, err = shoal.time.after('t' .. i, 3600, function() end)
            if ok then made = made + 1 else why = err end
        end
        shoal.log.info(made, why.code, why))") == "");
    CHECK(script.lines == Lines{"1000 limit_exceeded the script has too many timers"});
    CHECK(script.last.timers == 1000);
    CHECK(script.is_fine());
}

TEST_CASE("a thousand handlers may wait, and no more", "[script][limits]")
{
    Attacked script;
    script.settings.most_waiting = 10;
    script.settings.patience = 100;
    CHECK(script.by("shoal.time.sleep(60)") == "");
    for (int i = 0; i < 10; ++i) script.hear("attack");
    REQUIRE(script.troubles.size() == 1);
    CHECK(script.troubles[0].traceback == "too many handlers wait for something");
    script.wait(std::chrono::seconds{61});
    CHECK(script.is_fine());
}

TEST_CASE("a handler that takes too long by the clock is stopped whatever it counted", "[script][limits]")
{
    Attacked script;
    script.per_look = std::chrono::milliseconds{1};
    CHECK_THAT(script.by("while true do end"), Catch::StartsWith("it took longer than a handler may take"));
}

TEST_CASE("what else a machine has to do does not stop a handler, and what it works itself does", "[script][limits]")
{
    ScriptBench bench;
    std::chrono::nanoseconds worked{};
    const bool is_busy_itself = GENERATE(false, true);
    bench.settings.effort = [&] { return worked += std::chrono::milliseconds{is_busy_itself ? 10 : 0}; };
    REQUIRE(bench.load("shoal.on('go', 'h', function() for i = 1, 100000 do end print('done') end)").empty());
    bench.per_look = std::chrono::seconds{1};
    bench.hear("go");
    CHECK((bench.lines == std::vector<std::string>{"done"}) == !is_busy_itself);
    CHECK(bench.troubles.empty() == !is_busy_itself);
}

TEST_CASE("of a storm of lines a turn has two hundred, and says that there were more", "[script][limits]")
{
    ScriptBench bench;
    REQUIRE(bench.load("shoal.on('go', 'h', function() for i = 1, 300 do print(i) end end)").empty());
    bench.hear("go");
    REQUIRE(bench.lines.size() == 201);
    CHECK(bench.lines[199] == "200");
    CHECK_THAT(bench.lines[200], Catch::Contains("too much at once"));
}

TEST_CASE("time that a handler spends waiting for its turn is not its own", "[script][limits]")
{
    ScriptBench bench;
    REQUIRE(bench.load("shoal.on('go', 'h', function() for i = 1, 200000 do end shoal.log.info('done') end)").empty());
    bench.script->hear("go", std::make_shared<const Value::Map>());
    for (bool has_more = true; has_more;) {
        const auto turn = bench.script->run();
        has_more = turn.has_more;
        bench.now += std::chrono::seconds{5}; // others are busy
        CHECK(turn.troubles.empty());
        if (!has_more) CHECK(turn.lines.size() == 1);
    }
}

TEST_CASE("a table that holds one long text a thousand times is not copied for others", "[script][limits]")
{
    Attacked script;
    const std::string table = "local s = string.rep('x', 100000) local t = {} for i = 1, 1000 do t[i] = s end ";
    CHECK(script.by(table + "shoal.log.info(select(2, shoal.json.encode(t)))") == "");
    CHECK(script.lines == Lines{"a value has more than 1 MiB of text"});
    CHECK_THAT(script.by(table + "shoal.call('a.b', { t = t })"), Catch::Contains("a value has more than 1 MiB of text"));
    CHECK_THAT(script.by("local t = {} t.t = t shoal.call('a.b', t)"), Catch::Contains("bad argument"));
    CHECK(script.is_fine());
}

TEST_CASE("a text whose compiling takes the square of its length is compiled no longer than a handler may run", "[script][limits]")
{
    Attacked script;
    script.per_look = std::chrono::milliseconds{10};
    const auto* attack = GENERATE("load('return ' .. ('a and '):rep(15000) .. 'a')", "pcall(load, 'return ' .. ('a and '):rep(15000) .. 'a')");
    CHECK_THAT(script.by(attack), Catch::StartsWith("it took longer than a handler may take"));
    CHECK_THAT(script.load("return " + std::string("a = a and ", 10) + "b"), Catch::Contains("expected near"));
    std::string body = "return ";
    for (int i = 0; i < 15'000; ++i) body += "a and ";
    CHECK_THAT(script.load(body + "a"), Catch::Contains("it took longer than a handler may take"));
}

TEST_CASE("what stops a coroutine stops also what those that resumed it were to close", "[script][limits]")
{
    Attacked script;
    REQUIRE(script.load("shoal.on('attack', 'a', function() pcall(function() "
                        "local outer <close> = setmetatable({}, { __close = function() CLOSED = true end }) "
                        "coroutine.wrap(function() while true do end end)() end) end) shoal.on('say', 's', function() print(CLOSED) end)")
                .empty());
    script.hear("attack");
    REQUIRE(script.troubles.size() == 1);
    CHECK_THAT(script.troubles.front().traceback, Catch::StartsWith(stopped));
    script.hear("say");
    CHECK(script.lines == Lines{"nil"});
}

TEST_CASE("what a coroutine closes is looked at as often as its texts are long", "[script][limits]")
{
    Attacked script;
    script.per_look = std::chrono::milliseconds{100};
    const std::string closes = "local co = coroutine.create(function() local it <close> = setmetatable({}, { __close = function() ";
    CHECK_THAT(script.by(closes + "local a, b = ('x'):rep(100):rep(10000), ('y'):rep(100):rep(10000) for i = 1, 40 do local less = a < b end end }) "
                                  "coroutine.yield() end) coroutine.resume(co) coroutine.close(co)"),
               Catch::StartsWith("it took longer than a handler may take"));
    script.per_look = {};
    CHECK(script.is_fine());
}

TEST_CASE("coroutines close each other only so deep as the thread has a stack", "[script][limits]")
{
    Attacked script;
    const auto* nest = "local last for i = 1, 5000 do local before = last last = coroutine.create(function() "
                       "local it <close> = setmetatable({}, { __close = function() if before then assert(coroutine.close(before)) end end }) "
                       "coroutine.yield() end) coroutine.resume(last) if i == ENOUGH then break end end ";
    const auto to = [&](const std::string& enough) { return "local ENOUGH = " + enough + " " + nest + "shoal.log.info(coroutine.close(last))"; };
    CHECK(script.by(to("5")).empty());
    CHECK(script.lines == Lines{"true"});
    script.lines.clear();
    CHECK(script.by(to("2000")).empty());
    REQUIRE(script.lines.size() == 1);
    CHECK_THAT(script.lines.front(), Catch::Contains("coroutines close each other too deeply"));
    CHECK(script.is_fine());
}

TEST_CASE("a coroutine that runs cannot be closed, and one that failed says why", "[script][limits]")
{
    Attacked script;
    CHECK(script.by("print(pcall(coroutine.close, coroutine.running())) local co co = coroutine.create(function() print(coroutine.wrap(function() "
                    "return pcall(coroutine.close, co) end)()) error('oh', 0) end) coroutine.resume(co) print(coroutine.close(co)) print(coroutine.close(co)) "
                    "print(coroutine.close(coroutine.create(print)))").empty());
    CHECK(script.lines
          == Lines{"false cannot close a running coroutine", "false cannot close a running coroutine", "false oh", "true", "true"});
}

TEST_CASE("timers that go off faster than they run do not heap up", "[script][limits]")
{
    ScriptBench bench;
    bench.settings.most_queued = 200;
    REQUIRE(bench.load("local calls = 0 for i = 1, 100 do shoal.time.every('t' .. i, 0.05, function() calls = calls + 1 end) end "
                       "shoal.on('busy', 'b', function() for i = 1, 500000 do end end) shoal.on('say', 's', function() print(calls) end)").empty());
    bench.script->hear("busy", std::make_shared<const Value::Map>());
    int turns = 0;
    for (bool has_more = true; has_more && turns < 100; ++turns) {
        has_more = bench.script->run().has_more;
        if (turns < 10) bench.now += std::chrono::seconds{1};
    }
    CHECK(turns < 100);
    bench.hear("say");
    REQUIRE_FALSE(bench.lines.empty());
    CHECK(std::stoi(bench.lines.back()) <= 400);
}

TEST_CASE("what leads out of the sandbox is not there", "[script][limits]")
{
    ScriptBench bench;
    for (const auto* name : {"io", "os", "debug", "package", "dofile", "loadfile", "string.dump", "string.pack",
                             "collectgarbage('stop')", "math.randomseed", "load(string.char(27) .. 'Lua')"}) {
        CAPTURE(name);
        REQUIRE(bench.load("local ok, found = pcall(function() return " + std::string(name)
                           + " end) shoal.log.info(ok and found == nil or not ok)").empty());
        CHECK(bench.lines.back() == "true");
    }
    REQUIRE(bench.load("local seen = {} for name in pairs(_G) do seen[#seen + 1] = name end table.sort(seen) "
                       "shoal.log.info(table.concat(seen, ' '))").empty());
    CHECK(bench.lines.back()
          == "_G _VERSION assert collectgarbage coroutine error getmetatable ipairs load math next pairs pcall print rawequal rawget "
             "rawlen rawset require select setmetatable shoal string table tonumber tostring type utf8 xpcall");
}

TEST_CASE("a script that runs for ever while it is loaded is not loaded", "[script][limits]")
{
    ScriptBench bench;
    CHECK_THAT(bench.load("while true do end"), Catch::Contains(stopped));
    CHECK_THAT(bench.load("while true do pcall(function() while true do end end) end"), Catch::Contains(stopped));
}

TEST_CASE("a script that logs without end fills no memory of others", "[script][limits]")
{
    Attacked script;
    CHECK_THAT(script.by("while true do shoal.log.info('x') end"), Catch::StartsWith(stopped));
    CHECK(script.lines.size() <= 1001u * static_cast<std::size_t>(script.turns));
}

TEST_CASE("references to a table with a long key are refused, and the attempt has its price", "[script][limits]")
{
    Attacked script;
    const std::string value = "local one = { [('k'):rep(600000)] = 1 } local all = { one, one, one } ";
    CHECK(script.by(value + "print(select(2, shoal.json.encode(all)))").empty());
    CHECK(script.lines == Lines{"a value has more than 1 MiB of text"});
    CHECK_THAT(script.by(value + "for i = 1, 20000 do shoal.json.encode(all) end"), Catch::StartsWith(stopped));
    CHECK(script.is_fine());
}

} // namespace shoal::script_lua::test
