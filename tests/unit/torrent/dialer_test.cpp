#include "scripted_peer.hpp"

#include "torrent/dialer.hpp"

using namespace shoal;
using namespace shoal::torrent;
using namespace shoal::torrent::test;
using namespace std::chrono_literals;

namespace {

const Hash20 info_hash{{std::byte{7}}};

// Who wants peers, and keeps those it meets.
struct DialerOwner final : Dialer::Owner {
    std::size_t room() const override { return most > met.size() ? most - met.size() : 0; }
    bool is_connected_to(const WirePeerId& peer) const override
    {
        return std::ranges::any_of(met, [&](const Introduction& one) { return one.theirs.peer_id == peer; });
    }
    std::string reason_to_refuse(const Introduction&) const override { return refusal; }
    void meet(Introduction introduction) override { met.push_back(std::move(introduction)); }

    std::size_t most = 50;
    std::string refusal;
    std::vector<Introduction> met;
};

struct DialerBench {
    explicit DialerBench(Dialer::Settings settings = {})
        : dialer({.environment = node.environment(),
                  .transport = node.transport(),
                  .candidates = candidates,
                  .log = {},
                  .owner = owner},
                 settings, {.capabilities = {.fast = true}, .info_hash = info_hash, .peer_id = us()})
    {
    }

    static WirePeerId us()
    {
        WirePeerId id;
        id.bytes.fill(std::byte{'u'});
        return id;
    }
    // Somebody who may be called.
    ScriptedPeer& add(const Hash20& hash = info_hash)
    {
        peers.push_back(std::make_unique<ScriptedPeer>(world, hash, 4));
        candidates.add(peers.back()->endpoint(), PeerSource::tracker);
        return *peers.back();
    }
    void call(environment::Duration patience = 5s)
    {
        dialer.connect_more();
        world.run_for(patience);
    }
    // Hours in which everybody who may be called is.
    void call_for_long()
    {
        for (int minute = 0; minute < 600; ++minute) call(1min);
    }

    lab::World world;
    lab::Node& node = world.add_node();
    Candidates candidates;
    DialerOwner owner;
    std::vector<std::unique_ptr<ScriptedPeer>> peers;
    Dialer dialer;
};

// Somebody who came: a link from a host of its own, and what it said.
struct Visitor {
    explicit Visitor(DialerBench& bench) : them(bench.world, info_hash, 4)
    {
        auto listening = bench.node.transport().listen(bench.node.endpoint(6881), [this](auto made) {
            ours = std::move(made);
        });
        REQUIRE(listening);
        them.connect(bench.node.endpoint(6881));
        bench.world.run_for(5s);
        REQUIRE(ours);
        hello = {.capabilities = {.fast = true}, .info_hash = info_hash, .peer_id = them.id};
    }
    void come(DialerBench& bench)
    {
        bench.dialer.welcome({std::move(ours), hello, PeerSource::incoming, std::nullopt});
        bench.world.run_for(5s);
    }

    ScriptedPeer them;
    std::unique_ptr<peer::Link> ours;
    peer::Handshake hello;
};

}  // namespace

TEST_CASE("who is called and answers for the torrent is met, with where it was heard of", "[torrent]")
{
    DialerBench bench;
    auto& peer = bench.add();
    bench.dialer.connect_more();
    CHECK(bench.dialer.connecting() == 1);
    bench.world.run_for(5s);
    REQUIRE(bench.owner.met.size() == 1);
    const auto& met = bench.owner.met[0];
    CHECK(met.theirs.peer_id == peer.id);
    CHECK(met.dialled == peer.endpoint());
    CHECK(met.source == PeerSource::tracker);
    CHECK(met.link->remote() == peer.endpoint());
    CHECK(bench.dialer.connecting() == 0);
    bench.call_for_long();
    CHECK(peer.connections == 1);
}

TEST_CASE("who answers for another torrent is not met, and called again later", "[torrent]")
{
    DialerBench bench;
    auto& peer = bench.add(Hash20{{std::byte{8}}});
    bench.call();
    CHECK(bench.owner.met.empty());
    CHECK(peer.closed);
    CHECK(peer.connections == 1);
    CHECK(bench.dialer.connecting() == 0);
    bench.call_for_long();
    CHECK(peer.connections > 1);
}

TEST_CASE("who turns out to be ourselves is forgotten for good", "[torrent]")
{
    DialerBench bench;
    auto& peer = bench.add();
    peer.id = DialerBench::us();
    bench.call_for_long();
    CHECK(bench.owner.met.empty());
    CHECK(peer.connections == 1);
    CHECK(bench.candidates.size() == 0);
}

TEST_CASE("who is banned while it is called is not met", "[torrent]")
{
    DialerBench bench;
    auto& peer = bench.add();
    bench.dialer.connect_more();
    bench.candidates.ban(peer.endpoint().address);
    bench.world.run_for(5s);
    CHECK(peer.connections == 1);
    CHECK(bench.owner.met.empty());
    bench.call_for_long();
    CHECK(peer.connections == 1);
}

