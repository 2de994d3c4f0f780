// Swarms of hosts that have IPv6 addresses, alone or beside IPv4.
#include "support/lab_services.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using shoal::support::Crowd;
using shoal::support::DhtHosts;
using shoal::support::Link;
using shoal::support::Member;
using shoal::support::MemberOptions;
using shoal::support::TrackerHost;

namespace {

using namespace shoal;

constexpr lab::NodeSettings v6_alone{.has_v4 = false, .has_v6 = true};
constexpr lab::NodeSettings both{.has_v4 = true, .has_v6 = true};

MemberOptions on(const lab::NodeSettings& node, std::vector<std::string> discoveries = {},
                 session::PluginSettings plugins = {})
{
    return {.node = node,
            .discoveries = std::move(discoveries),
            .extensions = {"metadata", "pex"},
            .plugins = std::move(plugins),
            .listens_everywhere = true};
}

Member& add_waiting_seed(Crowd& crowd, MemberOptions options)
{
    options.is_seed = true;
    options.swarm.most_connecting = 0;  // the other one has to find it
    return crowd.add(std::move(options));
}

bool comes_whole(Crowd& crowd, Member& leecher)
{
    const auto resolved = [&] { return leecher.is_resolved(); };
    return crowd.world.run_until(resolved, crowd.world.now() + 300s) && crowd.run_until_complete(300s);
}

}  // namespace

TEST_CASE("where there is IPv6 alone a magnet link needs no more than a tracker", "[swarm][magnet]")
{
    const bool is_udp = GENERATE(false, true);
    const bool is_by_name = GENERATE(true, false);
    std::string url = is_udp ? TrackerHost::udp_url : TrackerHost::http_url;
    // The tracker is the first host.
    if (!is_by_name) url.replace(url.find("tracker.local"), 13, "[fd00::1]");
    Crowd crowd({.files = {}, .trackers = {url}});
    const TrackerHost tracker(crowd, 60s, v6_alone);
    add_waiting_seed(crowd, on(v6_alone)).start({});
    Member& leecher = crowd.add(on(v6_alone));
    leecher.start_magnet({}, {.trackers = {url}});
    REQUIRE(comes_whole(crowd, leecher));
    CHECK(leecher.count("tracker.error") == 0);
}

TEST_CASE("where there is IPv6 alone a magnet link needs no more than the DHT", "[swarm][magnet]")
{
    Crowd crowd({.files = {}, .trackers = {}});
    const DhtHosts dht(crowd, 6, v6_alone);
    crowd.world.run_for(60s);
    add_waiting_seed(crowd, on(v6_alone, {"dht"}, dht.settings())).start({});
    Member& leecher = crowd.add(on(v6_alone, {"dht"}, dht.settings()));
    crowd.world.run_for(60s);
    leecher.start_magnet({});
    CHECK(comes_whole(crowd, leecher));
}

TEST_CASE("where there is IPv6 alone a magnet link needs no more than the local network", "[swarm][magnet]")
{
    Crowd crowd({.files = {}, .trackers = {}});
    add_waiting_seed(crowd, on(v6_alone, {"lsd"})).start({});
    Member& leecher = crowd.add(on(v6_alone, {"lsd"}));
    leecher.start_magnet({});
    CHECK(comes_whole(crowd, leecher));
}

TEST_CASE("where there is IPv6 alone a magnet link needs no more than a peer that it names", "[swarm][magnet]")
{
    Crowd crowd({.files = {}, .trackers = {}});
    Member& seed = add_waiting_seed(crowd, on(v6_alone));
    seed.start({});
    Member& leecher = crowd.add(on(v6_alone));
    leecher.start_magnet({}, {.peers = {{seed.node.address().to_string(), 6881}}});
    CHECK(comes_whole(crowd, leecher));
}

TEST_CASE("a session listens at several addresses, and serves those of one family each", "[swarm][magnet]")
{
    Crowd crowd({.files = {}, .trackers = {}});
    Member& seed = add_waiting_seed(crowd, on(both));
    REQUIRE(seed.session->listening() == std::vector{seed.node.endpoint(false, 6881), seed.node.endpoint(true, 6881)});
    seed.start({});
    Member& four = crowd.add(on({}));
    Member& six = crowd.add(on(v6_alone));
    four.start_magnet({seed.node.endpoint(false, 6881)});
    six.start_magnet({seed.node.endpoint(true, 6881)});
    CHECK(comes_whole(crowd, four));
    CHECK(comes_whole(crowd, six));
}

TEST_CASE("who has both families brings the pieces from one to the other", "[swarm][magnet]")
{
    const std::string url = TrackerHost::http_url;
    Crowd crowd({.files = {}, .trackers = {url}});
    const TrackerHost tracker(crowd, 60s, both);
    Member& seed = add_waiting_seed(crowd, on({}));
    seed.start({});
    Member& between = crowd.add(on(both));
    Member& six = crowd.add(on(v6_alone));
    between.start({seed.endpoint()});
    six.start_magnet({between.node.endpoint(true, 6881)});
    CHECK(comes_whole(crowd, six));
}
