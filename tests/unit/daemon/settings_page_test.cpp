#include "control/json.hpp"
#include "daemon/daemon_settings.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>

using namespace shoal;
using namespace shoal::daemon;

namespace {

std::string read(const std::string& path)
{
    std::ifstream file(path);
    REQUIRE(file);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string default_text(const control::Value& value)
{
    if (const auto* text = value.as_text()) return "`" + *text + "`";
    if (const auto* number = value.as_real()) return fmt::format("{}", *number);
    if (value.as_list() == nullptr) return control::to_json(value);
    std::string items;
    for (const auto& item : *value.as_list()) items += (items.empty() ? "" : ", ") + *item.as_text();
    return items.empty() ? "none" : "`" + items + "`";
}

std::string cell(std::string text)
{
    for (auto at = text.find('|'); at != text.npos; at = text.find('|', at + 2)) text.insert(at, "\\");
    return text;
}

// The table of docs/settings.md.
std::string table()
{
    control::Settings settings;
    declare_settings(settings, {.settings_file = "", .scripts = "/$XDG_CONFIG_HOME/shoal/scripts", .state = "/$XDG_STATE_HOME/shoal", .socket = "/$XDG_RUNTIME_DIR/shoal/rpc.sock",
                                .download = "/$HOME/Downloads"});
    std::string lines = "| setting | is | default | live | what for |\n|---|---|---|---|---|\n";
    for (const auto* schema : settings.schemas()) {
        auto fallback = default_text(schema->fallback);
        if (const auto at = fallback.find("/$"); at != fallback.npos) fallback.erase(at, 1);
        lines += fmt::format("| `{}` | {} | {} | {} | {} |\n", schema->name, cell(expectation(*schema)), fallback,
                             schema->is_live ? "yes" : "", cell(schema->help));
    }
    return lines;
}

}  // namespace

TEST_CASE("the page about settings has every setting as it is", "[daemon]")
{
    const auto page = read(SHOAL_SOURCE_DIR "/docs/settings.md");
    const auto wanted = table();
    if (page.find(wanted) == page.npos) {
        const auto path = std::filesystem::temp_directory_path() / "shoal-settings-table.md";
        std::ofstream(path) << wanted;
        FAIL("docs/settings.md needs the table that is now in " << path);
    }
    CHECK(page.find(wanted) != page.npos);
}

TEST_CASE("the manual page names every command, and every option of the daemon", "[daemon]")
{
    const auto page = read(SHOAL_SOURCE_DIR "/docs/man/shoal.1");
    for (const auto* command : {"get", "seed", "create", "show", "plugin", "tracker", "dht", "daemon", "ctl", "demo", "complete"}) {
        CHECK_THAT(page, Catch::Contains(fmt::format(".It Cm {}", command)));
    }
    for (const auto* option : {"config", "set", "socket", "check-config", "dump-config"}) {
        CHECK_THAT(page, Catch::Contains(fmt::format(".It Fl Fl {}", option)));
    }
}

TEST_CASE("the unit file begins the daemon as one that tells when it is ready", "[daemon]")
{
    const auto unit = read(SHOAL_SOURCE_DIR "/docs/systemd/shoal.service");
    CHECK_THAT(unit, Catch::Contains("\nType=notify\n") && Catch::Contains("\nExecStart=shoal daemon\n")
                         && Catch::Contains("\nExecReload=/bin/kill -HUP $MAINPID\n"));
}
