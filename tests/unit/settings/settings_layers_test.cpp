#include "control/settings.hpp"

#include <catch2/catch.hpp>

using namespace shoal;
using namespace shoal::control;
using Layer = Settings::Layer;

namespace {

struct Some : Settings {
    Some()
    {
        declare({.name = "rates.down", .fallback = 0, .help = "h", .is_live = true, .least = 0, .unit = "octets a second"});
        declare({.name = "queue.active", .fallback = 3, .help = "h", .least = 1});
        declare({.name = "storage", .fallback = "file", .help = "h"});
    }
};

}  // namespace

TEST_CASE("what nobody spoke about is its default", "[settings]")
{
    const Some settings;
    CHECK(settings.integer("rates.down") == 0);
    CHECK(settings.text("storage") == "file");
    CHECK(settings.origin("storage") == "default");
    CHECK(settings.schemas().size() == 3);
    CHECK(settings.schemas().front()->name == "rates.down");
}

TEST_CASE("run time goes before flags, flags before the environment, that before the file, and that before the default", "[settings]")
{
    Some settings;
    REQUIRE(settings.lay(Layer::flag, {{"rates.down", "3", "--set rates.down"}}));
    REQUIRE(settings.lay(Layer::file, {{"rates.down", 1, "a.toml line 1"}}));
    REQUIRE(settings.lay(Layer::environment, {{"rates.down", "2", "environment SHOAL_RATES_DOWN"}}));
    CHECK(settings.integer("rates.down") == 3);
    CHECK(settings.origin("rates.down") == "--set rates.down");
    REQUIRE(settings.set("rates.down", 4));
    CHECK(settings.integer("rates.down") == 4);
    CHECK(settings.origin("rates.down") == "set at run time");
    REQUIRE(settings.reset("rates.down"));
    CHECK(settings.integer("rates.down") == 3);
    REQUIRE(settings.lay(Layer::flag, {}));
    CHECK(settings.integer("rates.down") == 2);
    CHECK(settings.origin("rates.down") == "environment SHOAL_RATES_DOWN");
    REQUIRE(settings.lay(Layer::environment, {}));
    CHECK(settings.integer("rates.down") == 1);
    CHECK(settings.origin("rates.down") == "a.toml line 1");
    REQUIRE(settings.lay(Layer::file, {}));
    CHECK(settings.integer("rates.down") == 0);
}

TEST_CASE("of one setting named twice in a layer the last counts", "[settings]")
{
    Some settings;
    REQUIRE(settings.lay(Layer::flag, {{"storage", "a", "--set"}, {"storage", "b", "--set"}}));
    CHECK(settings.text("storage") == "b");
}

TEST_CASE("a layer with something wrong changes nothing, and all that is wrong is said", "[settings]")
{
    Some settings;
    REQUIRE(settings.lay(Layer::file, {{"storage", "memory", "f line 1"}}));
    const auto wrong = settings.lay(Layer::file, {{"storage", "other", "f line 1"},
                                                  {"rates.dwon", 1, "f line 2"},
                                                  {"queue.active", 0, "f line 3"}});
    REQUIRE_FALSE(wrong);
    CHECK(wrong.error().code == Errc::invalid_argument);
    CHECK(wrong.error().text
          == "f line 2: there is no setting 'rates.dwon'; did you mean 'rates.down'?\n"
             "f line 3: queue.active must be a whole number of at least 1, not 0");
    CHECK(settings.text("storage") == "memory");
}

TEST_CASE("a thousand things wrong are said in twenty-one lines", "[settings]")
{
    Some settings;
    const auto wrong = settings.lay(Layer::file, std::vector<Settings::Given>(1000, {"nonsense", 1, "f"}));
    REQUIRE_FALSE(wrong);
    CHECK(std::ranges::count(wrong.error().text, '\n') == 20);
    CHECK_THAT(wrong.error().text, Catch::EndsWith("\nand 980 more"));
}

TEST_CASE("an unknown name is not found, and named with what is most alike", "[settings]")
{
    Some settings;
    for (const auto& result : {settings.set("rates.dwn", 1), settings.reset("rates.dwn")}) {
        REQUIRE_FALSE(result);
        CHECK(result.error().code == Errc::not_found);
        CHECK_THAT(result.error().text, Catch::Contains("did you mean 'rates.down'?"));
    }
    CHECK(settings.unknown("active").text == "there is no setting 'active'; did you mean 'queue.active'?");
    CHECK(settings.unknown(std::string(1'000'000, 'a')).text.size() < 200);
    CHECK(settings.unknown("\x1b[31m").text == "there is no setting '\\x1b[31m'");
    CHECK(settings.find("rates.dwn") == nullptr);
}

TEST_CASE("a wrong value set at run time changes nothing", "[settings]")
{
    Some settings;
    const auto wrong = settings.set("rates.down", "fast");
    REQUIRE_FALSE(wrong);
    CHECK(wrong.error().code == Errc::invalid_argument);
    CHECK(settings.origin("rates.down") == "default");
}

TEST_CASE("after the start a live setting changes at once, another waits for the next start", "[settings]")
{
    Some settings;
    REQUIRE(settings.set("queue.active", 5));
    CHECK(settings.integer("queue.active") == 5);
    settings.start();
    REQUIRE(settings.set("queue.active", 6));
    REQUIRE(settings.set("rates.down", 7));
    CHECK(settings.integer("rates.down") == 7);
    CHECK_FALSE(settings.is_waiting("rates.down"));
    CHECK(settings.integer("queue.active") == 5);
    CHECK(settings.is_waiting("queue.active"));
    CHECK(settings.coming_value("queue.active") == Value(6));
    REQUIRE(settings.set("queue.active", 5));
    CHECK_FALSE(settings.is_waiting("queue.active"));
}

TEST_CASE("what was set at run time can be kept, and nothing else is", "[settings]")
{
    Some settings;
    REQUIRE(settings.lay(Layer::flag, {{"storage", "memory", "--set"}}));
    REQUIRE(settings.set("rates.down", "1k"));
    Value::Map kept;
    kept.set("rates.down", 1024);
    CHECK(settings.run_time_values() == kept);
}
