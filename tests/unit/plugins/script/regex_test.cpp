#include "script_bench.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace shoal::script_lua::test {
namespace {

// What a piece of Lua prints in a handler; or the error.
std::string said_by(const std::string& code, ScriptBench& bench)
{
    REQUIRE(bench.load("shoal.on('go', 'h', function()\n" + code + "\nend)").empty());
    bench.hear("go");
    if (!bench.troubles.empty()) return "error: " + bench.troubles.back().traceback;
    std::string all;
    for (const auto& line : bench.lines) all += (all.empty() ? "" : "|") + line;
    return all;
}

std::string said_by(const std::string& code)
{
    ScriptBench bench;
    return said_by(code, bench);
}

} // namespace

TEST_CASE("regular expressions find, match and split as Lua's own patterns do", "[script][re]")
{
    CHECK(said_by(R"lua(print(shoal.re.find("Field Notes S02E03", "s(\\d+)e(\\d+)(x)?", 3)))lua") == "nil");
    CHECK(said_by(R"lua(print(shoal.re.find("Field Notes S02E03", "(?i)s(\\d+)e(\\d+)(x)?", 3)))lua") == "13 18 02 03 false");
    CHECK(said_by(R"lua(print(shoal.re.match("key=value", "(\\w+)=(\\w+)")))lua") == "key value");
    CHECK(said_by(R"lua(print(shoal.re.match("key=value", "[a-z]+$")))lua") == "value");
    CHECK(said_by(R"lua(print(shoal.re.match("äöü", "^.(.)")))lua") == "ö");
    CHECK(said_by(R"lua(for a, b in shoal.re.gmatch("a=1, b=2", "(\\w)=(\\d)") do print(a, b) end)lua") == "a 1|b 2");
    CHECK(said_by(R"lua(local n = 0 for _ in shoal.re.gmatch(("x "):rep(1000), "x") do n = n + 1 end print(n))lua") == "1000");
    CHECK(said_by(R"lua(print(table.concat(shoal.re.split("a, b;c", "[,;]\\s*"), "|")))lua") == "a|b|c");
    CHECK(said_by(R"lua(print(table.concat(shoal.re.split("a,b,c", ",", 2), "|")))lua") == "a|b,c");
}

TEST_CASE("gsub replaces by a text, a table or a function, which may wait", "[script][re]")
{
    CHECK(said_by(R"lua(print(shoal.re.gsub("2026-01-05", "(\\d+)-(\\d+)", "%2/%1 %%")))lua") == "01/2026 %-05 1");
    CHECK(said_by(R"lua(print(shoal.re.gsub("a b c", "\\w", { a = 1, b = false }, 2)))lua") == "1 b c 2");
    CHECK(said_by(R"lua(print(shoal.re.gsub("abc", "x*", "-")))lua") == "-a-b-c- 4");
    CHECK(said_by(R"lua(print(shoal.re.gsub("äö", "", "-")))lua") == "-ä-ö- 3");
    ScriptBench bench;
    REQUIRE(said_by("print(shoal.re.gsub('a b', '\\\\w', function(x) return shoal.call('ask.it', { x = x }) end))", bench).empty());
    bench.answer(Value("1"));
    bench.answer(Value("2"));
    CHECK(bench.lines == std::vector<std::string>{"1 2 2"});
}

TEST_CASE("a pattern that is wrong is an error that says where", "[script][re]")
{
    CHECK_THAT(said_by("shoal.re.find('a', 'a(b')"), Catch::Contains("the pattern is wrong at its octet 4"));
    CHECK_THAT(said_by("shoal.re.find('a', '\\\\C')"), Catch::Contains("the pattern is wrong"));
    CHECK_THAT(said_by("shoal.re.find('a', ('a'):rep(5000))"), Catch::Contains("longer than 4,096"));
    CHECK_THAT(said_by("shoal.re.find('a', '((a{1,1000}){1,1000}){1,1000}')"), Catch::Contains("too large"));
}

TEST_CASE("what is no UTF-8 matches nothing, and is no error", "[script][re]")
{
    CHECK(said_by(R"lua(print(shoal.re.find("\xff\xfeabc\xff", "b.")))lua") == "4 5");
    CHECK(said_by(R"lua(print(shoal.re.find("\xff", ".")))lua") == "nil");
}

TEST_CASE("S1 a catastrophic pattern stops at its limit, as an error", "[script][re][limits]")
{
    ScriptBench bench;
    bench.settings.limits.handler = 100'000'000;
    const auto* attack = GENERATE("shoal.re.find(('a'):rep(40) .. '!', '^(a+)+$')", "shoal.re.find(('a'):rep(200) .. 'b', '(a|aa|a?)+$')",
                                  "shoal.re.find(('a'):rep(20000), '.*.*.*[=-]')", "shoal.re.match(('ab'):rep(5000), '^((?:ab)*)*[cd]')",
                                  "shoal.re.find(('x'):rep(100000), '(x+x+)+[yz]')", "shoal.re.find(('a'):rep(100), '(?=(a+)+[bc])(a|b)')");
    CAPTURE(attack);
    CHECK_THAT(said_by(attack, bench), Catch::Contains("too many steps"));
    bench.troubles.clear();
    bench.hear("go");
    CHECK(bench.troubles.size() == 1);
}

TEST_CASE("S1 searches that are each within their limit are paid for all the same", "[script][re][limits]")
{
    ScriptBench bench;
    const auto* attack = GENERATE("while true do pcall(shoal.re.find, ('a'):rep(30) .. '!', '^(a+)+$') end",
                                  "while true do shoal.re.find(('a'):rep(15) .. '!', '^(a+)+$') end",
                                  "shoal.re.gsub(('a'):rep(1000000), 'a', 'bb')", "shoal.re.split((','):rep(1000000), ',')",
                                  "for i = 1, 1e9 do shoal.re.find('a', 'a' .. i) end",
                                  "shoal.re.gsub(('a'):rep(50000), '', ('b'):rep(1000))");
    CAPTURE(attack);
    CHECK_THAT(said_by(attack, bench), Catch::Contains("all the instructions that a handler may use") || Catch::Contains("not enough memory"));
    CHECK(bench.last.memory <= bench.settings.limits.memory);
}

TEST_CASE("S1 a pattern that refers back takes short texts only, for one step of it compares as much as a group holds", "[script][re][limits]")
{
    const auto* search = GENERATE("print(shoal.re.find(('a'):rep(10001), '^(a+)\\\\1c?!'))", "print(shoal.re.find(('a'):rep(10001), '(?i)^(?<x>a+)\\\\k<x>!'))");
    CAPTURE(search);
    CHECK_THAT(said_by(search), Catch::Contains("a text of at most 10,000 octets"));
    CHECK(said_by("print((shoal.re.find(('a'):rep(10000), '^(a+)\\\\1$')))") == "1");
}

} // namespace shoal::script_lua::test
