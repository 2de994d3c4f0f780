#include "support/crowd.hpp"
#include "support/speaker.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>

// The wire extensions in whole sessions: metadata for magnet links (BEP 9), peer exchange (BEP 11), lost pieces (BEP 54).

using namespace std::chrono_literals;
using shoal::support::Crowd;
using shoal::support::Member;
using shoal::support::MemberOptions;
using shoal::support::MetadataLiar;
using shoal::support::Speaker;

namespace {

using namespace shoal;

const std::vector<std::string> metadata_and_pex = {"metadata", "pex"};

// 13 blocks of metadata.
support::TorrentShape much_metadata()
{
    return {.pieces = 10'000, .piece_length = 1024, .last_piece_cut = 0, .files = {}, .has_octets = true, .trackers = {}};
}

std::uint32_t peers_from(Member& member, std::string_view source)
{
    const auto& sources = member.status().swarm.sources;
    const auto found = sources.find(source);
    return found == sources.end() ? 0 : found->second;
}

// Everybody knows the first one, who seeds, and nobody else.
void start_around_first(Crowd& crowd)
{
    crowd.members[0]->start({});
    for (std::size_t i = 1; i < crowd.members.size(); ++i) crowd.members[i]->start({crowd.members[0]->endpoint()});
}

void add_slow_members(Crowd& crowd, std::size_t count, const std::vector<std::string>& extensions)
{
    // So slow that nobody is complete, and hangs up on others that are, while the test looks.
    crowd.add({.is_seed = true, .node = {.up = 8 << 10}, .extensions = extensions});
    for (std::size_t i = 1; i < count; ++i) crowd.add({.node = {.up = 8 << 10}, .extensions = extensions});
}

}  // namespace

TEST_CASE("a magnet link becomes a whole torrent with one peer that is known", "[swarm][extensions]")
{
    const bool is_private = GENERATE(false, true);
    Crowd crowd({.files = {}, .is_private = is_private, .has_octets = true, .trackers = {}});
    Member& seed = crowd.add({.is_seed = true, .extensions = metadata_and_pex});
    Member& leecher = crowd.add({.extensions = metadata_and_pex});
    seed.start({});
    leecher.start_magnet({seed.endpoint()});
    REQUIRE(crowd.world.run_until([&] { return leecher.is_resolved(); }, crowd.world.now() + 30s));
    REQUIRE(leecher.count("torrent.metadata") == 1);
    REQUIRE(crowd.run_until_complete(120s));
    REQUIRE(*leecher.octets == crowd.content.octets);
}

TEST_CASE("what came as a magnet link is passed on as one", "[swarm][extensions]")
{
    Crowd crowd({.files = {}, .has_octets = true, .trackers = {}});
    Member& seed = crowd.add({.is_seed = true, .extensions = metadata_and_pex});
    Member& first = crowd.add({.extensions = metadata_and_pex});
    Member& second = crowd.add({.extensions = metadata_and_pex});
    seed.start({});
    first.start_magnet({seed.endpoint()});
    second.start_magnet({first.endpoint()});
    REQUIRE(crowd.world.run_until([&] { return first.is_resolved() && second.is_resolved(); },
                                  crowd.world.now() + 600s));
    REQUIRE(crowd.run_until_complete(600s));
}

TEST_CASE("who called us while we had but a magnet link is called for the download", "[swarm][extensions]")
{
    Crowd crowd({.files = {}, .has_octets = true, .trackers = {}});
    Member& seed = crowd.add({.is_seed = true, .extensions = metadata_and_pex});
    Member& leecher = crowd.add({.extensions = metadata_and_pex});
    leecher.start_magnet({});
    seed.start({leecher.endpoint()});
    REQUIRE(crowd.world.run_until([&] { return leecher.is_resolved(); }, crowd.world.now() + 30s));
    // Nobody else would: the seed has no reason to hurry.
    crowd.world.run_for(1s);
    REQUIRE(peers_from(leecher, "incoming") == 1);
    REQUIRE(leecher.status().totals.downloaded > 0);
}

TEST_CASE("a peer that offers no metadata is not said to be asked for it", "[swarm][extensions]")
{
    Crowd crowd({.files = {}, .has_octets = true, .trackers = {}});
    Member& leecher = crowd.add({.extensions = metadata_and_pex});
    leecher.start_magnet({});
    Speaker mute(crowd, leecher, {.extensions = {}});
    REQUIRE(crowd.world.run_until([&] { return leecher.resolution().status().peers == 1; }, crowd.world.now() + 5s));
    crowd.world.run_for(1s);
    REQUIRE(leecher.resolution().status().stall == "connected to 1 peer, but none offers the metadata");
}

TEST_CASE("metadata comes from five peers of which two lie", "[swarm][extensions]")
{
    const bool is_size_right = GENERATE(true, false);
    Crowd crowd(much_metadata());
    Member& victim = crowd.add({.extensions = metadata_and_pex});
    for (int i = 0; i < 3; ++i) crowd.add({.is_seed = true, .extensions = metadata_and_pex}).start({});
    const auto size = static_cast<std::uint32_t>(crowd.content.torrent.info.size());
    victim.start_magnet({});
    std::vector<std::unique_ptr<MetadataLiar>> liars;
    for (std::uint32_t i = 0; i < 2; ++i) {
        liars.push_back(std::make_unique<MetadataLiar>(crowd, victim, is_size_right ? size : size + 1 + i));
    }
    crowd.world.run_for(1s);
    for (std::size_t i = 1; i < crowd.members.size(); ++i) victim.resolution().add_peer(crowd.members[i]->endpoint());
    for (int second = 0; second < 120 && !victim.is_resolved(); ++second) {
        crowd.world.run_for(1s);
        for (const auto& liar : liars) liar->answer();
    }
    REQUIRE(victim.is_resolved());
    REQUIRE(victim.torrent().metainfo().info == crowd.content.torrent.info);
    REQUIRE(liars[0]->lies + liars[1]->lies > 0);
}

TEST_CASE("peer exchange alone makes a swarm of twenty who knew but one", "[swarm][extensions]")
{
    Crowd crowd({.files = {}, .trackers = {}});
    add_slow_members(crowd, 20, {"pex"});
    start_around_first(crowd);
    crowd.world.run_for(180s);
    for (std::size_t i = 1; i < crowd.members.size(); ++i) {
        INFO("member " << i);
        CHECK(crowd.members[i]->status().swarm.peers >= 15);
    }
    CHECK(peers_from(*crowd.members[1], "pex") > 0);
}

TEST_CASE("without peer exchange those who knew but one know but one", "[swarm][extensions]")
{
    Crowd crowd({.files = {}, .trackers = {}});
    add_slow_members(crowd, 6, {});
    start_around_first(crowd);
    crowd.world.run_for(180s);
    for (std::size_t i = 1; i < crowd.members.size(); ++i) CHECK(crowd.members[i]->status().swarm.peers == 1);
}

TEST_CASE("nobody is told of others, or heard, in a private torrent", "[swarm][extensions]")
{
    Crowd crowd({.files = {}, .is_private = true, .trackers = {}});
    add_slow_members(crowd, 6, metadata_and_pex);
    start_around_first(crowd);
    crowd.world.run_for(180s);
    for (std::size_t i = 1; i < crowd.members.size(); ++i) {
        CHECK(crowd.members[i]->status().swarm.peers == 1);
        CHECK(peers_from(*crowd.members[i], "pex") == 0);
    }
}

TEST_CASE("a private torrent does not offer peer exchange, but its metadata", "[swarm][extensions]")
{
    Crowd crowd({.files = {}, .is_private = true, .has_octets = true, .trackers = {}});
    Member& seed = crowd.add({.is_seed = true, .extensions = metadata_and_pex});
    seed.start({});
    Speaker speaker(crowd, seed, {.extensions = {{"ut_metadata", 1}, {"ut_pex", 2}}});
    crowd.world.run_for(5s);
    CHECK(speaker.theirs.id_of("ut_metadata"));
    CHECK(speaker.theirs.metadata_size == crowd.content.torrent.info.size());
    CHECK_FALSE(speaker.theirs.id_of("ut_pex"));
}

namespace {

// One that fetches four pieces of two blocks from speakers that have all of them.
struct Losing {
    explicit Losing()
        : crowd({.pieces = 4, .piece_length = 32 * 1024, .files = {}, .has_octets = true, .trackers = {}}),
          victim(crowd.add({.extensions = {"donthave"}}))
    {
        victim.start({});
    }

