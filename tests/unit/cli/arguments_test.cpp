#include "cli/arguments.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <iostream>
#include <sstream>
#include <vector>

using namespace shoal;
using namespace shoal::cli;

namespace {

Arguments typed(std::vector<const char*> words)
{
    words.insert(words.begin(), "shoal");
    return read_arguments(static_cast<int>(words.size()), words.data());
}

void refuses(const std::vector<const char*>& words)
{
    CAPTURE(words);
    const auto arguments = typed(words);
    if (arguments.exit_code) {
        CHECK(*arguments.exit_code == 2);
        return;
    }
    const auto options = transfer_options(arguments);
    REQUIRE_FALSE(options);
    CHECK(options.error().code == Errc::invalid_argument);
}

}  // namespace

TEST_CASE("an option that may be repeated leaves the source after it alone", "[cli]")
{
    const auto get = typed({"get", "--select", "*.mkv", "--select", "b", "--peer", "127.0.0.1:1", "--set", "a.b=1",
                            "--listen", "0", "x.torrent", "y.torrent"});
    REQUIRE_FALSE(get.exit_code);
    CHECK(get.sources == std::vector<std::string>{"x.torrent", "y.torrent"});
    CHECK(get.select == std::vector<std::string>{"*.mkv", "b"});
    const auto create = typed({"create", "-t", "http://127.0.0.1/", "-w", "http://127.0.0.1/x", "folder"});
    REQUIRE_FALSE(create.exit_code);
    CHECK(create.path == "folder");
    CHECK(create.trackers.size() == 1);
}

TEST_CASE("what belongs to all commands may stand before or after them", "[cli]")
{
    const auto after = typed({"get", "x.torrent", "--checked", "-v", "-v", "--plugins", "/p"});
    REQUIRE_FALSE(after.exit_code);
    CHECK(after.checked);
    CHECK(after.verbosity == 2);
    CHECK(after.plugins == "/p");
    CHECK(typed({"--checked", "plugin", "list"}).command == Command::plugin_list);
    CHECK(typed({"plugin", "list", "--checked"}).checked);
}

TEST_CASE("wrong values are refused before anything is done: 2", "[cli]")
{
    refuses({"get", "x", "--ratio", "-1"});
    refuses({"get", "x", "--ratio", "nan"});
    refuses({"get", "x", "--seed-time", "-5"});
    refuses({"get", "x", "--patience", "-1"});
    refuses({"get", "x", "--picker", ""});
    refuses({"get", "x", "--picker", ","});
    refuses({"get", "x", "--peer", "127.0.0.1"});
    refuses({"get", "x", "--peer", "localhost:99"});
    refuses({"get", "x", "--set", "nonsense"});
    refuses({"get"});
    refuses({"fetch", "x"});
}

TEST_CASE("T11 ports below 1024 are called unless told otherwise, and the help says how", "[cli]")
{
    CHECK(transfer_options(typed({"get", "x"}))->calls_privileged_ports);
    CHECK_FALSE(transfer_options(typed({"get", "x", "--no-privileged-ports"}))->calls_privileged_ports);
    CHECK_FALSE(transfer_options(typed({"seed", "x", "--data", ".", "--no-privileged-ports"}))->calls_privileged_ports);
    std::ostringstream help;
    auto* const before = std::cout.rdbuf(help.rdbuf());
    const auto code = typed({"get", "--help"}).exit_code;
    std::cout.rdbuf(before);
    CHECK(code == 0);
    CHECK_THAT(help.str(), Catch::Contains("--no-privileged-ports") && Catch::Contains("below 1024"));
}

TEST_CASE("who waits for the end waits five minutes for a peer, unless told otherwise", "[cli]")
{
    using namespace std::chrono_literals;
    CHECK(transfer_options(typed({"get", "x", "--exit"}))->patience == 5min);
    CHECK(transfer_options(typed({"get", "x", "--exit", "--patience", "3"}))->patience == 3s);
    CHECK(transfer_options(typed({"get", "x", "--exit", "--patience", "3"}))->room_patience == 3s);
    CHECK_FALSE(transfer_options(typed({"get", "x", "--exit"}))->room_patience);
    CHECK_FALSE(transfer_options(typed({"get", "x", "--exit", "--patience", "0"}))->patience);
    CHECK_FALSE(transfer_options(typed({"get", "x"}))->patience);
}

