#include "support/crowd.hpp"

#include "peer/encoder.hpp"
#include "peer/handshake.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using shoal::lab::BlockFate;
using shoal::support::Crowd;
using shoal::support::Member;

namespace {

using namespace shoal;

// Asks for one block of each piece, again and again, and reads nothing.
class Flooder final : private environment::Stream::Events {
public:
    Flooder(lab::Node& node, const Endpoint& victim, const peer::Handshake& handshake, std::uint32_t pieces)
    {
        const auto octets = peer::encode_handshake(handshake);
        said_.assign(octets.begin(), octets.end());
        for (std::uint32_t i = 0; i < 100 * pieces; ++i) {
            peer::append_message(said_, peer::Request{i % pieces, 0, 16'384});
        }
        repeated_from_ = octets.size();
        node.environment().network.connect(victim, 10s, [this](Result<std::unique_ptr<environment::Stream>> made) {
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
        const auto rest = ByteView(said_).subspan(at_);
        const auto out = stream_->write({&rest, 1}, false);
        sent_ += out.bytes;
        at_ += out.bytes;
        if (at_ == said_.size()) at_ = repeated_from_;
        if (out.state == environment::IoState::closed || out.state == environment::IoState::failed) stream_.reset();
    }

    std::unique_ptr<environment::Stream> stream_;
    Bytes said_;
    std::size_t repeated_from_ = 0;
    std::size_t at_ = 0;
    std::uint64_t sent_ = 0;
};

}  // namespace

TEST_CASE("P4 a peer that asks and never reads the refusals is not listened to, and then dropped", "[swarm][hostile]")
{
    Crowd crowd({.files = {}, .has_octets = true, .trackers = {}});
    Member& seed = crowd.add({.is_seed = true});
    lab::Node& node = crowd.world.add_node();
    crowd.start();
    crowd.world.run_for(5s);
    peer::Handshake handshake{.capabilities = {.fast = true}, .info_hash = crowd.content.torrent.info_hash.wire()};
    handshake.peer_id.bytes.fill(std::byte{0x66});
    Flooder flooder(node, seed.endpoint(), handshake, 32);
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
