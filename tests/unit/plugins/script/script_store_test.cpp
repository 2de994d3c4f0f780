// What scripts keep: from Lua to the host's store and back, over days and restarts.
#include "service_host.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace shoal::script_lua::test {
namespace {

constexpr std::uint64_t one_minute = 60'000'000'000;

struct Keeping : ServiceHost {
    // A script whose handler of "go" runs `body`; what it prints is in the log.
    void script(const std::string& body, const std::string& name = "a")
    {
        write(name + ".lua", "shoal.on('go', 'h', function(e)\n" + body + "\nend)");
        if (service == nullptr) start();
        else look();
        publish("go");
    }
    void wait_minutes(int minutes)
    {
        for (int i = 0; i < minutes; ++i) fake.wait(one_minute);
        work();
    }
    // What somebody finds who comes back later.
    void restart()
    {
        service->on_stop();
        work();
        service.reset();
        fake.logged.clear();
        start();
    }
};

} // namespace

TEST_CASE("the keys that begin with a text are listed in order, each script's own", "[script][kv]")
{
    Keeping host;
    host.kept = {{"b/told/0", "true"}, {"a", "no script's"}};
    host.script(R"(
        for _, key in ipairs { "told/2", "other", "told/1", "told/10" } do shoal.kv.set(key, true) end
        print(table.unpack(shoal.kv.list("told/")))
        print(#shoal.kv.list(), shoal.json.encode(shoal.kv.list("none"))))");
    CHECK(host.has_logged("a: told/1 told/10 told/2"));
    CHECK(host.has_logged("a: 4 []"));
}

TEST_CASE("many keys are listed in pages, and all of them come", "[script][kv]")
{
    Keeping host;
    for (int i = 0; i < 2'500; ++i) host.kept["a/n/" + std::to_string(10'000 + i)] = "1";
    host.script("local all = shoal.kv.list('n/') print(#all, all[1], all[1001], all[2500])");
    CHECK(host.has_logged("a: 2500 n/10000 n/11000 n/12499"));
}

TEST_CASE("a value that is kept for a while is there until then, and not after", "[script][kv]")
{
    Keeping host;
    host.script(R"(
        if e.is_late then return print("late", shoal.kv.get("k"), #shoal.kv.list("k"), shoal.kv.get("for ever")) end
        shoal.kv.set("k", { n = 1 }, { ttl = 90 })
        shoal.kv.set("for ever", "f")
        print("at once", shoal.kv.get("k").n, #shoal.kv.list("k")))");
    CHECK(host.has_logged("a: at once 1 1"));
    host.wait_minutes(1);
    host.publish("go", Value::Map{}.set("is_late", true));
    CHECK(host.has_logged(R"(a: late {"n":1} 1 f)"));
    host.wait_minutes(1);
    host.publish("go", Value::Map{}.set("is_late", true));
    CHECK(host.has_logged("a: late nil 0 f"));
}

TEST_CASE("what is over is swept out, by itself", "[script][kv]")
{
    Keeping host;
    host.script("for i = 1, 1200 do shoal.kv.set('k' .. i, i, { ttl = i <= 1100 and 60 or 7200 }) end shoal.kv.set('for ever', 1)");
    CHECK(host.kept.size() == 1'201);
    host.wait_minutes(3);
    CHECK(host.kept.size() == 101);
    host.wait_minutes(119);
    CHECK(host.kept.size() == 1);
}

TEST_CASE("where nothing ends the keys are looked through once, at the start", "[script][kv]")
{
    Keeping host;
    host.script("shoal.kv.set('for ever', 1)");
    const int before = host.pages_of_keys;
    host.wait_minutes(600);
    CHECK(host.pages_of_keys == before);
}

TEST_CASE("a value that is kept for a while ends when it would have, also over a restart", "[script][kv]")
{
    Keeping host;
    host.script("if e.is_late then print('found', shoal.kv.get('k')) else shoal.kv.set('k', 'v', { ttl = 300 }) end");
    host.wait_minutes(2);
    host.restart();
    host.publish("go", Value::Map{}.set("is_late", true));
    CHECK(host.has_logged("a: found v"));
    host.wait_minutes(4);
    CHECK(host.kept.empty());
    host.publish("go", Value::Map{}.set("is_late", true));
    CHECK(host.has_logged("a: found nil"));
}

TEST_CASE("a number that is counted ends when it was to, and a new value for ever when it is set so", "[script][kv]")
{
    Keeping host;
    host.script(R"(
        if e.is_late then return print("late", shoal.kv.get("n"), shoal.kv.get("m"), shoal.kv.incr("n")) end
        shoal.kv.set("n", 5, { ttl = 90 })
        shoal.kv.set("m", 1, { ttl = 90 })
        shoal.kv.set("m", 2)
        print(shoal.kv.incr("n")))");
    CHECK(host.has_logged("a: 6"));
    host.wait_minutes(3);
    host.publish("go", Value::Map{}.set("is_late", true));
    CHECK(host.has_logged("a: late nil 2 1"));
}

TEST_CASE("a time that is no time is the script's mistake", "[script][kv]")
{
    Keeping host;
    const auto* ttl = GENERATE("-1", "'soon'", "0/0");
    host.script(std::string("print(pcall(shoal.kv.set, 'k', 1, { ttl = ") + ttl + " }))");
    CHECK(host.has_logged("a: false"));
    CHECK(host.kept.empty());
}

TEST_CASE("a script keeps 1 MiB, and others keep theirs beside it", "[script][kv][limits]")
{
    Keeping host;
    host.script(R"(
        local n, err = 0, nil
        repeat
            local ok
            ok, err = shoal.kv.set("large " .. n, ("x"):rep(100000))
            if ok then n = n + 1 end
        until err
        print("kept", n, err))");
    CHECK(host.has_logged("a: kept 10 the script keeps more than 1 MiB"));
    host.script("print('beside', shoal.kv.set('k', 1))", "b");
    CHECK(host.has_logged("b: beside true"));
}

TEST_CASE("what is deleted, replaced or over makes room", "[script][kv][limits]")
{
    Keeping host;
    host.script(R"(
        local large = ("x"):rep(600000)
        if e.is_late then return print("late", shoal.kv.set("three", large)) end
        print(shoal.kv.set("one", large), shoal.kv.set("two", large))
        print(shoal.kv.set("one", 1), shoal.kv.set("two", large, { ttl = 60 }))
        shoal.kv.delete("one")
        print("full", shoal.kv.set("three", large)))");
    CHECK(host.has_logged("a: true nil the script keeps more"));
    CHECK(host.has_logged("a: true true"));
    CHECK(host.has_logged("a: full nil"));
    host.wait_minutes(3);
    host.publish("go", Value::Map{}.set("is_late", true));
    CHECK(host.has_logged("a: late true"));
}

TEST_CASE("small keys are not free, and what was kept before a restart counts", "[script][kv][limits]")
{
    Keeping host;
    for (int i = 0; i < 26'000; ++i) host.kept["a/" + std::to_string(100'000 + i)] = "1";
    host.script("print(shoal.kv.set('one more', 1)) print(shoal.kv.set('100000', 2))");
    CHECK(host.has_logged("a: nil the script keeps more than 1 MiB"));
    CHECK(host.kept.at("a/100000") == "2");
}

TEST_CASE("a key that is too long with the script's name is an error that says so", "[script][kv]")
{
    Keeping host;
    host.script("print(shoal.kv.set(('k'):rep(126), 1)) print(shoal.kv.set(('k'):rep(127), 1)) print(shoal.kv.list(('k'):rep(127)))");
    CHECK(host.has_logged("a: true"));
    CHECK(host.count_logged("a: nil the key is too long") == 2);
}

} // namespace shoal::script_lua::test
