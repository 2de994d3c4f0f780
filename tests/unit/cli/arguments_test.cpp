#include "cli/arguments.hpp"

#include <catch2/catch.hpp>

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
    CHECK_FALSE(transfer_options(typed({"get", "x", "--exit", "--patience", "0"}))->patience);
    CHECK_FALSE(transfer_options(typed({"get", "x"}))->patience);
}
