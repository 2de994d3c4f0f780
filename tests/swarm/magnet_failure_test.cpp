// Magnet links where something does not work, and what comes in its place.
#include "support/lab_services.hpp"
#include "support/speaker.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using shoal::support::Crowd;
using shoal::support::DhtHosts;
using shoal::support::Link;
using shoal::support::Member;
using shoal::support::MemberOptions;
using shoal::support::MetadataLiar;
using shoal::support::Speaker;
using shoal::support::TrackerHost;

namespace {

using namespace shoal;

const Link dead_trackers{.trackers = {"http://gone.local/announce", "udp://10.0.200.200:6969/announce"}};

support::TorrentShape failing_shape() { return {.files = {}, .has_octets = true, .trackers = {}}; }

MemberOptions member_with(std::vector<std::string> discoveries, session::PluginSettings plugins = {}, bool is_seed = false)
{
    return {.is_seed = is_seed,
            .discoveries = std::move(discoveries),
            .extensions = {"metadata", "pex"},
            .plugins = std::move(plugins)};
}

bool resolves(Crowd& crowd, Member& leecher, lab::Duration limit)
{
    return crowd.world.run_until([&] { return leecher.is_resolved(); }, crowd.world.now() + limit);
}

}  // namespace

TEST_CASE("dead trackers cost nothing while the DHT answers", "[swarm][magnet]")
{
    Crowd crowd(failing_shape());
    const DhtHosts dht(crowd, 6);
    crowd.world.run_for(60s);
    crowd.add(member_with({"dht"}, dht.settings(), true)).start({});
    Member& leecher = crowd.add(member_with({"dht"}, dht.settings()));
    crowd.world.run_for(60s);
    leecher.start_magnet({}, dead_trackers);
    REQUIRE(resolves(crowd, leecher, 20s));
    REQUIRE(crowd.run_until_complete(120s));
    CHECK(leecher.count("tracker.error") > 0);
}

TEST_CASE("where nobody is to be found, a magnet link says why, and goes on when somebody comes", "[swarm][magnet]")
{
    Crowd crowd(failing_shape());
    const DhtHosts dht(crowd, 6);
    Member& seed = crowd.add(member_with({"dht"}, dht.settings(), true));
    Member& leecher = crowd.add(member_with({"dht"}, dht.settings()));
    leecher.start_magnet({}, dead_trackers);
    const auto says = [&](std::string_view text) {
        const auto stall = [&] { return leecher.resolution().status().stall; };
        return crowd.world.run_until([&] { return stall().find(text) != std::string::npos; }, crowd.world.now() + 120s);
    };
    CHECK(says("looking for peers (dht)"));
    CHECK(says("tracker: "));
    crowd.world.run_for(3600s);
    // One at the start, seven with growing pauses, then one in 15 minutes.
    CHECK(leecher.count("discovery.ended") >= 5);
    CHECK(leecher.count("discovery.ended") <= 12);
    CHECK(leecher.count("tracker.error") <= 2 * 10);
    REQUIRE_FALSE(leecher.is_resolved());
    seed.start({});
    REQUIRE(resolves(crowd, leecher, 960s));
    REQUIRE(crowd.run_until_complete(120s));
}

