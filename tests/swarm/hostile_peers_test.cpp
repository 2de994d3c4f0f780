#include "support/crowd.hpp"
#include "support/wire_peer.hpp"
#include "unit/lab/actors.hpp"

#include "peer/encoder.hpp"
#include "peer/handshake.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using shoal::lab::BlockFate;
using shoal::support::Crowd;
using shoal::support::Member;
using shoal::support::WirePeer;

namespace {

using namespace shoal;

// Asks and asks, as fast as the line goes, and reads nothing.
class Flooder final : private environment::Stream::Events {
public:
    using Say = std::function<peer::Message(std::uint32_t number)>;

    Flooder(lab::Node& node, const Member& victim, const Hash20& info_hash, Say say) : say_(std::move(say))
    {
        peer::Handshake handshake{.capabilities = {.fast = true}, .info_hash = info_hash, .peer_id = {}};
        handshake.peer_id.bytes.fill(std::byte{0x66});
        const auto octets = peer::encode_handshake(handshake);
        said_.assign(octets.begin(), octets.end());
        node.environment().network.connect(victim.endpoint(), 10s, [this](Result<std::unique_ptr<environment::Stream>> made) {
            if (!made) return;
            stream_ = std::move(*made);
            stream_->set_events(this);
            stream_->want_write(true);
        });
    }

    std::uint64_t octets_sent() const { return sent_; }

private:
    void on_readable() override {}
    void on_writable() override
    {
        const ByteView rest(said_);
        const auto out = stream_->write({&rest, 1}, false);
        sent_ += out.bytes;
        said_.erase(said_.begin(), said_.begin() + static_cast<std::ptrdiff_t>(out.bytes));
        if (said_.empty()) {
            for (int i = 0; i < 1000; ++i) peer::append_message(said_, say_(number_++));
        }
        if (out.state == environment::IoState::closed || out.state == environment::IoState::failed) stream_.reset();
    }

    std::unique_ptr<environment::Stream> stream_;
    Say say_;
    std::uint32_t number_ = 0;
    Bytes said_;
    std::uint64_t sent_ = 0;
};

// A crowd of one, with real octets, and room for peers that are none of ours.
struct Alone {
    explicit Alone(const support::TorrentShape& shape, support::MemberOptions options = {})
        : crowd(shape), victim(crowd.add(std::move(options)))
    {
        victim.start({});
    }

    // Whoever has these pieces, and gives.
    WirePeer& meet(const std::vector<std::uint32_t>& pieces)
    {
        peers.push_back(std::make_unique<WirePeer>(crowd.world.add_node(), crowd.content.torrent.info_hash.wire()));
        peers.back()->connect(victim.endpoint());
        for (const auto piece : pieces) peers.back()->say(peer::Have{piece});
        peers.back()->say(peer::Unchoke{});
        crowd.world.run_for(1s);
        return *peers.back();
    }

    ByteView octets(const peer::Request& request) const
    {
        const auto& geometry = crowd.content.torrent.geometry;
        const auto offset = geometry.offset(*geometry.piece(request.piece)) + request.begin;
        return ByteView(crowd.content.octets).subspan(offset, request.length);
    }

    Crowd crowd;
    Member& victim;
    std::vector<std::unique_ptr<WirePeer>> peers;
};

support::TorrentShape few_pieces()
{
    return {.pieces = 5, .piece_length = 32 * 1024, .files = {}, .has_octets = true, .trackers = {}};
}

}  // namespace

