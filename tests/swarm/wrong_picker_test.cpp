#include "support/crowd.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using shoal::support::Crowd;
using shoal::support::Member;

namespace {

// The download completes, and the event names the picker.
void require_survival(const std::string& picker)
{
    Crowd crowd({.files = {}, .trackers = {}});
    crowd.add({.is_seed = true});
    Member& leecher =
        crowd.add({.pickers = {std::string(SHOAL_TEST_PLUGINS) + "/../tests/plugins/" + picker + ".so"}});
    crowd.start();
    REQUIRE(crowd.run_until_complete(300s));
    REQUIRE(leecher.count("plugin.replaced") >= 1);
    const auto* event = leecher.last("plugin.replaced");
    REQUIRE(*event->as_map()->find("plugin")->as_text() == picker);
}

}  // namespace

TEST_CASE("a download completes although its picker returns nonsense", "[swarm][picker]")
{
    require_survival("nonsense");
}

TEST_CASE("a download completes although its picker throws", "[swarm][picker]")
{
    require_survival("throwing");
}

TEST_CASE("a download completes although its picker never returns a wanted piece", "[swarm][picker]")
{
    require_survival("idle");
}
