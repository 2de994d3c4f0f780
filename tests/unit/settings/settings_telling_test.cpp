#include "control/settings.hpp"

#include <catch2/catch.hpp>

using namespace shoal;
using namespace shoal::control;
using Layer = Settings::Layer;

namespace {

struct Numbers : Settings {
    Numbers()
    {
        declare({.name = "a", .fallback = 0, .help = "h", .is_live = true});
        declare({.name = "b", .fallback = 0, .help = "h", .is_live = true});
        declare({.name = "later", .fallback = 0, .help = "h"});
    }
};

std::string line(const Settings::Change& change)
{
    return change.name + "=" + std::to_string(*change.value.as_integer()) + (change.is_waiting ? " waits" : "");
}

using Heard = std::vector<std::string>;

}  // namespace

TEST_CASE("each change is told once, and what changes nothing is not told", "[settings]")
{
    Numbers settings;
    Heard heard;
    const auto subscription = settings.on_change([&](const auto& change) { heard.push_back(line(change)); });
    REQUIRE(settings.set("a", 1));
    REQUIRE(settings.set("a", 1));
    REQUIRE(settings.lay(Layer::file, {{"a", 5, "f"}}));  // covered
    CHECK(heard == Heard{"a=1"});
    REQUIRE(settings.reset("a"));
    CHECK(heard == Heard{"a=1", "a=5"});
    REQUIRE_FALSE(settings.set("a", "x"));
    CHECK(heard.size() == 2);
}

TEST_CASE("who hears of one of several changes sees them all in place", "[settings]")
{
    Numbers settings;
    Heard heard;
    const auto subscription = settings.on_change([&](const auto& change) {
        heard.push_back(line(change) + " b is " + std::to_string(settings.integer("b")));
    });
    REQUIRE(settings.lay(Layer::file, {{"b", 2, "f"}, {"a", 1, "f"}}));
    CHECK(heard == Heard{"a=1 b is 2", "b=2 b is 2"});
}

TEST_CASE("a change that waits says so, and the value in force has not changed", "[settings]")
{
    Numbers settings;
    settings.start();
    Heard heard;
    const auto subscription = settings.on_change([&](const auto& change) { heard.push_back(line(change)); });
    REQUIRE(settings.set("later", 9));
    CHECK(settings.integer("later") == 0);
    REQUIRE(settings.reset("later"));
    CHECK(heard == Heard{"later=9 waits", "later=0"});
}

TEST_CASE("nobody is told after a subscription has ended, also while it is told", "[settings]")
{
    Numbers settings;
    Heard heard;
    std::unique_ptr<Settings::Subscription> first;
    std::unique_ptr<Settings::Subscription> second;
    first = settings.on_change([&](const auto&) {
        heard.push_back("first");
        second.reset();
        first.reset();
    });
    second = settings.on_change([&](const auto&) { heard.push_back("second"); });
    REQUIRE(settings.set("a", 1));
    REQUIRE(settings.set("a", 2));
    CHECK(heard == Heard{"first"});
}

TEST_CASE("who sets something while being told is heard by all, in the same order", "[settings]")
{
    Numbers settings;
    Heard one;
    Heard other;
    const auto first = settings.on_change([&](const auto& change) {
        one.push_back(line(change));
        if (change.name == "a") CHECK(settings.set("b", 3));
    });
    const auto second = settings.on_change([&](const auto& change) { other.push_back(line(change)); });
    REQUIRE(settings.set("a", 1));
    CHECK(one == Heard{"a=1", "b=3"});
    CHECK(other == one);
}

TEST_CASE("a subscription may outlive the settings", "[settings]")
{
    std::unique_ptr<Settings::Subscription> subscription;
    bool is_told = false;
    {
        Numbers settings;
        subscription = settings.on_change([&](const auto&) { is_told = true; });
        REQUIRE(settings.set("a", 1));
    }
    subscription.reset();
    CHECK(is_told);
}
