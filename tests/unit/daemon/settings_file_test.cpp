#include "daemon/settings_file.hpp"
#include "daemon/settings_sources.hpp"
#include "eves_settings.hpp"
#include "support/as_nobody.hpp"
#include "support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <memory>

#include <sys/stat.h>

using namespace shoal;
using namespace shoal::daemon;

namespace {

// Why a file of this content is refused, without the folder's name.
std::string refusal(std::string_view content, Errc code = Errc::invalid_argument)
{
    const test::TemporaryFolder folder;
    const auto path = folder.write("shoal.toml", content);
    EvesSettings settings;
    const auto loaded = load_settings(settings, {.file = {path, true}, .variables = {}, .flags = {}});
    if (loaded) return {};
    CHECK(loaded.error().code == code);
    auto text = loaded.error().text;
    for (auto at = text.find(path); at != text.npos; at = text.find(path)) text.replace(at, path.size(), "FILE");
    for (const auto* schema : settings.schemas()) CHECK(settings.is_default(schema->name));
    return text;
}

std::unique_ptr<EvesSettings> settings_of(std::string_view content)
{
    const test::TemporaryFolder folder;
    auto settings = std::make_unique<EvesSettings>();
    REQUIRE(load_settings(*settings, {.file = {folder.write("shoal.toml", content), true}, .variables = {}, .flags = {}}));
    return settings;
}

std::string repeated(std::string_view text, std::size_t times)
{
    std::string all;
    for (std::size_t i = 0; i < times; ++i) all += text;
    return all;
}

}  // namespace

TEST_CASE("a settings file is TOML, its tables the groups of settings", "[daemon]")
{
    const test::TemporaryFolder folder;
    const auto path = folder.write("shoal.toml", "listen = [\"127.0.0.1:6881\", \"[::1]:6881\"]\n"
                                                 "log.level = \"debug\"   # a remark\n"
                                                 "\n"
                                                 "[rates]\r\n"
                                                 "down = \"10 MiB\"\n"
                                                 "up = 4096\n"
                                                 "[limits]\n"
                                                 "ratio = 2\n"
                                                 "seed_time = '1h30m'\n"
                                                 "[peers]\n"
                                                 "privileged_ports = false\n");
    EvesSettings settings;
    REQUIRE(load_settings(settings, {.file = {path, true}, .variables = {}, .flags = {}}));
    CHECK(settings.texts("listen") == std::vector<std::string>{"127.0.0.1:6881", "[::1]:6881"});
    CHECK(settings.text("log.level") == "debug");
    CHECK(settings.integer("rates.down") == 10 << 20);
    CHECK(settings.integer("rates.up") == 4096);
    CHECK(settings.real("limits.ratio") == 2.0);
    CHECK(settings.integer("limits.seed_time") == 5400);
    CHECK_FALSE(settings.flag("peers.privileged_ports"));
    CHECK(settings.origin("rates.up") == path + " line 6");
    CHECK(settings.origin("queue.active") == "default");
}

TEST_CASE("an empty settings file, an empty table and a file of remarks are fine", "[daemon]")
{
    CHECK(refusal("").empty());
    CHECK(refusal("\xef\xbb\xbf# a remark\n").empty());
    CHECK(refusal("[rates]\n").empty());
}

TEST_CASE("a settings file that was named must be there, that of the usual place need not", "[daemon]")
{
    const test::TemporaryFolder folder;
    const auto missing = folder / "missing.toml";
    EvesSettings settings;
    const auto named = load_settings(settings, {.file = {missing, true}, .variables = {}, .flags = {}});
    REQUIRE_FALSE(named);
    CHECK(named.error().code == Errc::not_found);
    CHECK_THAT(named.error().text, Catch::Contains(missing));
    CHECK(load_settings(settings, {.file = {missing, false}, .variables = {}, .flags = {}}));
}

TEST_CASE("a settings file that may not be read is refused: permission denied", "[daemon]")
{
    const test::TemporaryFolder folder;
    const auto path = folder.write("shoal.toml", "");
    std::filesystem::permissions(path, std::filesystem::perms::none);
    const test::AsNobody nobody;
    EvesSettings settings;
    const auto loaded = load_settings(settings, {.file = {path, false}, .variables = {}, .flags = {}});
    REQUIRE_FALSE(loaded);
    CHECK(loaded.error().code == Errc::permission_denied);
    CHECK_THAT(loaded.error().text, Catch::Contains(path));
}

