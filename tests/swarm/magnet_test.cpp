// A torrent from nothing but a magnet link, whatever the link and the network offer.
#include "support/lab_services.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using shoal::metainfo::Magnet;
using shoal::support::Crowd;
using shoal::support::DhtHosts;
using shoal::support::Ear;
using shoal::support::Member;
using shoal::support::MemberOptions;
using shoal::support::TrackerHost;

namespace {

using namespace shoal;

support::TorrentShape shape(std::vector<std::string> trackers = {})
{
    return {.files = {}, .has_octets = true, .trackers = std::move(trackers)};
}

MemberOptions with(std::vector<std::string> discoveries, session::PluginSettings plugins = {})
{
    return {.discoveries = std::move(discoveries), .extensions = {"metadata", "pex"}, .plugins = std::move(plugins)};
}

Member& add_seed(Crowd& crowd, MemberOptions options)
{
    options.is_seed = true;
    options.swarm.most_connecting = 0;  // so that it is the other one who has to find somebody
    return crowd.add(std::move(options));
}

session::AddOptions options()
{
    session::AddOptions options;
    options.folder = "/";
    return options;
}

std::uint32_t peers_from(Member& member, std::string_view source)
{
    const auto count = [&](const auto& sources) {
        const auto found = sources.find(source);
        return found == sources.end() ? 0 : found->second;
    };
    return member.is_resolved() ? count(member.status().swarm.sources) : count(member.resolution().status().sources);
}

// Everything came, and a peer of that source was seen on the way.
void require_whole_by(Crowd& crowd, Member& leecher, std::string_view source)
{
    const auto met = [&] { return peers_from(leecher, source) > 0; };
    REQUIRE(crowd.world.run_until(met, crowd.world.now() + 300s));
    REQUIRE(crowd.run_until_complete(300s));
    REQUIRE(*leecher.octets == crowd.content.octets);
}

}  // namespace

TEST_CASE("a magnet link needs no more than a tracker", "[swarm][magnet]")
{
    const std::string url = GENERATE(as<std::string>(), TrackerHost::http_url, TrackerHost::udp_url);
    Crowd crowd(shape({url}));
    const TrackerHost tracker(crowd);
    add_seed(crowd, with({})).start({});
    Member& leecher = crowd.add(with({}));
    leecher.start_magnet({}, {.trackers = {url}});
    require_whole_by(crowd, leecher, "tracker");
}

TEST_CASE("a magnet link needs no more than the DHT", "[swarm][magnet]")
{
    Crowd crowd(shape());
    const DhtHosts dht(crowd, 6);
    crowd.world.run_for(60s);
    add_seed(crowd, with({"dht"}, dht.settings())).start({});
    Member& leecher = crowd.add(with({"dht"}, dht.settings()));
    crowd.world.run_for(60s);
    leecher.start_magnet({});
    require_whole_by(crowd, leecher, "dht");
    CHECK(leecher.count("discovery.ended") > 0);
}

TEST_CASE("a magnet link needs no more than a peer that it names", "[swarm][magnet]")
{
    const bool is_by_name = GENERATE(false, true);
    Crowd crowd(shape());
    Member& seed = add_seed(crowd, with({}));
    seed.start({});
    crowd.world.add_name("seed.local", {seed.node.address()});
    Member& leecher = crowd.add(with({}));
    leecher.start_magnet({}, {.peers = {{is_by_name ? "seed.local" : seed.node.address().to_string(), 6881}}});
    require_whole_by(crowd, leecher, "magnet");
}

TEST_CASE("a magnet link needs no more than somebody on the local network", "[swarm][magnet]")
{
    const bool is_leecher_first = GENERATE(false, true);
    Crowd crowd(shape());
    Member& seed = add_seed(crowd, with({"lsd"}));
    Member& leecher = crowd.add(with({"lsd"}));
    if (!is_leecher_first) seed.start({});
    leecher.start_magnet({});
    crowd.world.run_for(60s);
    CHECK(leecher.is_resolved() == !is_leecher_first);
    if (is_leecher_first) seed.start({});
    const auto resolved = [&] { return leecher.is_resolved(); };
    REQUIRE(crowd.world.run_until(resolved, crowd.world.now() + 60s));
    REQUIRE(crowd.run_until_complete(300s));
}

