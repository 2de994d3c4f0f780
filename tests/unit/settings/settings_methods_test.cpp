#include "control/settings_methods.hpp"

#include <catch2/catch.hpp>

#include <optional>

using namespace shoal;
using namespace shoal::control;

namespace {

struct Faced {
    Faced()
    {
        settings.declare({.name = "rates.down", .fallback = 0, .help = "most in", .is_live = true, .least = 0, .unit = "octets a second"});
        settings.declare({.name = "rates.up", .fallback = 0, .help = "most out", .is_live = true, .least = 0, .unit = "octets a second"});
        settings.declare({.name = "storage", .fallback = "file", .help = "where"});
        settings.start();
    }

    Result<Value> call(std::string_view method, Value::Map arguments = {})
    {
        std::optional<Result<Value>> answer;
        registry.call(method, std::move(arguments), [&](Result<Value> given) { answer = std::move(given); });
        REQUIRE(answer);
        return std::move(*answer);
    }

    // What the answer, a map, says under a key.
    static Value part(const Result<Value>& answer, std::string_view key)
    {
        REQUIRE(answer);
        const auto* part = answer->as_map()->find(key);
        return part == nullptr ? Value() : *part;
    }

    Registry registry;
    Settings settings;
    SettingsMethods methods{registry, settings};
};

Value::Map map(std::initializer_list<std::pair<const char*, Value>> all)
{
    Value::Map made;
    for (const auto& [key, value] : all) made.set(key, value);
    return made;
}

}  // namespace

TEST_CASE("settings are listed with their values and origins, all or those of a group", "[settings]")
{
    Faced faced;
    REQUIRE(faced.settings.lay(Settings::Layer::flag, {{"rates.up", 7, "--set rates.up"}}));
    const auto all = faced.call("settings.list");
    REQUIRE(all);
    CHECK(all->as_list()->size() == 3);
    const auto rates = faced.call("settings.list", map({{"prefix", "rates."}}));
    REQUIRE(rates);
    REQUIRE(rates->as_list()->size() == 2);
    const auto& up = *(*rates->as_list())[1].as_map();
    CHECK(*up.find("name") == Value("rates.up"));
    CHECK(*up.find("value") == Value(7));
    CHECK(*up.find("default") == Value(0));
    CHECK(*up.find("origin") == Value("--set rates.up"));
    CHECK(*up.find("type") == Value("int"));
    CHECK(*up.find("help") == Value("most out"));
    CHECK(*up.find("is_live") == Value(true));
}

TEST_CASE("a setting is set by any face as in a file, and reset", "[settings]")
{
    Faced faced;
    const auto set = faced.call("settings.set", map({{"name", "rates.down"}, {"value", "10 MiB"}}));
    CHECK(Faced::part(set, "value") == Value(10 << 20));
    CHECK(Faced::part(set, "origin") == Value("set at run time"));
    CHECK(faced.settings.integer("rates.down") == 10 << 20);
    CHECK(Faced::part(faced.call("settings.get", map({{"name", "rates.down"}})), "value") == Value(10 << 20));
    const auto reset = faced.call("settings.reset", map({{"name", "rates.down"}}));
    CHECK(Faced::part(reset, "value") == Value(0));
    CHECK(Faced::part(reset, "origin") == Value("default"));
}

TEST_CASE("what is set for the next start says so, and what it will be", "[settings]")
{
    Faced faced;
    const auto set = faced.call("settings.set", map({{"name", "storage"}, {"value", "memory"}}));
    CHECK(Faced::part(set, "value") == Value("file"));
    CHECK(Faced::part(set, "is_waiting") == Value(true));
    CHECK(Faced::part(set, "coming_value") == Value("memory"));
    CHECK(Faced::part(faced.call("settings.reset", map({{"name", "storage"}})), "coming_value").is_null());
}

TEST_CASE("an unknown setting and a wrong value are refused to any face", "[settings]")
{
    Faced faced;
    for (const auto* method : {"settings.get", "settings.reset"}) {
        const auto answer = faced.call(method, map({{"name", "rates.dwon"}}));
        REQUIRE_FALSE(answer);
        CHECK(answer.error().code == Errc::not_found);
        CHECK_THAT(answer.error().text, Catch::Contains("rates.down"));
    }
    CHECK(faced.call("settings.set", map({{"name", "rates.dwon"}, {"value", 1}})).error().code == Errc::not_found);
    CHECK(faced.call("settings.set", map({{"name", "rates.down"}, {"value", "fast"}})).error().code == Errc::invalid_argument);
    CHECK(faced.call("settings.set", map({{"name", "rates.down"}})).error().code == Errc::invalid_argument);
    CHECK(faced.settings.is_default("rates.down"));
}

TEST_CASE("each change is an event, whoever made it", "[settings]")
{
    Faced faced;
    std::vector<std::string> heard;
    const auto subscription = faced.registry.subscribe([&](std::string_view event, const Value::Map& payload) {
        heard.push_back(std::string(event) + " " + *payload.find("name")->as_text() + " " + *payload.find("origin")->as_text()
                        + (*payload.find("is_waiting") == Value(true) ? " waits" : ""));
    });
    REQUIRE(faced.call("settings.set", map({{"name", "rates.down"}, {"value", 1}})));
    REQUIRE(faced.settings.lay(Settings::Layer::file, {{"rates.up", 2, "f line 1"}, {"storage", "memory", "f line 2"}}));
    CHECK(heard == std::vector<std::string>{"settings.changed rates.down set at run time", "settings.changed rates.up f line 1",
                                            "settings.changed storage f line 2 waits"});
    REQUIRE(faced.registry.events().size() == 1);
    CHECK(faced.registry.events().front()->name == "settings.changed");
}

TEST_CASE("when the methods of settings have ended nobody can call them, and settings go on", "[settings]")
{
    Registry registry;
    Settings settings;
    settings.declare({.name = "a", .fallback = 0, .help = "h", .is_live = true});
    {
        const SettingsMethods methods(registry, settings);
        CHECK(registry.methods().size() == 4);
    }
    CHECK(registry.methods().empty());
    CHECK(settings.set("a", 1));
}
