#include "support/made_torrent.hpp"
#include "support/temporary_folder.hpp"

#include "control/reference.hpp"
#include "daemon/daemon_settings.hpp"
#include "daemon/live_client.hpp"
#include "daemon/run_time_settings.hpp"
#include "lab/node.hpp"
#include "lab/world.hpp"
#include "metainfo/create.hpp"
#include "metainfo/magnet.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

using namespace shoal;
using namespace std::chrono_literals;
using control::Value;

namespace {

// A daemon's client on the virtual network, with a clock on the wall that the test sets.
struct Bench {
    Bench()
    {
        daemon::declare_settings(settings, {.settings_file = "", .scripts = folder / "scripts", .state = folder / "state", .socket = folder / "rpc.sock", .download = folder / "files"});
    }

    void open() { open(folder); }
    void open(const test::TemporaryFolder& state)
    {
        auto opened = daemon::LiveClient::open({.environment = node.environment(),
                                                .plugins = plugins,
                                                .settings = settings,
                                                .unix_time = [] { return 1'800'000'000; },
                                                .local_time = [this] { return local_time; },
                                                .log = host::Log(lines)},
                                               state / "shoal.db");
        if (!opened) FAIL(opened.error().text);
        client = std::move(*opened);
        REQUIRE(client->start());
    }
    torrent::Rates rates() { return client->client().session().rates().rates(); }
    void set(const std::string& name, const Value& value) { REQUIRE(settings.set(name, value)); }

    struct Lines final : host::LogSink {
        bool wants(host::LogLevel level) const noexcept override { return level <= host::LogLevel::info; }
        void write(host::LogLevel, std::string_view line) noexcept override { all += std::string(line) + '\n'; }
        std::string all;
    };

    Lines lines;  // of the log
    test::TemporaryFolder folder;
    host::Registry plugins;
    control::Settings settings;
    lab::World world;
    lab::Node& node = world.add_node();
    queue::LocalTime local_time{.weekday = 0, .hour = 9};
    std::unique_ptr<daemon::LiveClient> client;
};

}  // namespace

TEST_CASE("the reference page is what the methods, events and settings are, with those of the plug-ins that are shipped", "[daemon]")
{
    Bench bench;
    bench.plugins.scan(SHOAL_TEST_PLUGINS);
    daemon::declare_plugin_settings(bench.settings, bench.plugins);
    // Those of a torrent say what they tell when there is one that they work for.
    bench.set("pickers", Value::List{"streaming", "kin", "rarest-first"});
    bench.set("storage", "memory");
    bench.open();
    const auto made = test::make_torrent({.files = {{"film.mkv", 100'000}}});
    const auto source = bench.folder.write("made.torrent", as_text(metainfo::to_torrent(*made.torrent)));
    bench.client->methods().call("torrents.add", Value::Map{}.set("source", source), [](const Result<Value>& added) { REQUIRE(added); });
    bench.world.run_for(5s);
    const auto page = control::reference_page(bench.client->methods(), daemon::plugin_schemas(bench.settings));
    for (const auto* section : {"### feeds.list", "### rules.list", "### scripts.list", "### dht.get", "### can_play", "| `plugins.kin.slots` |"}) {
        CHECK_THAT(page, Catch::Contains(section));
    }
    bench.client->stop(9s, [](const Result<void>&) {});
    bench.world.run_for(20s);
    std::ifstream file(SHOAL_SOURCE_DIR "/docs/reference.md");
    const std::string kept{std::istreambuf_iterator<char>(file), {}};
    if (kept != page) {
        const auto path = std::filesystem::temp_directory_path() / "shoal-reference.md";
        std::ofstream(path) << page;
        FAIL("docs/reference.md has to be what is now in " << path);
    }
    CHECK(kept == page);
}

TEST_CASE("rates hold as they are set, and the alternative ones while the timetable says so", "[daemon]")
{
    Bench bench;
    bench.set("rates.down", 1000);
    bench.set("rates.alternative_down", 10);
    bench.set("rates.alternative_times", Value::List{"mon 08:00-10:00"});
    bench.open();
    CHECK(bench.rates() == torrent::Rates{.down = 10, .up = 0});
    const auto stat = [&](std::string_view name) {
        Value all;
        bench.client->methods().call("session.stats", {}, [&](Result<Value> answer) { all = *answer; });
        return *std::as_const(all).as_map()->find(name);
    };
    CHECK(stat("alternative_rates") == Value(true));
    std::string told;
    const auto ear = bench.client->methods().subscribe([&](std::string_view event, const Value::Map& payload) {
        if (event == "rates.alternative") told += *payload.find("on")->as_bool() ? "on " : "off ";
    });
    bench.local_time = {.weekday = 0, .hour = 10};
    bench.world.run_for(1h);
    CHECK(bench.rates() == torrent::Rates{.down = 1000, .up = 0});
    CHECK(told == "off ");
    CHECK(stat("alternative_rates") == Value(false));
    CHECK(stat("uptime") == Value(3600));
    bench.set("rates.up", 7);
    CHECK(bench.rates() == torrent::Rates{.down = 1000, .up = 7});
    bench.set("rates.alternative_times", Value::List{"mon 10:00-11:00"});
    CHECK(bench.rates() == torrent::Rates{.down = 10, .up = 0});
}

TEST_CASE("the alternative limits are switched by hand, whatever the timetable says, until they are left to it again", "[daemon]")
{
    test::TemporaryFolder folder;
    {
        Bench bench;
        bench.set("rates.down", 1000);
        bench.set("rates.alternative_down", 10);
        bench.set("rates.alternative_times", Value::List{"mon 08:00-10:00"});
        bench.open(folder);
        CHECK(bench.rates().down == 10);
        std::string told;
        const auto ear = bench.client->methods().subscribe([&](std::string_view event, const Value::Map& payload) {
            if (event == "rates.alternative") told += fmt::format("{} {}, ", *payload.find("on")->as_bool(), *payload.find("by")->as_text());
        });
        const auto switched = [&](const char* to) {
            std::optional<bool> holds;
            bench.client->methods().call("rates.switch", Value::Map{}.set("alternative", to), [&](Result<Value> answer) { holds = *answer->as_bool(); });
            return *holds;
        };
        CHECK_FALSE(switched("off"));
        CHECK(bench.rates().down == 1000);
        bench.world.run_for(30min);
        CHECK(bench.rates().down == 1000);
        CHECK(switched("timetable"));
        bench.local_time = {.weekday = 0, .hour = 10};
        bench.world.run_for(2h);
        CHECK(bench.rates().down == 1000);
        CHECK(switched("on"));
        bench.world.run_for(2h);
        CHECK(bench.rates().down == 10);
        CHECK(told == "false off, true timetable, false timetable, true on, ");
        bench.client->stop(9s, [](const Result<void>&) {});
        bench.world.run_for(20s);
    }
    Bench later;
    later.local_time = {.weekday = 5, .hour = 12};
    later.open(folder);
    CHECK(later.rates().down == 10);
}

TEST_CASE("classes of peers are those of the settings, and change with them", "[daemon]")
{
    Bench bench;
    bench.set("rates.classes", Value::List{"10.0.0.0/8 up=1k", "local free"});
    bench.open();
    const auto& classes = bench.client->client().session().rates().classes();
    REQUIRE(classes.size() == 2);
    CHECK(classes[0].rates.up == 1024);
    CHECK(classes[1].is_free);
    bench.set("rates.classes", Value::List{});
    CHECK(classes[0].name == "lan");
}

TEST_CASE("a clock that is put forward is noticed within an hour", "[daemon]")
{
    Bench bench;
    bench.set("rates.down", 1000);
    bench.set("rates.alternative_down", 10);
    bench.set("rates.alternative_times", Value::List{"fri 08:00-10:00"});
    bench.open();
    CHECK(bench.rates().down == 1000);
    bench.local_time = {.weekday = 4, .hour = 9};
    bench.world.run_for(61min);
    CHECK(bench.rates().down == 10);
}

TEST_CASE("what was set at run time is set at the next start, until it is reset", "[daemon]")
{
    test::TemporaryFolder folder;
    {
        Bench first;
        first.open(folder);
        first.set("rates.up", 7);
        first.set("rates.down", 8);
        REQUIRE(first.settings.reset("rates.down"));
        first.client->stop(9s, [](const Result<void>&) {});
        first.world.run_for(20s);
    }
    Bench second;
    second.open(folder);
    CHECK(second.rates() == torrent::Rates{.down = 0, .up = 7});
    CHECK(second.settings.origin("rates.up") == "set at run time");
    CHECK(second.settings.origin("rates.down") == "default");
}

TEST_CASE("the log says where it listens, what was changed, and how long the end took", "[daemon]")
{
    Bench bench;
    bench.open();
    CHECK_THAT(bench.lines.all, Catch::Contains("listens for peers at ") && Catch::Contains("; 0 torrents, of which 0 are to run\n"));
    bench.set("rates.down", 1024);
    CHECK_THAT(bench.lines.all, Catch::EndsWith("setting rates.down = 1024 (set at run time)\n"));
    bench.client->stop(9s, [](const Result<void>&) {});
    bench.world.run_for(20s);
    CHECK_THAT(bench.lines.all, Catch::Contains("stopped, with everything saved, in 0."));
}

TEST_CASE("what was set at run time can be seen without a daemon, and beside one", "[daemon]")
{
    Bench bench;
    bench.open();
    bench.set("rates.up", 7);
    const auto shown = [&] {
        control::Settings settings;
        daemon::declare_settings(settings, {.settings_file = "", .scripts = "/scripts", .state = bench.folder / "state", .socket = "/rpc.sock", .download = "/files"});
        CHECK(daemon::set_as_in(settings, bench.folder / "shoal.db").empty());
        return fmt::format("{} ({})", settings.integer("rates.up"), settings.origin("rates.up"));
    };
    bench.world.run_for(2s);
    CHECK(shown() == "7 (set at run time)");
    bench.client->stop(9s, [](const Result<void>&) {});
    bench.world.run_for(20s);
    bench.client.reset();
    CHECK(shown() == "7 (set at run time)");
    control::Settings none;
    CHECK(daemon::set_as_in(none, bench.folder / "nothing.db").empty());
}

TEST_CASE("a client that is stopped has said so once, in time", "[daemon]")
{
    Bench bench;
    bench.open();
    int stopped = 0;
    bench.client->stop(9s, [&](const Result<void>&) { ++stopped; });
    bench.world.run_for(60s);
    CHECK(stopped == 1);
}

TEST_CASE("who stops a client hears that not all of it could be saved", "[daemon]")
{
    Bench bench;
    bench.open();
    bench.world.run_for(1s);
    REQUIRE(std::filesystem::remove(bench.folder / "shoal.db"));
    bench.set("rates.down", 9);
    std::optional<Result<void>> stopped;
    bench.client->stop(9s, [&](const Result<void>& outcome) { stopped = outcome; });
    bench.world.run_for(20s);
    REQUIRE(stopped);
    REQUIRE_FALSE(*stopped);
    CHECK(stopped->error().code == Errc::io_error);
}

TEST_CASE("no torrent is added among the scripts or the plug-ins of a daemon, nor in the place of its settings or its database", "[daemon]")
{
    Bench bench;
    bench.plugins.scan(SHOAL_TEST_PLUGINS);
    bench.open();
    const auto outcome_in = [&](const std::string& folder) {
        std::optional<Errc> outcome;
        auto magnet = metainfo::parse_magnet("magnet:?xt=urn:btih:" + std::string(40, 'a'));
        REQUIRE(magnet);
        bench.client->client().add({.source = session::FromMagnet{*magnet}, .folder = folder, .is_stopped = true},
                                   [&](const Result<Hash20>& added) { outcome = added ? Errc::ok : added.error().code; });
        bench.world.run_for(5s);
        REQUIRE(outcome);
        return *outcome;
    };
    for (const auto& place : {bench.folder / "scripts", bench.folder / "scripts/opts", bench.folder / "shoal.toml", bench.folder / "state/shoal.db",
                              std::string(SHOAL_TEST_PLUGINS), std::string(SHOAL_TEST_PLUGINS) + "/picker"}) {
        CAPTURE(place);
        CHECK(outcome_in(place) == Errc::permission_denied);
    }
    CHECK(outcome_in(bench.folder / "files") == Errc::ok);
}

TEST_CASE("a script that is there at the start hears that it has started, and that it ends", "[daemon]")
{
    Bench bench;
    bench.plugins.scan(SHOAL_TEST_PLUGINS);
    bench.folder.write("scripts/told.lua", R"(shoal.on("session.*", "h", function(event) error(event.event .. " of " .. event.cause) end))");
    std::vector<std::string> told;
    bench.open();
    const auto ear = bench.client->methods().subscribe([&](std::string_view event, const Value::Map& payload) {
        if (event == "script.error") told.push_back(*payload.find("cause")->as_text() + ": " + *payload.find("why")->as_text());
    });
    bench.world.run_for(5s);
    bench.client->stop(9s, [](const Result<void>&) {});
    bench.world.run_for(20s);
    REQUIRE(told.size() == 2);
    CHECK_THAT(told[0], Catch::StartsWith("plugin:lua: ") && Catch::Contains("session.started of core"));
    CHECK_THAT(told[1], Catch::Contains("session.stopping of core"));
}

TEST_CASE("the scripts of the folder run beside the torrents, hear what happens and ask for what people ask for", "[daemon]")
{
    Bench bench;
    bench.plugins.scan(SHOAL_TEST_PLUGINS);
    bench.folder.write("scripts/told.lua", R"(
        shoal.on("settings.changed", "h", function(event)
            error(event.name .. " with " .. shoal.session.stats().torrents .. " torrents")
        end))");
    std::string told;
    bench.open();
    const auto ear = bench.client->methods().subscribe([&](std::string_view event, const Value::Map& payload) {
        if (event == "script.error") told = *payload.find("why")->as_text();
    });
    bench.world.run_for(1s);
    bench.set("rates.down", 5);
    bench.world.run_for(1s);
    CHECK_THAT(told, Catch::Contains("rates.down with 0 torrents"));
    bool is_listed = false;
    bench.client->methods().call("scripts.list", {}, [&](Result<Value> answer) {
        is_listed = answer && answer->as_list() != nullptr && answer->as_list()->size() == 1;
    });
    bench.world.run_for(1s);
    CHECK(is_listed);
    bool is_stopped = false;
    bench.client->stop(9s, [&](const Result<void>&) { is_stopped = true; });
    bench.world.run_for(daemon::Occasions::until_stopped);
    CHECK(bench.client->methods().find("scripts.list") == nullptr);
    bench.world.run_for(20s);
    CHECK(is_stopped);
}