TEST_CASE("who calls while the metadata is missing is welcome", "[swarm][magnet]")
{
    Crowd crowd(shape());
    auto options = with({});
    options.is_seed = true;
    Member& seed = crowd.add(options);
    Member& leecher = crowd.add(with({}));
    leecher.start_magnet({});
    crowd.world.run_for(5s);
    seed.start({leecher.endpoint()});
    require_whole_by(crowd, leecher, "incoming");
    CHECK(crowd.world.now() < shoal::lab::Time{10s});  // it was called back at once
}

TEST_CASE("what a link selects is fetched and nothing else", "[swarm][magnet]")
{
    Crowd crowd({.pieces = 6, .last_piece_cut = 0, .files = {131072, 65536, 196608}, .trackers = {}});
    Member& seed = add_seed(crowd, with({}));
    seed.start({});
    Member& leecher = crowd.add(with({}));
    leecher.start_magnet({seed.endpoint()}, {.selection = {{1, 1}}});
    REQUIRE(crowd.world.run_until([&] { return leecher.is_resolved(); }, crowd.world.now() + 60s));
    REQUIRE(crowd.run_until_complete(60s));
    CHECK(leecher.status().wanted_octets == 65536);
    CHECK(leecher.disk->pieces.count() == 1);
}

TEST_CASE("a link that selects files that there are not fails with its reason", "[swarm][magnet]")
{
    Crowd crowd({.pieces = 6, .last_piece_cut = 0, .files = {131072, 65536, 196608}, .trackers = {}});
    Member& seed = add_seed(crowd, with({}));
    seed.start({});
    Member& leecher = crowd.add(with({}));
    leecher.start_magnet({seed.endpoint()}, {.selection = {{3, 9}}});
    crowd.world.run_for(60s);
    CHECK_FALSE(leecher.is_resolved());
    const auto* why = leecher.session->resolution_failure(leecher.handle());
    REQUIRE(why != nullptr);
    CHECK(why->text == "crowd has none of the files that the link selects");
    CHECK(*leecher.last("torrent.state")->as_map()->find("why")->as_text() == why->text);
}

TEST_CASE("a torrent that is here already is not added again", "[swarm][magnet]")
{
    Crowd crowd(shape());
    Member& seed = add_seed(crowd, with({}));
    seed.start({});
    Member& leecher = crowd.add(with({}));
    leecher.start_magnet({seed.endpoint()});
    const auto again = [&] {
        Magnet same;
        same.info_hash = crowd.content.torrent.info_hash;
        const auto added = leecher.session->add(same, options());
        return added ? "added" : added.error().text;
    };
    CHECK(again() == crowd.content.torrent.info_hash.hex() + " is here already");
    const auto as_file = leecher.session->add(crowd.content.torrent, options());
    REQUIRE_FALSE(as_file);
    CHECK(as_file.error().text == "crowd is here already");
    REQUIRE(crowd.world.run_until([&] { return leecher.is_resolved(); }, crowd.world.now() + 60s));
    CHECK(again() == crowd.content.torrent.info_hash.hex() + " is here already");
}

TEST_CASE("what turns out to be private is looked for at its trackers only, from then on", "[swarm][magnet]")
{
    const bool is_private = GENERATE(true, false);
    auto content = shape({TrackerHost::http_url});
    content.is_private = is_private;
    Crowd crowd(content);
    const TrackerHost tracker(crowd);
    const auto hash = crowd.content.torrent.info_hash.wire();
    auto& router = crowd.world.add_node();
    const Ear dht(router, router.endpoint(6881), Bytes(hash.bytes.begin(), hash.bytes.end()));
    const auto line = as_bytes("Infohash: ");
    const Ear lsd(crowd.world.add_node(), *Endpoint::parse("239.192.152.143:6771"), Bytes(line.begin(), line.end()));
    auto seed = with({});
    seed.node.up = 1 << 10;  // so that it lasts half an hour
    add_seed(crowd, seed).start({});
    Member& leecher = crowd.add(with({"dht", "lsd"}, {{"dht", {{"routers", router.endpoint(6881).to_string()}}}}));
    leecher.start_magnet({}, {.trackers = {TrackerHost::http_url}});
    REQUIRE(crowd.world.run_until([&] { return leecher.is_resolved(); }, crowd.world.now() + 120s));
    crowd.world.run_for(2s);  // what was on its way has arrived
    REQUIRE(dht.heard > 0);
    REQUIRE(lsd.heard > 0);
    const auto before = std::pair(dht.heard, lsd.heard);
    REQUIRE_FALSE(leecher.is_complete());
    crowd.world.run_for(1200s);
    CHECK((dht.heard == before.first) == is_private);
    CHECK((lsd.heard == before.second) == is_private);
    REQUIRE(crowd.run_until_complete(3600s));
}