TEST_CASE("a folder or a pipe is no settings file, and nobody waits for it", "[daemon]")
{
    const test::TemporaryFolder folder;
    REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
    for (const auto& path : {folder.path().native(), folder / "pipe"}) {
        const auto given = read_settings_file(path);
        REQUIRE_FALSE(given);
        CHECK(given.error().code == Errc::bad_input);
        CHECK_THAT(given.error().text, Catch::StartsWith(path + " is no file"));
    }
}

TEST_CASE("a settings file without an end, and one of 10 MB, are refused without being read to it", "[daemon]")
{
    const auto endless = read_settings_file("/dev/zero");
    REQUIRE_FALSE(endless);
    CHECK(endless.error().code == Errc::limit_exceeded);
    CHECK_THAT(refusal(repeated("# ten octets\n", 800'000), Errc::limit_exceeded), Catch::StartsWith("FILE is larger"));
    CHECK(read_settings_file("/dev/null")->empty());
}

TEST_CASE("an unknown setting is refused with its line and what is most alike", "[daemon]")
{
    CHECK(refusal("\n[rates]\ndwon = 1\n") == "FILE line 3: there is no setting 'rates.dwon'; did you mean 'rates.down'?");
    CHECK(refusal("down = 1\n") == "FILE line 1: there is no setting 'down'; did you mean 'rates.down'?");
}

TEST_CASE("an unknown table is refused, with something in it or without", "[daemon]")
{
    CHECK(refusal("[rats]\ndown = 1\n") == "FILE line 2: there is no setting 'rats.down'; did you mean 'rates.down'?");
    CHECK(refusal("[nonsense]\n") == "FILE line 1: there is no setting 'nonsense'");
    CHECK(refusal("[[rates]]\ndown = 1\n") == "FILE line 1: there is no setting 'rates'; it is a group: write rates.down, for one");
}

TEST_CASE("a group is no setting and a setting no group", "[daemon]")
{
    CHECK(refusal("rates = 5\n") == "FILE line 1: there is no setting 'rates'; it is a group: write rates.down, for one");
    CHECK(refusal("[rates.down]\nmost = 5\n") == "FILE line 2: there is no setting 'rates.down.most'; rates.down is a setting and no group");
    CHECK_THAT(refusal("rates.down = {}\n"), Catch::StartsWith("FILE line 1: rates.down must be a rate"));
}

TEST_CASE("each wrong type is refused with its line and what to write instead", "[daemon]")
{
    CHECK(refusal("[queue]\nactive = \"many\"\n")
          == "FILE line 2: queue.active must be a whole number of torrents from 0 to 1000000, not 'many'");
    CHECK_THAT(refusal("queue.active = 1.5\n"), Catch::EndsWith("not 1.5E0") || Catch::EndsWith("not 1.5"));
    CHECK_THAT(refusal("queue.active = true\n"), Catch::EndsWith("not true"));
    CHECK_THAT(refusal("queue.active = [1]\n"), Catch::EndsWith("not a list"));
    CHECK_THAT(refusal("queue.active = -1\n"), Catch::EndsWith("not -1"));
    CHECK_THAT(refusal("queue.active = 1979-05-27\n"), Catch::EndsWith("not '1979-05-27'"));
    CHECK_THAT(refusal("limits.ratio = inf\n"), Catch::Contains("limits.ratio must be a number from 0"));
    CHECK_THAT(refusal("limits.ratio = nan\n"), Catch::Contains("limits.ratio must be a number from 0"));
    CHECK_THAT(refusal("peers.incoming = 1\n"), Catch::Contains("true or false"));
    CHECK_THAT(refusal("log.level = \"loud\"\n"), Catch::Contains("one of error, warning, info, debug"));
    CHECK_THAT(refusal("storage = 5\n"), Catch::Contains("a text of one line"));
    CHECK_THAT(refusal("storage = \"\"\n"), Catch::Contains("the name of a plug-in"));
    CHECK_THAT(refusal("pickers = [1, 2]\n"), Catch::Contains("a list of texts"));
    CHECK_THAT(refusal("pickers = [[\"endgame\"]]\n"), Catch::Contains("a list of texts"));
    CHECK_THAT(refusal("folders.download = \"downloads\"\n"), Catch::Contains("begins with /"));
    CHECK_THAT(refusal("folders.download = \"/a\\u0000b\"\n"), Catch::Contains("a text of one line"));
    CHECK_THAT(refusal("listen = [\"example.org:1\"]\n"), Catch::Contains("write ADDR:PORT"));
    CHECK_THAT(refusal("rates.alternative_times = [\"mondays\"]\n"), Catch::Contains("rates.alternative_times") && Catch::Contains("expected a day"));
}

TEST_CASE("all that is wrong in a settings file is said at once", "[daemon]")
{
    const auto text = refusal("rates.down = \"fast\"\nrates.up = \"slow\"\nnonsense = 1\n");
    CHECK(std::ranges::count(text, '\n') == 2);
    CHECK_THAT(text, Catch::Contains("FILE line 1") && Catch::Contains("FILE line 2") && Catch::Contains("FILE line 3"));
}

TEST_CASE("what is no TOML is refused with its line", "[daemon]")
{
    for (const auto* content : {"a\nb", "ok = 1\nrates.down =\n", "ok = 1\nrates.down = 1 2\n", "ok = 1\n[rates\n", "ok = 1\nx = \"a\n",
                                "ok = 1\nok = 2\n", "ok = 1\nx = 99999999999999999999\n", "ok = 1\n= 5\n", "ok = 1\nx = yes\n",
                                "ok = 1\nx = '''never ends", "ok = 1\nx = \"\xff\"\n"}) {
        CAPTURE(content);
        const auto text = refusal(content, Errc::bad_input);
        CHECK_THAT(text, Catch::StartsWith(content[0] == 'a' ? "FILE line 1: " : "FILE line 2: ")
                             || Catch::StartsWith("FILE line 3: "));
        CHECK_THAT(text, Catch::EndsWith("a setting is written NAME = VALUE, texts in \"quotes\""));
    }
    CHECK_FALSE(refusal(std::string("a\0b = 1", 7), Errc::bad_input).empty());
}

TEST_CASE("what a broken file says reaches no terminal as it is", "[daemon]")
{
    for (const auto* content : {"\x1b[31m = 1\n", "x = \x1b\n", "'\x1b[31m' = 1\n", "\"\\u001b[31m\" = 1\n"}) {
        const test::TemporaryFolder folder;
        EvesSettings settings;
        const auto loaded = load_settings(settings, {.file = {folder.write("f", content), true}, .variables = {}, .flags = {}});
        REQUIRE_FALSE(loaded);
        CHECK(loaded.error().text.find('\x1b') == std::string::npos);
    }
}

TEST_CASE("deep nesting of lists, tables and dots is refused, whatever its depth", "[daemon]")
{
    for (const std::size_t depth : {100u, 100'000u}) {
        CAPTURE(depth);
        CHECK_FALSE(refusal("x = " + repeated("[", depth) + repeated("]", depth), depth > 256 ? Errc::bad_input : Errc::invalid_argument).empty());
        CHECK_FALSE(refusal("x = " + repeated("[", depth), Errc::bad_input).empty());
        CHECK_FALSE(refusal(repeated("a.", depth) + "a = 1", Errc::limit_exceeded).empty());
        CHECK_FALSE(refusal("[" + repeated("a.", depth) + "a]", Errc::limit_exceeded).empty());
        CHECK_FALSE(refusal("x = [\n" + repeated("{a.a.a.a=[\n", depth), Errc::limit_exceeded).empty());
        CHECK_FALSE(refusal("\"=\"" + repeated(".a", depth) + " = 1", Errc::limit_exceeded).empty());
    }
    CHECK_THAT(refusal(repeated("a.", 20) + "a = 1", Errc::limit_exceeded), Catch::Contains("nested more than 8 deep"));
}

TEST_CASE("dots in texts and remarks are no nesting", "[daemon]")
{
    const auto dots = repeated(".", 200);
    CHECK(refusal("# " + dots + "\nstorage = \"" + dots + "\" # " + dots + "\nchoker = '''" + dots + "'''\n").empty());
    CHECK(refusal("storage = \"\\\"" + dots + "\"\n").empty());
    CHECK(refusal(repeated("# .\n", 1000) + "listen = [\n" + repeated("  \"127.0.0.1:1\",\n", 100) + "]\n").empty());
}

TEST_CASE("what is shown of all settings is a settings file that says the same", "[daemon]")
{
    const auto settings = settings_of("folders.download = '/a \"b\" \\c'\nlimits.ratio = 1.5\npickers = ['endgame']\nrates.down = '1M'\n");
    const auto dump = dump_settings(*settings);
    CHECK_THAT(dump, Catch::Contains("rates.down = 1048576  # ") && Catch::Contains("shoal.toml line 4\n"));
    CHECK_THAT(dump, Catch::Contains("queue.active = 0  # default\n"));
    const auto again = settings_of(dump);
    for (const auto* schema : settings->schemas()) {
        CAPTURE(schema->name);
        CHECK(again->value(schema->name) == settings->value(schema->name));
        CHECK_FALSE(again->is_default(schema->name));
    }
}
