// A hundred magnet links at once in one session, and what is left when it ends.
#include "support/lab_services.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <optional>
#include <utility>

using namespace std::chrono_literals;
using shoal::support::BareHost;
using shoal::support::Crowd;
using shoal::support::DhtHosts;
using shoal::support::TrackerHost;

namespace {

using namespace shoal;

constexpr std::size_t torrent_count = 100;
constexpr std::size_t seed_count = 4;

std::vector<metainfo::TorrentFile> torrents_on(const std::string& tracker)
{
    std::vector<metainfo::TorrentFile> all;
    for (std::uint32_t i = 0; i < torrent_count; ++i) {
        // Of another length each, and so another info-hash.
        support::TorrentShape shape{.pieces = 8, .piece_length = 16 * 1024, .last_piece_cut = i, .files = {}};
        // A third has a tracker, the rest the DHT and the local network.
        if (i % 3 == 0) shape.trackers = {tracker};
        all.push_back(support::make_content(shape).torrent);
    }
    return all;
}

session::AddOptions options_for(lab::Node& node, const metainfo::TorrentFile* had)
{
    const auto store = [&node, is_seed = had != nullptr](const metainfo::TorrentFile& torrent) {
        auto disk = std::make_shared<lab::SyntheticStore::Disk>(torrent.geometry.piece_count());
        if (is_seed) disk->pieces.set_all();
        return std::make_unique<lab::SyntheticStore>(node.loop(), disk, 1ms);
    };
    session::AddOptions options;
    options.folder = "/";
    if (had != nullptr) options.store = store(*had);
    options.make_store = [store](const auto& torrent) { return store(*torrent); };
    return options;
}

metainfo::Magnet magnet_of(const metainfo::TorrentFile& torrent)
{
    metainfo::Magnet magnet;
    magnet.info_hash = torrent.info_hash;
    for (const auto& tier : torrent.trackers) magnet.trackers.push_back(tier.front());
    return magnet;
}

session::SessionSettings settings_on(const lab::Node& node, const DhtHosts& dht)
{
    session::SessionSettings settings{.listen = {node.endpoint(6881)},
                                      .discoveries = {"dht", "lsd"},
                                      .extensions = {"metadata", "pex"}};
    settings.swarm.is_synthetic = true;
    settings.plugins = dht.settings();
    return settings;
}

bool is_complete(session::Session& session)
{
    return session.torrents().size() == torrent_count && std::ranges::all_of(session.torrents(), [](const auto& entry) {
               return entry.second->stage() == torrent::Stage::seeding;
           });
}

}  // namespace

TEST_CASE("a hundred magnet links at once come whole, and leave no timer, socket or lookup behind", "[swarm][magnet]")
{
    Crowd crowd({.pieces = 1, .last_piece_cut = 0, .files = {}});  // for its world; its torrent is not used
    std::optional<TrackerHost> tracker(std::in_place, crowd);
    std::optional<DhtHosts> dht(std::in_place, crowd, 8);
    crowd.world.run_for(60s);
    const auto torrents = torrents_on(TrackerHost::udp_url);
    std::vector<std::unique_ptr<BareHost>> seeds;
    for (std::size_t i = 0; i < seed_count; ++i) {
        auto& node = crowd.world.add_node();
        auto& seed = *seeds.emplace_back(std::make_unique<BareHost>(crowd, node, settings_on(node, *dht)));
        REQUIRE(seed.session->listen());
        for (std::size_t t = i; t < torrent_count; t += seed_count) {
            REQUIRE(seed.session->add(torrents[t], options_for(node, &torrents[t])));
        }
    }
    crowd.world.run_for(120s);
    auto& node = crowd.world.add_node();
    BareHost leecher(crowd, node, settings_on(node, *dht));
    REQUIRE(leecher.session->listen());
    for (const auto& torrent : torrents) REQUIRE(leecher.session->add(magnet_of(torrent), options_for(node, nullptr)));
    const auto end = crowd.world.now() + 3600s;
    while (!is_complete(*leecher.session) && crowd.world.now() < end) crowd.world.run_for(1s);
    REQUIRE(is_complete(*leecher.session));

    CHECK(node.in_use().listeners == 1);
    CHECK(node.in_use().datagram_sockets >= 2);
    bool is_done = false;
    leecher.session->stop([&] { is_done = true; });
    REQUIRE(crowd.world.run_until([&] { return is_done; }, crowd.world.now() + 30s));
    leecher.session.reset();
    crowd.world.run_for(30s);  // what others had under way to it has come to nothing
    CHECK(node.in_use() == lab::InUse{});

    seeds.clear();
    dht.reset();
    tracker.reset();
    crowd.world.run_for(120s);
    CHECK_FALSE(crowd.world.step());
}
