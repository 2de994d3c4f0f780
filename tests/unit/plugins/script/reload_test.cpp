// From one version of a script to the next.
#include "service_host.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <string>

namespace shoal::script_lua::test {
namespace {

constexpr std::int64_t second = 1'000'000'000;

// Waits for an answer, and says that it came; `word` says of which version.
std::string waiting(const std::string& word)
{
    return "shoal.on('go', 'h', function() shoal.call('x.y') shoal.log.info('answered " + word + "') end)"
           "shoal.on('hear', 'i', function() shoal.log.info('heard by " + word + "') end)"
           "shoal.time.every('t', 1, function() shoal.log.info('tick " + word + "') end)";
}

struct Reloading : ServiceHost {
    explicit Reloading(const std::string& text)
    {
        write("a.lua", text);
        start();
    }
    void replace(const std::string& text)
    {
        write("a.lua", text);
        look();
    }
    void pass(std::int64_t time)
    {
        fake.wait(time);
        work();
    }
};

} // namespace

TEST_CASE("what a script has begun comes to its end beside the new version, which alone hears and has timers", "[script][reload]")
{
    Reloading host(waiting("one"));
    host.publish("go");
    host.replace(waiting("two"));
    const auto ticks = host.count_logged("tick one");
    host.publish("hear");
    CHECK(host.count_logged("heard by") == 1);
    CHECK(host.has_logged("heard by two"));
    host.pass(2 * second);
    CHECK(host.count_logged("tick one") == ticks);
    CHECK(host.has_logged("tick two"));
    CHECK(host.list().as_list()->size() == 1);
    CHECK(host.service->summary() == "1 script in " + host.folder_setting);
    host.answer(Value("late"));
    CHECK(host.has_logged("answered one"));
}

TEST_CASE("five seconds after it was replaced, or its file was removed, nothing of a script is left", "[script][reload]")
{
    Reloading host(waiting("one"));
    host.publish("go");
    const bool is_removed = GENERATE(false, true);
    if (is_removed) std::filesystem::remove(std::filesystem::path(host.folder_setting) / "a.lua");
    else host.write("a.lua", waiting("two"));
    host.look();
    CHECK(host.has_logged(is_removed ? "script a is gone" : "the new version runs"));
    const auto is_late = GENERATE(false, true);
    host.pass(is_late ? 5 * second : 5 * second - 1);
    host.answer(Value("late"));
    CHECK(host.has_logged("answered one") == !is_late);
}

TEST_CASE("a script that sleeps is woken after it was replaced, when it is soon enough", "[script][reload]")
{
    Reloading host("shoal.on('go', 'h', function() shoal.time.sleep(3) shoal.log.info('slept') shoal.time.sleep(4) shoal.log.info('again') end)");
    host.publish("go");
    host.replace("");
    host.pass(3 * second);
    CHECK(host.has_logged("a: slept"));
    host.pass(4 * second);
    CHECK_FALSE(host.has_logged("a: again"));
}

TEST_CASE("there is one old version of a script at most: another one ends the older", "[script][reload]")
{
    Reloading host(waiting("one"));
    host.publish("go");
    host.replace(waiting("two"));
    host.publish("go");
    host.write("a.lua", waiting("three"));
    host.look();
    host.answer(Value("for one"));
    host.answer(Value("for two"));
    CHECK_FALSE(host.has_logged("answered one"));
    CHECK(host.has_logged("answered two"));
}

TEST_CASE("an old version that runs without end is over after five seconds", "[script][reload][limits]")
{
    Reloading host("shoal.on('go', 'h', function() while true do shoal.time.sleep(0) end end)");
    host.publish("go");
    host.replace("shoal.on('go', 'h', function() shoal.log.info('new') end)");
    host.pass(5 * second);
    host.work();
    CHECK(host.jobs.empty());
    host.publish("go");
    CHECK(host.has_logged("a: new"));
}

TEST_CASE("what an old version was told before goes to it, and what fails in it is shown with the new one", "[script][reload]")
{
    Reloading host("shoal.on('go', 'h', function() shoal.call('x.y') error 'oops' end)");
    host.publish("go");
    host.replace("");
    host.answer(Value{});
    CHECK(host.has_logged("script a, handler h: a:1: oops"));
    const auto listed = host.list();
    const auto& script = *listed.as_list()->at(0).as_map();
    CHECK(script.find("error") == nullptr);
    REQUIRE(script.find("errors")->as_list()->size() == 1);
}

TEST_CASE("a version gives what is in shoal.state to the next, once", "[script][reload]")
{
    const std::string counting = "shoal.on('go', 'h', function() shoal.state.n = (shoal.state.n or 0) + 1 end)"
                                 "shoal.on_reload(function(old) shoal.state.n = old and (old.n or -1) shoal.log.info('got', old and shoal.state.n) end)";
    Reloading host(counting);
    CHECK_FALSE(host.has_logged("a: got"));
    host.publish("go");
    host.publish("go");
    SECTION("a table")
    {
        host.replace(counting + " ");
        CHECK(host.has_logged("a: got 2"));
        host.replace(counting);
        CHECK(host.count_logged("a: got 2") == 2);
        host.publish("go");
        host.replace(counting + " ");
        CHECK(host.has_logged("a: got 3"));
    }
    SECTION("nothing was put into it")
    {
        host.replace("");
        host.replace(counting);
        CHECK(host.has_logged("a: got -1"));
    }
    SECTION("before the events that come next")
    {
        host.write("a.lua", counting + " ");
        host.fake.wait(2 * second);
        host.work(1);
        host.tell("go");
        host.work();
        host.replace(counting);
        CHECK(host.has_logged("a: got 3"));
    }
    SECTION("something that cannot be passed on")
    {
        const auto* state = GENERATE("{ f = print }", "5", "{ text = ('x'):rep(2^20 + 1) }");
        host.replace(std::string("shoal.state = ") + state);
        host.replace(counting);
        CHECK(host.has_logged("a: got nil"));
        CHECK(host.has_logged("shoal.state of the version before cannot be passed on"));
    }
}

TEST_CASE("a function for on_reload that fails is reported as a handler is", "[script][reload]")
{
    Reloading host("");
    host.replace("shoal.on_reload(function() error 'oops' end)");
    CHECK(host.has_logged("script a, handler on_reload: a:1: oops"));
}

} // namespace shoal::script_lua::test