TEST_CASE("peers are found by all our plug-ins, unless some are named, or none", "[cli]")
{
    using Names = std::vector<std::string>;
    const auto by_default = transfer_options(typed({"get", "x"}))->swarm;
    CHECK(by_default.discoveries.names == Names{"dht", "lsd"});
    CHECK(by_default.extensions.names == Names{"metadata", "pex", "donthave", "holepunch"});
    CHECK(by_default.discoveries.is_default);
    CHECK(by_default.extensions.is_default);
    const auto named = transfer_options(typed({"get", "x", "--discovery", "lsd,mine", "--extension", "none"}))->swarm;
    CHECK(named.discoveries.names == Names{"lsd", "mine"});
    CHECK_FALSE(named.discoveries.is_default);
    CHECK(named.extensions.names.empty());
    CHECK_FALSE(named.extensions.is_default);
    CHECK(transfer_options(typed({"seed", "x", "--data", ".", "--discovery", "none"}))->swarm.discoveries.names.empty());
}

TEST_CASE("what the user names is read by all our plug-ins, unless some are named", "[cli]")
{
    using Names = std::vector<std::string>;
    const auto by_default = transfer_options(typed({"get", "x"}))->swarm.sources;
    CHECK(by_default.names == Names{"magnet", "http", "file"});
    CHECK(by_default.is_default);
    const auto named = fetch_options(typed({"show", "x", "--sources", "file,mine"}))->swarm.sources;
    CHECK(named.names == Names{"file", "mine"});
    CHECK_FALSE(named.is_default);
}

TEST_CASE("who is not told where to listen listens at a free port of every address", "[cli]")
{
    CHECK(transfer_options(typed({"get", "x"}))->swarm.listen == std::vector{*Endpoint::parse("0.0.0.0:0")});
    const auto told = transfer_options(
        typed({"get", "x", "--listen", "127.0.0.1:6881", "--listen", "[::1]:6881", "--peer", "[2001:db8::1]:9"}));
    CHECK(told->swarm.listen == std::vector{*Endpoint::parse("127.0.0.1:6881"), *Endpoint::parse("[::1]:6881")});
    CHECK(told->swarm.peers == std::vector{*Endpoint::parse("[2001:db8::1]:9")});
}

TEST_CASE("show reads what is here, and fetches only when it is told to", "[cli]")
{
    CHECK(typed({"show", "magnet:?x"}).command == Command::show);
    const auto fetch = typed({"show", "magnet:?x", "--fetch", "-o", "x.torrent", "--force", "--json", "--patience", "7",
                              "--peer", "127.0.0.1:1", "--set", "dht.port=0"});
    REQUIRE_FALSE(fetch.exit_code);
    CHECK(fetch.command == Command::fetch);
    const auto options = fetch_options(fetch);
    REQUIRE(options);
    CHECK(options->source == "magnet:?x");
    CHECK(options->output == "x.torrent");
    CHECK(options->replaces);
    CHECK(options->is_json);
    CHECK(options->patience == std::chrono::seconds{7});
    CHECK(options->swarm.peers.size() == 1);
    CHECK(options->swarm.plugin_settings.at("dht").contains("port"));
}

TEST_CASE("show --fetch writes nothing and gives up after five minutes, unless told otherwise", "[cli]")
{
    const auto options = fetch_options(typed({"show", "magnet:?x", "--fetch"}));
    REQUIRE(options);
    CHECK(options->output.empty());
    CHECK_FALSE(options->replaces);
    CHECK_FALSE(options->is_json);
    CHECK(options->patience == std::chrono::minutes{5});
    CHECK(options->swarm.discoveries.is_default);
}

TEST_CASE("what only --fetch can use is refused without it, and so are wrong values with it: 2", "[cli]")
{
    CHECK(typed({"show", "magnet:?x", "-o", "x.torrent"}).exit_code == 2);
    CHECK(typed({"show", "magnet:?x", "--force"}).exit_code == 2);
    CHECK(typed({"show", "magnet:?x", "--patience", "3"}).exit_code == 2);
    const auto wrong = [](const char* option, const char* value) {
        const auto options = fetch_options(typed({"show", "magnet:?x", "--fetch", option, value}));
        REQUIRE_FALSE(options);
        return options.error().code;
    };
    CHECK(wrong("--patience", "-1") == Errc::invalid_argument);
    CHECK(wrong("--peer", "nowhere") == Errc::invalid_argument);
    CHECK(wrong("--listen", "nowhere:1") == Errc::invalid_argument);
    CHECK(wrong("--set", "dht.port") == Errc::invalid_argument);
}
