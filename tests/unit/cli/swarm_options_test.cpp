#include "cli/swarm_options.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace shoal;
using namespace shoal::cli;

namespace {

using Names = std::vector<std::string>;

// The plug-ins that tests of this folder have: lsd, metadata, and the sources.
struct SwarmOptionsBench {
    SwarmOptionsBench() { registry.scan(SHOAL_TEST_PLUGINS); }
    host::Registry registry;
    session::SessionSettings settings;
};

}  // namespace

TEST_CASE("what the user named must be there", "[cli]")
{
    SwarmOptionsBench bench;
    SwarmOptions options{.discoveries = {{"lsd"}, false}, .extensions = {{"metadata", "bogus"}, false}};
    const auto wrong = options.apply_to(bench.settings, bench.registry);
    REQUIRE_FALSE(wrong);
    CHECK(wrong.error().code == Errc::not_found);
    CHECK_THAT(wrong.error().text, Catch::Contains("bogus"));
    options.extensions.names = {"metadata"};
    options.discoveries.names = {"carrier-pigeon"};
    const auto other = options.apply_to(bench.settings, bench.registry);
    REQUIRE_FALSE(other);
    CHECK_THAT(other.error().text, Catch::Contains("carrier-pigeon"));
    CHECK(bench.settings.extensions.empty());
    options.discoveries.names.clear();
    options.sources = {{"file", "oracle"}, false};
    const auto third = options.apply_to(bench.settings, bench.registry);
    REQUIRE_FALSE(third);
    CHECK_THAT(third.error().text, Catch::Contains("oracle"));
}

TEST_CASE("what nobody named is done without where it is not there", "[cli]")
{
    SwarmOptionsBench bench;
    const SwarmOptions options{.discoveries = {{"carrier-pigeon", "lsd"}, true}, .extensions = {{"bogus"}, true}};
    REQUIRE(options.apply_to(bench.settings, bench.registry));
    CHECK(bench.settings.discoveries == Names{"lsd"});
    CHECK(bench.settings.sources == Names{"magnet", "http", "file"});
    CHECK(bench.settings.extensions.empty());
}

TEST_CASE("what concerns a session is put into its settings, in the user's order", "[cli]")
{
    SwarmOptionsBench bench;
    SwarmOptions options{.discoveries = {}, .extensions = {{"metadata", "org.shoal.extension.metadata"}, false}};
    options.listen = {*Endpoint::parse("127.0.0.1:6881")};
    options.plugin_settings["lsd"]["x"] = "1";
    REQUIRE(options.apply_to(bench.settings, bench.registry));
    CHECK(bench.settings.discoveries.empty());
    CHECK(bench.settings.extensions == options.extensions.names);
    CHECK(bench.settings.listen == options.listen);
    CHECK(bench.settings.plugins.at("lsd").contains("x"));
}
