#include "daemon/folders.hpp"

#include <catch2/catch.hpp>

using namespace shoal::daemon;

TEST_CASE("without XDG variables everything is below the home folder", "[daemon]")
{
    const auto places = folders({{"HOME", "/home/eve"}});
    CHECK(places.settings_file == "/home/eve/.config/shoal/shoal.toml");
    CHECK(places.scripts == "/home/eve/.config/shoal/scripts");
    CHECK(places.state == "/home/eve/.local/state/shoal");
    CHECK(places.socket == "/home/eve/.local/state/shoal/rpc.sock");
    CHECK(places.download == "/home/eve/Downloads");
}

TEST_CASE("XDG variables say where", "[daemon]")
{
    const auto places = folders({{"HOME", "/home/eve"},
                                 {"XDG_CONFIG_HOME", "/c"},
                                 {"XDG_STATE_HOME", "/s"},
                                 {"XDG_RUNTIME_DIR", "/run/user/1000"}});
    CHECK(places.settings_file == "/c/shoal/shoal.toml");
    CHECK(places.state == "/s/shoal");
    CHECK(places.socket == "/run/user/1000/shoal/rpc.sock");
}

TEST_CASE("an XDG variable that is empty or no absolute path is as if it were not there", "[daemon]")
{
    const auto places = folders({{"HOME", "/home/eve"}, {"XDG_CONFIG_HOME", ""}, {"XDG_STATE_HOME", "state"}, {"XDG_RUNTIME_DIR", "."}});
    CHECK(places.settings_file == "/home/eve/.config/shoal/shoal.toml");
    CHECK(places.state == "/home/eve/.local/state/shoal");
    CHECK(places.socket == "/home/eve/.local/state/shoal/rpc.sock");
}

TEST_CASE("without a home folder the places are the system's", "[daemon]")
{
    const auto places = folders({});
    CHECK(places.settings_file == "/etc/shoal/shoal.toml");
    CHECK(places.state == "/var/lib/shoal");
    CHECK(places.socket == "/var/lib/shoal/rpc.sock");
    CHECK(places.download == "/var/lib/shoal/downloads");
}

TEST_CASE("a process knows its variables", "[daemon]")
{
    const auto variables = process_variables();
    REQUIRE(find(variables, "PATH") != nullptr);
    CHECK(*find(variables, "PATH") == std::getenv("PATH"));
    CHECK(find(variables, "SHOAL_THERE_IS_NO_SUCH_VARIABLE") == nullptr);
}