TEST_CASE("whom the owner refuses is hung up on and may be called again", "[torrent]")
{
    DialerBench bench;
    bench.owner.refusal = "not today";
    auto& peer = bench.add();
    bench.call();
    CHECK(bench.owner.met.empty());
    CHECK(peer.closed);
    bench.owner.refusal.clear();
    bench.call_for_long();
    CHECK(bench.owner.met.size() == 1);
}

TEST_CASE("a second way to a connected peer is left alone while it is connected, and called soon after it has left", "[torrent]")
{
    DialerBench bench;
    auto& peer = bench.add();
    bench.owner.met.push_back({nullptr, {.info_hash = info_hash, .peer_id = peer.id}, PeerSource::incoming, std::nullopt});
    bench.call_for_long();
    CHECK(peer.connections == 1);
    CHECK(bench.owner.met.size() == 1);
    bench.owner.met.clear();
    bench.dialer.on_left(peer.id);
    bench.dialer.connect_more();
    CHECK(bench.dialer.connecting() == 0);  // the other side hung up a moment ago, too
    bench.world.run_for(3s);
    bench.call();
    CHECK(bench.owner.met.size() == 1);
}

TEST_CASE("who takes the call and says nothing is given up after the patience for handshakes", "[torrent]")
{
    DialerBench bench({.handshake_timeout = 10s});
    const auto silent = bench.world.add_node().endpoint(7000);
    auto& host = bench.world.add_node();
    std::vector<std::unique_ptr<peer::Link>> links;
    auto listening = host.transport().listen(host.endpoint(7000), [&](auto link) { links.push_back(std::move(link)); });
    REQUIRE(listening);
    bench.candidates.add(host.endpoint(7000), PeerSource::tracker);
    bench.candidates.add(silent, PeerSource::tracker);  // nobody listens there
    bench.call(9s);
    CHECK(links.size() == 1);
    CHECK(bench.dialer.connecting() == 1);
    bench.world.run_for(2s);
    CHECK(bench.dialer.connecting() == 0);
    CHECK(bench.owner.met.empty());
}

TEST_CASE("no more are called at a time than may be, and no more than there is room for", "[torrent]")
{
    DialerBench bench({.most_connecting = 3});
    for (int i = 0; i < 8; ++i) bench.add();
    bench.dialer.connect_more();
    CHECK(bench.dialer.connecting() == 3);
    bench.owner.most = 4;
    bench.world.run_for(5s);
    CHECK(bench.owner.met.size() == 3);
    bench.dialer.connect_more();
    CHECK(bench.dialer.connecting() == 1);
    bench.world.run_for(5s);
    bench.dialer.connect_more();
    CHECK(bench.dialer.connecting() == 0);
    CHECK(bench.owner.met.size() == 4);
}

TEST_CASE("stopping hangs up on those who have not answered, who may be called again at once, and calls nobody", "[torrent]")
{
    const bool is_connected = GENERATE(false, true);
    DialerBench bench;
    auto& host = bench.world.add_node();
    std::vector<std::unique_ptr<peer::Link>> links;
    auto listening = host.transport().listen(host.endpoint(7000), [&](auto link) { links.push_back(std::move(link)); });
    REQUIRE(listening);
    bench.candidates.add(host.endpoint(7000), PeerSource::tracker);
    bench.dialer.connect_more();
    if (is_connected) bench.world.run_for(5s);
    CHECK(links.size() == (is_connected ? 1 : 0));
    CHECK_FALSE(bench.candidates.next(bench.node.loop().now()));
    bench.dialer.stop();
    CHECK(bench.dialer.connecting() == 0);
    CHECK(bench.candidates.next(bench.node.loop().now()) == host.endpoint(7000));
    bench.candidates.release(host.endpoint(7000));
    bench.call(60s);
    CHECK(bench.dialer.connecting() == 0);
    CHECK(bench.owner.met.empty());
}

TEST_CASE("who comes for the torrent is answered and met", "[torrent]")
{
    DialerBench bench;
    Visitor visitor(bench);
    visitor.come(bench);
    REQUIRE(bench.owner.met.size() == 1);
    CHECK(bench.owner.met[0].source == PeerSource::incoming);
    CHECK_FALSE(bench.owner.met[0].dialled);
    CHECK_FALSE(visitor.them.closed);
}

TEST_CASE("who comes and is not wanted is hung up on", "[torrent]")
{
    DialerBench bench;
    Visitor visitor(bench);
    const auto check_refused = [&] {
        visitor.come(bench);
        CHECK(bench.owner.met.empty());
        CHECK(visitor.them.closed);
    };
    SECTION("for another torrent")
    {
        visitor.hello.info_hash = Hash20{{std::byte{8}}};
        check_refused();
    }
    SECTION("ourselves")
    {
        visitor.hello.peer_id = DialerBench::us();
        check_refused();
    }
    SECTION("banned")
    {
        bench.candidates.ban(visitor.them.endpoint().address);
        check_refused();
    }
    SECTION("for a reason of the owner's")
    {
        bench.owner.refusal = "enough";
        check_refused();
    }
    SECTION("when the torrent stops")
    {
        bench.dialer.stop();
        check_refused();
    }
}