TEST_CASE("the loss of everybody is the time to ask everywhere, at once and then with growing pauses", "[swarm][magnet]")
{
    Crowd crowd(failing_shape());
    const DhtHosts dht(crowd, 6);
    const TrackerHost tracker(crowd, 240s);  // with a min interval of 120 s
    auto slow = member_with({"dht"}, dht.settings(), true);
    slow.node.up = 1 << 10;
    Member& seed = crowd.add(slow);
    Member& leecher = crowd.add(member_with({"dht"}, dht.settings()));
    seed.start({});
    leecher.start_magnet({seed.endpoint()}, {.trackers = {TrackerHost::http_url}});
    REQUIRE(resolves(crowd, leecher, 60s));
    crowd.world.run_for(1800s);
    REQUIRE_FALSE(leecher.is_complete());
    REQUIRE(leecher.status().swarm.peers == 1);
    const auto searches = leecher.count("discovery.ended");
    crowd.world.partition(seed.node.index(), leecher.node.index());
    crowd.world.reset_connections(seed.node.index(), leecher.node.index());
    crowd.world.run_for(20s);
    CHECK(leecher.status().swarm.peers == 0);
    CHECK_FALSE(leecher.status().swarm.stall.empty());
    CHECK(leecher.count("discovery.ended") >= searches + 1);
    const auto replies = leecher.count("tracker.reply");
    crowd.world.run_for(125s);
    CHECK(leecher.count("tracker.reply") > replies);
    crowd.world.run_for(3600s);
    CHECK(leecher.count("discovery.ended") <= searches + 13);
    CHECK(leecher.count("tracker.reply") <= replies + 3725 / 120 + 1);
    crowd.world.heal(seed.node.index(), leecher.node.index());
    REQUIRE(crowd.run_until_complete(6000s));
}

TEST_CASE("metadata that one peer never sends comes from another", "[swarm][magnet]")
{
    Crowd crowd(failing_shape());
    Member& seed = crowd.add(member_with({}, {}, true));
    Member& leecher = crowd.add(member_with({}));
    leecher.start_magnet({});
    const auto size = static_cast<std::uint32_t>(crowd.content.torrent.info.size());
    const Speaker silent(crowd, leecher, {.extensions = {{"ut_metadata", 3}}, .metadata_size = size});
    crowd.world.run_for(5s);
    CHECK(silent.heard.size() >= 1);
    seed.start({});
    leecher.resolution().add_peer(seed.endpoint());
    CHECK(resolves(crowd, leecher, 60s));
}

TEST_CASE("metadata that is wrong for ever is not asked for in a frenzy, and the right one is taken", "[swarm][magnet]")
{
    Crowd crowd(failing_shape());
    Member& seed = crowd.add(member_with({}, {}, true));
    Member& leecher = crowd.add(member_with({}));
    leecher.start_magnet({});
    const auto size = static_cast<std::uint32_t>(crowd.content.torrent.info.size());
    // They come again from other addresses as fast as they are sent away.
    std::vector<std::unique_ptr<MetadataLiar>> liars;
    std::size_t lies = 0;
    for (int second = 0; second < 300; ++second) {
        if (second % 10 == 0) liars.push_back(std::make_unique<MetadataLiar>(crowd, leecher, size));
        crowd.world.run_for(1s);
        for (const auto& liar : liars) liar->answer();
    }
    for (const auto& liar : liars) lies += liar->lies;
    REQUIRE_FALSE(leecher.is_resolved());
    CHECK(lies >= 2);
    CHECK(lies <= 3 * liars.size());
    seed.start({});
    leecher.resolution().add_peer(seed.endpoint());
    CHECK(resolves(crowd, leecher, 60s));
}

TEST_CASE("a session that stops while it looks for metadata leaves nothing behind", "[swarm][magnet]")
{
    Crowd crowd(failing_shape());
    const DhtHosts dht(crowd, 3);
    const TrackerHost tracker(crowd);
    Member& leecher = crowd.add(member_with({"dht", "lsd"}, dht.settings()));
    auto link = dead_trackers;
    link.trackers.push_back(TrackerHost::http_url);
    link.peers.push_back({"10.0.200.201", 6881});
    leecher.start_magnet({}, link);
    const Speaker silent(crowd, leecher, {.extensions = {{"ut_metadata", 3}}, .metadata_size = 1000});
    crowd.world.run_for(std::chrono::seconds{GENERATE(0, 1, 10, 100)});
    CHECK(leecher.node.in_use().events > 0);
    bool is_done = false;
    leecher.session->stop([&] { is_done = true; });
    REQUIRE(crowd.world.run_until([&] { return is_done; }, crowd.world.now() + 10s));
    leecher.session.reset();
    crowd.world.run_for(30s);
    CHECK(leecher.node.in_use() == lab::InUse{});
}
