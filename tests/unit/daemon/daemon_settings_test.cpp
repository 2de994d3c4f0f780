#include "cli/arguments.hpp"
#include "daemon/daemon_settings.hpp"

#include "support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <array>

using namespace shoal;
using namespace shoal::daemon;
using control::Value;
using Layer = control::Settings::Layer;

namespace {

struct DaemonSettings : control::Settings {
    DaemonSettings() { declare_settings(*this, folders({{"HOME", "/home/eve"}})); }
};

// As the build put them there.
struct Plugins {
    Plugins() { registry.scan(SHOAL_TEST_PLUGINS); }
    host::Registry registry;
};

cli::TransferOptions options_of_get()
{
    constexpr std::array<const char*, 3> words = {"shoal", "get", "x.torrent"};
    auto options = cli::transfer_options(cli::read_arguments(words.size(), words.data()));
    REQUIRE(options);
    return std::move(*options);
}

}  // namespace

TEST_CASE("a daemon's defaults are those of get", "[daemon]")
{
    const DaemonSettings settings;
    host::Registry none;
    const auto session = session_settings(settings, none);
    REQUIRE(session);
    const auto get = options_of_get();
    CHECK(session->listen == get.swarm.listen);
    CHECK(session->listen_if_possible == get.swarm.listen_if_possible);
    CHECK(session->memory_ceiling == get.memory);
    CHECK(session->down_rate == get.down);
    CHECK(session->up_rate == get.up);
    CHECK(session->swarm.calls_privileged_ports == get.calls_privileged_ports);
    CHECK(settings.texts("discoveries") == get.swarm.discoveries.names);
    CHECK(settings.texts("extensions") == get.swarm.extensions.names);
    CHECK(settings.texts("sources") == get.swarm.sources.names);
    const auto add = add_options(settings);
    CHECK(add.storage == get.storage);
    CHECK(add.pickers == get.pickers);
    CHECK(add.choker == get.choker);
    CHECK(add.folder == "/home/eve/Downloads");
}

TEST_CASE("what the settings say of peers becomes the session's", "[daemon]")
{
    DaemonSettings settings;
    REQUIRE(settings.lay(Layer::file, {{"peers.per_torrent", 1, "f"},
                                       {"peers.per_address", 2, "f"},
                                       {"peers.connecting", 3, "f"},
                                       {"peers.upload_slots", 4, "f"},
                                       {"peers.half_open", 5, "f"},
                                       {"peers.connect_timeout", 6, "f"},
                                       {"peers.handshake_timeout", 7, "f"},
                                       {"listen", "127.0.0.1:1", "f"}}));
    host::Registry none;
    const auto session = session_settings(settings, none);
    REQUIRE(session);
    CHECK(session->swarm.most_peers == 1);
    CHECK(session->swarm.most_peers_per_address == 2);
    CHECK(session->swarm.most_connecting == 3);
    CHECK(session->swarm.upload_slots == 4);
    CHECK(session->doorway.most_half_open == 5);
    CHECK(session->swarm.connect_timeout == std::chrono::seconds{6});
    CHECK(session->swarm.handshake_timeout == std::chrono::seconds{7});
    CHECK(session->doorway.patience == std::chrono::seconds{7});
    CHECK(session->listen == std::vector<Endpoint>{*Endpoint::parse("127.0.0.1:1")});
    CHECK(session->listen_if_possible.empty());
}

TEST_CASE("who takes no connections listens nowhere", "[daemon]")
{
    DaemonSettings settings;
    REQUIRE(settings.lay(Layer::flag, {{"peers.incoming", "no", "f"}, {"listen", "6881", "f"}}));
    host::Registry none;
    const auto session = session_settings(settings, none);
    REQUIRE(session);
    CHECK(session->listen.empty());
    CHECK(session->listen_if_possible.empty());
}

TEST_CASE("every setting says what it is for, in a line without a full stop", "[daemon]")
{
    const DaemonSettings settings;
    for (const auto* schema : settings.schemas()) {
        CAPTURE(schema->name);
        CHECK(schema->help.size() > 10);
        CHECK(schema->help.back() != '.');
    }
}

TEST_CASE("no two settings have one name in the environment", "[daemon]")
{
    const DaemonSettings settings;
    std::map<std::string, std::string> seen;
    for (const auto* schema : settings.schemas()) {
        CHECK(seen.emplace(control::environment_name(schema->name), schema->name).second);
    }
}

TEST_CASE("the settings of plug-ins are settings, as their manifests declare them", "[daemon]")
{
    const Plugins plugins;
    DaemonSettings settings;
    declare_plugin_settings(settings, plugins.registry);
    const auto* slots = settings.find("plugins.tit-for-tat.slots");
    REQUIRE(slots != nullptr);
    CHECK(slots->is_live);
    CHECK(plugin_settings(settings).empty());
    const auto name = slots->name;
    CHECK_FALSE(settings.set(name, "many"));
    CHECK_FALSE(settings.set("plugins.tit-for-tat.slotz", 1));
    REQUIRE(settings.set(name, 5));
    CHECK(plugin_settings(settings) == session::PluginSettings{{"tit-for-tat", {{"slots", Value(5)}}}});
    CHECK(session::check_settings(plugins.registry, plugin_settings(settings)));
}

TEST_CASE("a script that cannot be loaded is refused as everybody's picker, with the reason", "[daemon]")
{
    Plugins plugins;
    DaemonSettings settings;
    const test::TemporaryFolder folder;
    const auto script = folder.write("mine.lua", "function rank() end");
    const auto broken = folder.write("broken.lua", "\nfunction rank(");
    require_plugins(settings, plugins.registry);
    CHECK(settings.lay(Layer::file, {{"pickers", broken, "f"}})); // as at a start
    require_whole_scripts(settings, plugins.registry);
    CHECK(settings.set("pickers", script + ",rarest-first"));
    CHECK_THAT(settings.set("pickers", broken + ",rarest-first").error().text, Catch::Contains("broken.lua:2: "));
    CHECK_THAT(settings.set("choker", script).error().text, Catch::Contains("mine.lua has no function decide(view, out)"));
    CHECK_THAT(settings.set("pickers", folder.path().native() + "/none.lua").error().text, Catch::Contains("there is no script"));
    CHECK(settings.texts("pickers") == std::vector<std::string>{script, "rarest-first"});
}

TEST_CASE("a plug-in that is named and is not there is refused, whoever names it; a default is done without", "[daemon]")
{
    Plugins plugins;
    DaemonSettings settings;
    require_plugins(settings, plugins.registry);
    for (const auto* name : {"storage", "pickers", "choker", "discoveries", "extensions", "services", "sources"}) {
        CAPTURE(name);
        const auto laid = settings.lay(Layer::file, {{name, "nonsense", "f line 3"}});
        REQUIRE_FALSE(laid);
        CHECK_THAT(laid.error().text, Catch::Contains("f line 3") && Catch::Contains(name) && Catch::Contains("nonsense"));
        CHECK_FALSE(settings.set(name, "nonsense"));
        CHECK(settings.is_default(name));
    }
    CHECK(settings.lay(Layer::file, {{"storage", "memory", "f"}, {"pickers", "endgame,rarest-first", "f"}, {"discoveries", "none", "f"}}));
    CHECK_FALSE(settings.set("pickers", "rarest-first,nonsense"));
    CHECK(settings.set("pickers", "rarest-first"));
    CHECK_THAT(settings.set("choker", "my.lua").error().text, Catch::Contains("my.lua: name a script by its absolute path"));
}
