#include "daemon/settings_sources.hpp"
#include "eves_settings.hpp"
#include "support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <filesystem>

using namespace shoal;
using namespace shoal::daemon;

namespace {

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a flag goes before the environment, and that before the file", "[daemon]")
{
    const test::TemporaryFolder folder;
    const auto path = folder.write("shoal.toml", "[rates]\ndown = 1\nup = 1\nalternative_up = 1\n");
    EvesSettings settings;
    const auto loaded = load_settings(settings, {.file = {path, true},
                                                 .variables = {{"SHOAL_RATES_DOWN", "2k"}, {"SHOAL_RATES_UP", "2k"}},
                                                 .flags = {*typed_setting("rates.down=3k")}});
    REQUIRE(loaded);
    CHECK(loaded->empty());
    CHECK(settings.integer("rates.down") == 3072);
    CHECK(settings.origin("rates.down") == "--set rates.down");
    CHECK(settings.integer("rates.up") == 2048);
    CHECK(settings.origin("rates.up") == "environment SHOAL_RATES_UP");
    CHECK(settings.integer("rates.alternative_up") == 1);
    CHECK(settings.origin("rates.alternative_up") == path + " line 4");
}

TEST_CASE("what is wrong in file, environment and flags is said at once, each with its origin", "[daemon]")
{
    const test::TemporaryFolder folder;
    EvesSettings settings;
    const auto loaded = load_settings(settings, {.file = {folder.write("f", "rates.down = 'a'\n"), true},
                                                 .variables = {{"SHOAL_RATES_UP", "b"}},
                                                 .flags = {*typed_setting("rate.down=1")}});
    REQUIRE_FALSE(loaded);
    CHECK(loaded.error().code == Errc::invalid_argument);
    CHECK_THAT(loaded.error().text, Catch::Contains("f line 1: rates.down must be") && Catch::Contains("environment SHOAL_RATES_UP: rates.up must be")
                                        && Catch::Contains("--set rate.down: there is no setting 'rate.down'; did you mean 'rates.down'?"));
}

TEST_CASE("a variable that is like one of ours is warned of, any other is not ours", "[daemon]")
{
    EvesSettings settings;
    const auto loaded = load_settings(settings, {.file = {},
                                                 .variables = {{"SHOAL_RATES_DWON", "1"}, {"SHOAL_XYZZY_XYZZY_XYZZY", "1"}, {"RATES_DOWN", "1"}},
                                                 .flags = {}});
    REQUIRE(loaded);
    CHECK(*loaded == Names{"environment SHOAL_RATES_DWON: no setting is called so; did you mean 'SHOAL_RATES_DOWN'?"});
    CHECK(settings.is_default("rates.down"));
}

TEST_CASE("a flag sets NAME=VALUE, whatever the value", "[daemon]")
{
    CHECK(typed_setting("a.b=c=d")->name == "a.b");
    CHECK(typed_setting("a.b=c=d")->value == control::Value("c=d"));
    CHECK(typed_setting("a=")->value == control::Value(""));
    for (const auto* text : {"", "=", "=1", "rates.down"}) {
        const auto given = typed_setting(text);
        REQUIRE_FALSE(given);
        CHECK_THAT(given.error().text, Catch::Contains("NAME=VALUE"));
    }
}

TEST_CASE("a file that is read again changes what is live, and says what waits for the next start", "[daemon]")
{
    const test::TemporaryFolder folder;
    const SettingsPath file{folder.write("f", "rates.down = 1\nmemory.ceiling = '2M'\n"), true};
    EvesSettings settings;
    REQUIRE(load_settings(settings, {.file = file, .variables = {{"SHOAL_RATES_UP", "5"}}, .flags = {}}));
    settings.start();
    folder.write("f", "rates.down = 2\nrates.up = 7\nmemory.ceiling = '4M'\nlog.level = 'debug'\n");
    const auto reloaded = reload(settings, file);
    REQUIRE(reloaded);
    CHECK(reloaded->changed == Names{"log.level", "rates.down"});
    CHECK(reloaded->waiting == Names{"memory.ceiling"});
    CHECK(settings.integer("rates.down") == 2);
    CHECK(settings.integer("rates.up") == 5);  // the environment has said something else
    CHECK(settings.integer("memory.ceiling") == 2 << 20);
    CHECK(settings.coming_value("memory.ceiling") == control::Value(4 << 20));
}

TEST_CASE("a setting that a file no longer has is what it was without it, also when the file of the usual place is gone", "[daemon]")
{
    for (const bool is_gone : {false, true}) {
        const test::TemporaryFolder folder;
        const SettingsPath file{folder.write("f", "rates.down = 1\n"), false};
        EvesSettings settings;
        REQUIRE(load_settings(settings, {.file = file, .variables = {}, .flags = {}}));
        settings.start();
        if (is_gone) std::filesystem::remove(file.path);
        else folder.write("f", "");
        const auto reloaded = reload(settings, file);
        REQUIRE(reloaded);
        CHECK(reloaded->changed == Names{"rates.down"});
        CHECK(settings.is_default("rates.down"));
    }
}

TEST_CASE("a broken file that is read again changes nothing, nor does one that was named and is gone", "[daemon]")
{
    for (const std::string content : {"rates.down = 2\n]", "rates.down = 2\nrates.up = 'fast'\n", ""}) {
        CAPTURE(content);
        const test::TemporaryFolder folder;
        const SettingsPath file{folder.write("f", "rates.down = 1\n"), true};
        EvesSettings settings;
        REQUIRE(load_settings(settings, {.file = file, .variables = {}, .flags = {}}));
        settings.start();
        bool is_told = false;
        const auto changes = settings.on_change([&](const auto&) { is_told = true; });
        if (content.empty()) std::filesystem::remove(file.path);
        else folder.write("f", content);
        CHECK_FALSE(reload(settings, file));
        CHECK(settings.integer("rates.down") == 1);
        CHECK_FALSE(is_told);
    }
}

TEST_CASE("a daemon is looked for where environment, file or nobody says that it listens, whatever else is wrong there", "[daemon]")
{
    const test::TemporaryFolder folder;
    const Variables home{{"XDG_CONFIG_HOME", folder / ""}, {"XDG_RUNTIME_DIR", "/run/me"}, {"HOME", "/home/me"}};
    CHECK(socket_of(home) == "/run/me/shoal/rpc.sock");
    std::filesystem::create_directories(folder / "shoal");
    folder.write("shoal/shoal.toml", "socket = '/tmp/of the file'\nno_such = 1\n[plugins.tit-for-tat]\nslots = 'x'\n");
    CHECK(socket_of(home) == "/tmp/of the file");
    auto more = home;
    more["SHOAL_SOCKET"] = "/tmp/of the environment";
    CHECK(socket_of(more) == "/tmp/of the environment");
    folder.write("shoal/shoal.toml", "socket = [");
    CHECK(socket_of(home) == "/run/me/shoal/rpc.sock");
}
