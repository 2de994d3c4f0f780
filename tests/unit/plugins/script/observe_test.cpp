// shoal.observe: what changes all the time, once a second.
#include "script_bench.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace shoal::script_lua::test {
namespace {

using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

const char* const observing = R"(
    shoal.on('go', 'h', function(e)
        shoal.observe(e.torrent, { 'progress' }, 'bar', function(now, torrent) print(torrent.hash, now.progress) end)
    end)
    shoal.on('stop', 's', function() print(shoal.off('bar'), shoal.off('bar')) end))";

Value::Map of(const std::string& hash) { return Value::Map{}.set("torrent", hash).set("name", "film"); }

// A second goes by, in which the torrents of these info-hashes changed, or went.
void pass_a_second(ScriptBench& bench, std::int64_t revision, const std::string& changed = {}, const std::string& gone = {})
{
    bench.wait(1s);
    REQUIRE(bench.wishes.size() == 1);
    CHECK(bench.wishes[0].name == "torrents.changes");
    Value::List names;
    if (!changed.empty()) names.emplace_back(Value::Map{}.set("torrent", changed));
    Value::List goners;
    if (!gone.empty()) goners.emplace_back(gone);
    bench.answer(Value(Value::Map{}.set("revision", revision).set("everything", revision == 1).set("changed", names).set("gone", goners)));
}

void show(ScriptBench& bench, double progress)
{
    REQUIRE(bench.wishes.size() == 1);
    CHECK(bench.wishes[0].name == "torrents.show");
    bench.answer(Value(Value::Map{}.set("torrent", "3fa1").set("progress", progress).set("down_rate", progress * 7)));
    bench.wait(0s);
}

} // namespace

TEST_CASE("what is observed is told as it is, and when it is another", "[script][observe]")
{
    ScriptBench bench;
    REQUIRE(bench.load(observing).empty());
    bench.hear("go", of("3fa1"));
    pass_a_second(bench, 1, "3fa1");
    show(bench, 0.25);
    CHECK(bench.lines == Lines{"3fa1 0.25"});
    pass_a_second(bench, 2, "77aa"); // another one
    CHECK(bench.wishes.empty());
    pass_a_second(bench, 3, "3fa1"); // something else of it
    show(bench, 0.25);
    CHECK(bench.lines.size() == 1);
    pass_a_second(bench, 4, "3fa1");
    show(bench, 0.5);
    CHECK(bench.lines == Lines{"3fa1 0.25", "3fa1 0.5"});
    SECTION("until it is given up")
    {
        bench.hear("stop");
        bench.wait(5s);
        CHECK(bench.lines.back() == "true false");
        CHECK(bench.wishes.empty());
    }
    SECTION("until the torrent is gone")
    {
        pass_a_second(bench, 5, {}, "3fa1");
        bench.answer(make_error(Errc::not_found, "no such torrent"));
        bench.wait(5s);
        CHECK(bench.wishes.empty());
        CHECK(bench.troubles.empty());
    }
}

TEST_CASE("a look that takes more than a second is the only one", "[script][observe]")
{
    ScriptBench bench;
    REQUIRE(bench.load(observing).empty());
    bench.hear("go", of("3fa1"));
    for (int i = 0; i < 5; ++i) bench.wait(1s);
    CHECK(bench.wishes.size() == 1);
    bench.wait(60s); // nobody answers that one
    CHECK(bench.wishes.size() == 2);
}

TEST_CASE("what cannot be told for want of a timer is told a second later", "[script][observe]")
{
    ScriptBench bench;
    bench.settings.most_timers = 2;
    REQUIRE(bench.load(std::string(observing) + " shoal.time.every('other', 100, print) shoal.on('room', 'r', function() shoal.time.cancel('other') end)").empty());
    bench.hear("go", of("3fa1"));
    pass_a_second(bench, 1, "3fa1");
    show(bench, 0.25);
    CHECK(bench.lines.empty());
    bench.hear("room");
    pass_a_second(bench, 2);
    show(bench, 0.25);
    CHECK(bench.lines == Lines{"3fa1 0.25"});
}

TEST_CASE("what fails in an observation is told by its name", "[script][observe]")
{
    ScriptBench bench;
    REQUIRE(bench.load("shoal.on('go', 'h', function(e) shoal.observe(e.torrent, { 'progress' }, 'bar', function(now) error('no bar') end) end)").empty());
    bench.hear("go", of("3fa1"));
    pass_a_second(bench, 1, "3fa1");
    show(bench, 0.25);
    REQUIRE(bench.troubles.size() == 1);
    CHECK_THAT(bench.troubles[0].handler, Catch::Contains("observe: bar"));
    CHECK_THAT(bench.troubles[0].traceback, Catch::Contains("no bar"));
}

TEST_CASE("an observation wants a torrent, fields and a function", "[script][observe]")
{
    ScriptBench bench;
    CHECK_THAT(bench.load("shoal.observe('3fa1', { 'progress' }, print)"), Catch::Contains("wants a torrent"));
    CHECK_THAT(bench.load("shoal.observe({ hash = '3fa1', refresh = print }, 'progress', print)"), Catch::Contains("wants a torrent"));
    CHECK_THAT(bench.load("shoal.observe({ hash = '3fa1' }, { 'progress' }, print)"), Catch::Contains("wants a torrent"));
}

} // namespace shoal::script_lua::test