TEST_CASE("P4 a peer that asks and never reads the refusals is not listened to, and then dropped", "[swarm][hostile]")
{
    Crowd crowd({.files = {}, .has_octets = true, .trackers = {}});
    Member& seed = crowd.add({.is_seed = true});
    lab::Node& node = crowd.world.add_node();
    crowd.start();
    crowd.world.run_for(5s);
    // It does not say that it is interested, and stays choked: each request is refused.
    Flooder flooder(node, seed, crowd.content.torrent.info_hash.wire(), [](std::uint32_t i) {
        return peer::Request{i % 32, 0, 16'384};
    });
    crowd.world.run_for(100s);
    // What fills the windows of the two connections' directions, and no more.
    const auto sent = flooder.octets_sent();
    REQUIRE(sent > 1'000'000);
    REQUIRE(sent < 20'000'000);
    REQUIRE(seed.status().swarm.peers == 1);
    crowd.world.run_for(100s);
    REQUIRE(flooder.octets_sent() == sent);
    REQUIRE(seed.status().swarm.peers == 0);
}

TEST_CASE("P4 a peer that asks for ever other things and reads none of them is given what fits the line, and then dropped",
          "[swarm][hostile]")
{
    Crowd crowd({.files = {}, .has_octets = true, .trackers = {}});
    Member& seed = crowd.add({.is_seed = true});
    lab::Node& node = crowd.world.add_node();
    crowd.start();
    crowd.world.run_for(5s);
    Flooder flooder(node, seed, crowd.content.torrent.info_hash.wire(), [](std::uint32_t i) {
        if (i == 0) return peer::Message(peer::Interested{});
        return peer::Message(peer::Request{i % 31, i / 31 % 40'000, 1 + i % 16'384});
    });
    crowd.world.run_for(100s);
    const auto sent = flooder.octets_sent();
    const auto given = seed.status().totals.uploaded;
    REQUIRE(given > 0);
    REQUIRE(given < 6'000'000);
    REQUIRE(sent > 100'000);
    REQUIRE(sent < 20'000'000);
    crowd.world.run_for(200s);
    REQUIRE(flooder.octets_sent() == sent);
    REQUIRE(seed.status().swarm.peers == 0);
    REQUIRE(seed.status().totals.uploaded == given);
}

TEST_CASE("an address that comes with 200 names fills only 16 places", "[swarm][hostile]")
{
    Crowd crowd({.files = {}, .trackers = {}});
    Member& victim = crowd.add({.is_seed = true});
    lab::Node& one = crowd.world.add_node();
    lab::Node& another = crowd.world.add_node();
    crowd.start();
    std::vector<std::unique_ptr<lab_test::LinkUser>> names;
    const auto come = [&](lab::Node& from) {
        names.push_back(std::make_unique<lab_test::LinkUser>(crowd.world));
        from.transport().connect(victim.endpoint(), 10s, [&](Result<std::unique_ptr<peer::Link>> made) {
            REQUIRE(made);
            peer::Handshake handshake{.capabilities = {}, .info_hash = crowd.content.torrent.info_hash.wire(), .peer_id = {}};
            store_be(handshake.peer_id.bytes.data(), static_cast<std::uint32_t>(names.size()));
            names.back()->take(std::move(*made));
            names.back()->link->send(handshake);
        });
        crowd.world.run_for(200ms);
    };
    for (int i = 0; i < 200; ++i) come(one);
    REQUIRE(victim.status().swarm.peers == 16);
    REQUIRE(std::ranges::count_if(names, [](const auto& name) { return name->link != nullptr; }) == 16);
    come(another);
    REQUIRE(victim.status().swarm.peers == 17);
    // Who leaves makes room for one more.
    names.front()->link.reset();
    crowd.world.run_for(1s);
    come(one);
    come(one);
    REQUIRE(victim.status().swarm.peers == 17);
}

TEST_CASE("T11 a tracker that names ports below 1024 has them called, unless the user forbids it", "[swarm][hostile]")
{
    const bool calls_them = GENERATE(true, false);
    Crowd crowd({.files = {}, .trackers = {"http://tracker.example/announce"}});
    Member& member = crowd.add({.swarm = {.calls_privileged_ports = calls_them}});
    lab::Node& server = crowd.world.add_node();
    crowd.world.add_name("tracker.example", {server.address()});
    std::map<std::uint16_t, int> calls;
    std::vector<std::unique_ptr<environment::Listener>> listeners;
    Bytes compact;
    for (const std::uint16_t port : {25, 1023, 1024}) {
        auto listening = server.transport().listen(server.endpoint(port), [&calls, port](auto) { ++calls[port]; });
        REQUIRE(listening);
        listeners.push_back(std::move(*listening));
        server.endpoint(port).append_compact(compact);
    }
    const auto tracker = server.environment().http_server.listen(
        server.endpoint(80), [&](const auto&, environment::HttpServer::Answer answer) {
            bencode::Writer writer;
            writer.begin_dict().key("interval").integer(1800).key("peers").bytes(compact).end_dict();
            answer({.body = writer.take()});
        });
    REQUIRE(tracker);
    member.start({});
    crowd.world.run_for(10s);
    CHECK(calls[25] == (calls_them ? 1 : 0));
    CHECK(calls[1023] == (calls_them ? 1 : 0));
    CHECK(calls[1024] == 1);
}

TEST_CASE("P5 a piece of whom was never asked for one, and who chokes us, is waste and many of them end the connection",
          "[swarm][hostile]")
{
    Alone alone(few_pieces());
    WirePeer& peer = alone.meet({});
    const peer::Request never_asked{1, 0, 16'384};
    for (int i = 0; i < 10; ++i) peer.give(never_asked, alone.octets(never_asked));
    alone.crowd.world.run_for(5s);
    REQUIRE(peer.asked.empty());
    REQUIRE(peer.is_connected());
    REQUIRE(alone.victim.status().totals.wasted == 10 * 16'384);
    REQUIRE(alone.victim.verified.empty());
    for (int i = 0; i < 100; ++i) peer.give(never_asked, alone.octets(never_asked));
    alone.crowd.world.run_for(5s);
    REQUIRE_FALSE(peer.is_connected());
    REQUIRE(alone.victim.torrent().ledger().open_count() == 0);
}

TEST_CASE("P12 a suspect that leaves takes no memory away under a late block of somebody else", "[swarm][hostile]")
{
    Alone alone(few_pieces(), {.pickers = {"sequential"}});
    auto& world = alone.crowd.world;
    // Two authors of a corrupt piece: both are suspects.
    WirePeer& suspect = alone.meet({1});
    REQUIRE(suspect.asked.size() == 2);
    suspect.say(peer::Choke{});
    suspect.give(suspect.asked[0], alone.octets(suspect.asked[0]));
    suspect.say(peer::Reject{suspect.asked[1]});
    WirePeer& liar = alone.meet({1});
    REQUIRE(liar.asked.size() == 1);
    liar.give(liar.asked[0], Bytes(liar.asked[0].length));
    world.run_for(1s);
    REQUIRE(alone.victim.count("piece.corrupt") == 1);
    liar.leave();
    // Somebody else stops in the middle of a block, until nobody counts on him any more.
    WirePeer& slow = alone.meet({0});
    REQUIRE(slow.asked.size() == 2);
    const auto block = alone.octets(slow.asked[0]);
    slow.say(peer::Choke{});  // what was asked stays asked (BEP 6), and is not asked again
    slow.give(slow.asked[0], block.first(8'000));
    world.run_for(62s);
    // A suspect may begin a piece alone, but none whose buffer a socket writes to; with him his pieces go.
    suspect.say(peer::Have{0});
    suspect.say(peer::Unchoke{});
    world.run_for(1s);
    CHECK(std::ranges::none_of(suspect.asked, [](const auto& request) { return request.piece == 0; }));
    suspect.leave();
    world.run_for(1s);
    // What was given back is soon another piece's memory, whose blocks are hashed as they come.
    WirePeer& honest = alone.meet({2, 3});
    REQUIRE(honest.asked.size() == 4);
    for (const std::size_t i : {0, 2}) honest.give(honest.asked[i], alone.octets(honest.asked[i]));
    world.run_for(1s);
    slow.say_octets(block.subspan(8'000));
    world.run_for(1s);
    CHECK(slow.is_connected());
    for (const std::size_t i : {1, 3}) honest.give(honest.asked[i], alone.octets(honest.asked[i]));
    alone.crowd.add({.is_seed = true}).start({alone.victim.endpoint()});
    REQUIRE(alone.crowd.run_until_complete(120s));
    const bool is_whole = *alone.victim.octets == alone.crowd.content.octets;  // too much to be printed
    REQUIRE(is_whole);
}

TEST_CASE("a peer that alone sends corrupt blocks is banned and an honest one gives the rest", "[swarm][hostile]")
{
    Crowd crowd({.files = {}, .trackers = {}});
    Member& liar = crowd.add({.is_seed = true});
    Member& honest = crowd.add({.is_seed = true, .node = {.up = 512u << 10}});
    Member& leecher = crowd.add();
    liar.node.faults().block = [](const auto&, const auto&) { return BlockFate::corrupt; };
    crowd.start();
    REQUIRE(crowd.run_until_complete(600s));
    REQUIRE(leecher.count("piece.corrupt") >= 1);
    REQUIRE(leecher.count("peer.banned") == 1);
    const auto* banned = leecher.last("peer.banned");
    REQUIRE(*banned->as_map()->find("address")->as_text() == liar.node.address().to_string());
    REQUIRE(honest.status().totals.uploaded > 0);
}

TEST_CASE("the guilty is found among many senders of the same pieces", "[swarm][hostile]")
{
    Crowd crowd({.pieces = 16, .piece_length = 256 * 1024, .files = {}, .trackers = {}});
    Member& liar = crowd.add({.is_seed = true, .node = {.up = 512u << 10}});
    crowd.add({.is_seed = true, .node = {.up = 512u << 10}});
    crowd.add({.is_seed = true, .node = {.up = 512u << 10}});
    Member& leecher = crowd.add();
    // Every third block only: most of its pieces have honest blocks, too.
    std::uint32_t count = 0;
    liar.node.faults().block = [&count](const auto&, const auto&) {
        return ++count % 3 == 0 ? BlockFate::corrupt : BlockFate::deliver;
    };
    crowd.start();
    REQUIRE(crowd.run_until_complete(1200s));
    for (std::uint32_t i = 0; i < leecher.count("peer.banned"); ++i) {
        const auto* banned = leecher.last("peer.banned");
        REQUIRE(*banned->as_map()->find("address")->as_text() == liar.node.address().to_string());
    }
    REQUIRE(leecher.count("piece.corrupt") >= 1);
    REQUIRE(leecher.count("peer.banned") <= 1);
}

TEST_CASE("a peer that stalls costs about a minute, not the download", "[swarm][hostile]")
{
    Crowd crowd({.files = {}, .trackers = {}});
    Member& staller = crowd.add({.is_seed = true});
    crowd.add({.is_seed = true, .node = {.up = 1u << 20}});
    crowd.add();
    // Promises and never delivers.
    staller.node.faults().block = [](const auto&, const auto&) { return BlockFate::lose; };
    crowd.start();
    REQUIRE(crowd.run_until_complete(150s));
}

TEST_CASE("a peer that claims pieces and rejects every request does not stop the others", "[swarm][hostile]")
{
    Crowd crowd({.files = {}, .trackers = {}});
    Member& liar = crowd.add({.is_seed = true, .swarm = {.peer = {.most_served = 0}}});
    crowd.add({.is_seed = true, .node = {.up = 1u << 20}});
    crowd.add();
    crowd.start();
    REQUIRE(crowd.run_until_complete(120s));
    REQUIRE(liar.status().totals.uploaded == 0);
}

TEST_CASE("a peer that dies in the endgame is replaced by another", "[swarm][hostile]")
{
    Crowd crowd({.pieces = 32, .files = {}, .trackers = {}});
    Member& mortal = crowd.add({.is_seed = true, .node = {.up = 100u << 10}});
    crowd.add({.is_seed = true, .node = {.up = 400u << 10}});
    Member& leecher = crowd.add();
    crowd.start();
    REQUIRE(crowd.world.run_until([&] { return leecher.verified.size() >= 29; }, crowd.world.now() + 600s));
    mortal.node.crash();
    const auto end = crowd.world.now() + 200s;
    REQUIRE(crowd.world.run_until([&] { return leecher.is_complete(); }, end));
}

TEST_CASE("a connection that breaks in the middle of a block loses only that block", "[swarm][hostile]")
{
    Crowd crowd({.pieces = 16, .files = {}, .has_octets = true, .trackers = {}});
    Member& seeder = crowd.add({.is_seed = true, .node = {.up = 200u << 10, .segment = 1000}});
    Member& leecher = crowd.add();
    crowd.start();
    for (int i = 0; i < 3; ++i) {
        crowd.world.run_for(1500ms);
        crowd.world.reset_connections(seeder.node.index(), leecher.node.index());
        crowd.world.run_for(15s);
    }
    REQUIRE(crowd.run_until_complete(300s));
    REQUIRE(*leecher.octets == crowd.content.octets);
    for (const auto& [piece, times] : leecher.verified) REQUIRE(times == 1);
}
