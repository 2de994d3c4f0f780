#include "host/settings.hpp"

#include <catch2/catch.hpp>

namespace shoal::host {

namespace {

Manifest manifest()
{
    Manifest out;
    out.id = "org.example.choker.hello";
    out.settings.push_back({.name = "slots",
                            .type = SettingType::integer,
                            .fallback = 4,
                            .min = 1,
                            .max = 10,
                            .choices = {},
                            .unit = "peers",
                            .help = {}});
    out.settings.push_back({.name = "share",
                            .type = SettingType::real,
                            .fallback = 0.5,
                            .min = 0,
                            .max = {},
                            .choices = {},
                            .unit = {},
                            .help = {}});
    out.settings.push_back({.name = "mode",
                            .type = SettingType::text,
                            .fallback = "a",
                            .min = {},
                            .max = {},
                            .choices = {"a", "b"},
                            .unit = {},
                            .help = {}});
    out.settings.push_back({.name = "on",
                            .type = SettingType::boolean,
                            .fallback = false,
                            .min = {},
                            .max = {},
                            .choices = {},
                            .unit = {},
                            .help = {}});
    return out;
}

}  // namespace

TEST_CASE("what the user did not say has its default", "[host][settings]")
{
    const auto settings = complete_settings(manifest(), {{"slots", 7}, {"share", 2}});
    REQUIRE(settings);
    CHECK(settings->at("slots") == control::Value(7));
    CHECK(settings->at("share") == control::Value(2.0));
    CHECK(settings->at("mode") == control::Value("a"));
    CHECK(settings->size() == 4);
}

TEST_CASE("an unknown setting is answered with those there are", "[host][settings]")
{
    const auto settings = complete_settings(manifest(), {{"slot", 7}});
    REQUIRE_FALSE(settings);
    CHECK(settings.error().code == Errc::invalid_argument);
    CHECK(settings.error().text
          == "org.example.choker.hello has no setting 'slot'; there are: mode, on, share, slots");
}

TEST_CASE("a setting out of its range says what it may be", "[host][settings]")
{
    const auto settings = complete_settings(manifest(), {{"slots", 11}});
    REQUIRE_FALSE(settings);
    CHECK(settings.error().text
          == "org.example.choker.hello: setting 'slots' must be a whole number from 1 to 10 peers");
    CHECK_FALSE(complete_settings(manifest(), {{"share", -0.1}}));
    CHECK_FALSE(complete_settings(manifest(), {{"slots", 2.5}}));
    CHECK_FALSE(complete_settings(manifest(), {{"on", 1}}));
}

TEST_CASE("settings typed by a user are understood", "[host][settings]")
{
    const auto all = manifest();
    CHECK(*parse_setting(*all.setting("slots"), "3") == control::Value(3));
    CHECK(*parse_setting(*all.setting("share"), "0.25") == control::Value(0.25));
    CHECK(*parse_setting(*all.setting("mode"), "b") == control::Value("b"));
    CHECK(*parse_setting(*all.setting("on"), "yes") == control::Value(true));
}

TEST_CASE("settings typed wrongly are refused", "[host][settings]")
{
    const auto all = manifest();
    for (const auto text : {"", "x", "3x", "0", "11", "99999999999999999999", "2.0"}) {
        INFO(text);
        CHECK_FALSE(parse_setting(*all.setting("slots"), text));
    }
    for (const auto text : {"nan", "inf", "-1", "1e999", ""}) {
        INFO(text);
        CHECK_FALSE(parse_setting(*all.setting("share"), text));
    }
    const auto mode = parse_setting(*all.setting("mode"), "c");
    REQUIRE_FALSE(mode);
    CHECK(mode.error().text == "setting 'mode' must be one of a, b");
    CHECK_FALSE(parse_setting(*all.setting("on"), "maybe"));
}

}  // namespace shoal::host
