// Scripts of pickers and chokers run alike wherever and whenever they run.
#include "policies.hpp"
#include "testing/trial_swarm.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <chrono>
#include <string>
#include <vector>

namespace shoal::test {

using testing::TrialSwarm;

namespace {

using Texts = std::vector<std::string>;

// What the body of rank() prints.
Texts printed_by(const std::string& body, std::uint64_t seed = 1)
{
    TrialSwarm swarm({.pieces = 2});
    ScriptedPicker picker("function rank(swarm, ranks)\n" + body + "\nend", seed);
    swarm.attach(picker);
    swarm.rank();
    return picker.printed;
}

std::string failure_in(const std::string& body)
{
    try {
        printed_by(body);
    } catch (const std::exception& failure) {
        return failure.what();
    }
    return {};
}

void pick_once(picker_lua::LuaPicker& picker)
{
    TrialSwarm swarm({.pieces = 2});
    swarm.with_view([&](const SwarmView& view) {
        std::array<shoal_pick, 1> picks{};
        PickList list(picks);
        shoal_pick_request request{};
        request.struct_size = sizeof request;
        picker.pick(view, PickRequest(request, 2), list);
    });
}

} // namespace

TEST_CASE("pairs goes by the order of keys: numbers, texts, false and true", "[picker][lua][order]")
{
    CHECK(printed_by("local t = {zebra = 1, [true] = 2, [10] = 3, apple = 4, [-2.5] = 5, [false] = 6, [9] = 7, [2^53] = 8, [''] = 9}\n"
                     "local keys = {} for k in pairs(t) do keys[#keys + 1] = tostring(k) end print(table.concat(keys, ' '))")
          == Texts{"-2.5 9 10 9007199254740992  apple zebra false true"});
}

TEST_CASE("next goes by the same order, and finds an empty table empty", "[picker][lua][order]")
{
    CHECK(printed_by("local t = {b = 1, a = 2, [3] = 3} local k, v = next(t) while k do print(k, v) k, v = next(t, k) end print(next({}))")
          == Texts{"3\t3", "a\t2", "b\t1", "nil"});
}

TEST_CASE("what is taken out during a walk is not met, and what is changed is met as it is", "[picker][lua][order]")
{
    CHECK(printed_by("local t = {a = 1, b = 2, c = 3} for k, v in pairs(t) do t.b = nil if t.c then t.c = 9 end print(k, v) end")
          == Texts{"a\t1", "c\t9"});
}

TEST_CASE("a key without a place in an order is an error", "[picker][lua][order]")
{
    CHECK_THAT(failure_in("for k in pairs({[{}] = 1}) do end"), Catch::Contains("a key is a table: it has no place in an order"));
    CHECK_THAT(failure_in("next({[print] = 1})"), Catch::Contains("a key is a function"));
}

TEST_CASE("a table may have its own way to be walked", "[picker][lua][order]")
{
    CHECK(printed_by("local t = setmetatable({}, {__pairs = function() return function(_, k) if not k then return 1, 'x' end end end})\n"
                     "for k, v in pairs(t) do print(k, v) end")
          == Texts{"1\tx"});
}

TEST_CASE("nothing shows an address", "[picker][lua][order]")
{
    CHECK(printed_by("print({}, print, coroutine.create(print), swarm.have)") == Texts{"table\tfunction\tthread\tuserdata"});
    CHECK(printed_by("print(string.format('%s %5.1f %s', {}, 2, 'x'), ('%d'):format(3))") == Texts{"table   2.0 x\t3"});
    CHECK(printed_by("print(setmetatable({}, {__tostring = function() return 'mine' end}))") == Texts{"mine"});
    CHECK_THAT(failure_in("string.format('%-10p', {})"), Catch::Contains("there is no %p here"));
}

TEST_CASE("sorting keeps the order of what is equal, and survives an order without sense", "[picker][lua][order]")
{
    CHECK(printed_by("local t = {} for i = 1, 300 do t[i] = i end table.sort(t, function(a, b) return a % 3 < b % 3 end)\n"
                     "print(t[1], t[2], t[100], t[101], t[201], t[300])")
          == Texts{"3\t6\t300\t1\t2\t299"});
    CHECK(printed_by("local t = {3, 1, 2} table.sort(t) print(table.concat(t, ' '))") == Texts{"1 2 3"});
    CHECK(printed_by("local t = {'b', 'a', ''} table.sort(t, function(a, b) return a > b end) print(table.concat(t, ' '))") == Texts{"b a "});
    CHECK(printed_by("local t = {} for i = 1, 500 do t[i] = i end table.sort(t, function() return math.random(2) == 1 end) print(#t)") == Texts{"500"});
    CHECK(failure_in("table.sort({1, 'x'})").find("attempt to compare") != std::string::npos);
}

TEST_CASE("random numbers are the host's", "[picker][lua][order]")
{
    const std::string draw = "print(math.random(1000000), math.random(), math.random(5, 9))";
    CHECK(printed_by(draw, 7) == printed_by(draw, 7));
    CHECK(printed_by(draw, 7) != printed_by(draw, 8));
}

TEST_CASE("there is no clock, no file and no way out", "[picker][lua][order]")
{
    CHECK(printed_by("print(os, io, debug, package, require, dofile, loadfile, collectgarbage, math.randomseed)")
          == Texts{"nil\tnil\tnil\tnil\tnil\tnil\tnil\tnil\tnil"});
}

TEST_CASE("a picker has no text of more than 16 KiB", "[picker][lua][limits]")
{
    CHECK(printed_by("local text = string.rep('x', 8192) print(#(text .. text))") == Texts{"16384"});
    CHECK_THAT(failure_in("local text = string.rep('x', 8300) print(#(text .. text))"), Catch::Contains("not enough memory"));
    CHECK_THAT(failure_in("string.rep('x', 16385)"), Catch::Contains("resulting string too large"));
}

// 1,000,000 instructions, of which a slow machine does five in a microsecond.
TEST_CASE("a call that takes longer than its instructions take anywhere is stopped by the clock", "[picker][lua][limits]")
{
    std::chrono::nanoseconds now{};
    picker_lua::LuaPicker picker({"my.lua", "function pick() local zeros = string.rep('\\0', 16384) while true do local x = zeros < zeros .. '' end end"},
                                 [&now] { return now += std::chrono::milliseconds{50}; }, 1, {});
    const auto before = now;
    CHECK_THROWS_WITH(pick_once(picker), Catch::Contains("it took longer than a handler may take"));
    CHECK(now - before < std::chrono::seconds{5});
}

TEST_CASE("what else a machine has to do does not stop a call", "[picker][lua][limits]")
{
    std::chrono::nanoseconds now{};
    picker_lua::LuaPicker picker({"my.lua", "function pick() for i = 1, 100000 do end end"}, [&now] { return now += std::chrono::seconds{1}; }, 1, {});
    CHECK_NOTHROW(pick_once(picker));
}

TEST_CASE("a call prints some lines and no more", "[picker][lua]")
{
    CHECK(printed_by("for i = 1, 100 do print(i) end").size() == 20);
    CHECK(printed_by("print(string.rep('x', 10000))").front().size() == 1000);
}

} // namespace shoal::test