    Speaker& meet()
    {
        speakers.push_back(std::make_unique<Speaker>(crowd, victim, peer::ExtendedHandshake{}));
        speakers.back()->wire().say(peer::HaveAll{});
        crowd.world.run_for(2s);
        return *speakers.back();
    }

    void lose(Speaker& speaker, std::uint32_t piece)
    {
        Bytes payload(4);
        store_be(payload.data(), piece);
        speaker.say("lt_donthave", payload);
    }

    // Gives all that it is asked for, for a while; how many requests there were for each piece.
    std::map<std::uint32_t, int> give(Speaker& speaker)
    {
        std::map<std::uint32_t, int> times;
        for (int round = 0; round < 20; ++round) {
            for (const auto& request : std::exchange(speaker.wire().asked, {})) {
                ++times[request.piece];
                const auto& geometry = crowd.content.torrent.geometry;
                const auto offset = geometry.offset(*geometry.piece(request.piece)) + request.begin;
                speaker.wire().give(request, ByteView(crowd.content.octets).subspan(offset, request.length));
            }
            crowd.world.run_for(1s);
        }
        return times;
    }

    Crowd crowd;
    Member& victim;
    std::vector<std::unique_ptr<Speaker>> speakers;
};

}  // namespace

TEST_CASE("a peer that has lost a piece is not asked for it", "[swarm][extensions]")
{
    Losing scene;
    Speaker& speaker = scene.meet();
    scene.lose(speaker, 2);
    scene.crowd.world.run_for(1s);
    speaker.wire().say(peer::Unchoke{});
    const auto times = scene.give(speaker);
    CHECK(times.size() == 3);
    CHECK_FALSE(times.contains(2));
    CHECK(scene.victim.torrent().ledger().have().count() == 3);
    CHECK(scene.victim.status().swarm.peers == 1);
}

TEST_CASE("X5 a piece that was asked for and is lost is asked of another", "[swarm][extensions]")
{
    Losing scene;
    Speaker& forgetful = scene.meet();
    forgetful.wire().say(peer::Unchoke{});
    scene.crowd.world.run_for(2s);
    REQUIRE_FALSE(forgetful.wire().asked.empty());
    for (std::uint32_t piece = 0; piece < 4; ++piece) scene.lose(forgetful, piece);
    Speaker& other = scene.meet();
    other.wire().say(peer::Unchoke{});
    CHECK(scene.give(other).size() == 4);
    CHECK(scene.victim.is_complete());
}

TEST_CASE("X5 a peer that loses a piece that there is not is disconnected", "[swarm][extensions]")
{
    Losing scene;
    Speaker& speaker = scene.meet();
    REQUIRE(scene.victim.status().swarm.peers == 1);
    scene.lose(speaker, 4);
    scene.crowd.world.run_for(2s);
    CHECK(scene.victim.status().swarm.peers == 0);
}
