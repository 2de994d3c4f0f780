#include "unit/lab/actors.hpp"

#include "peer/handshake.hpp"
#include "peer/stream_transport.hpp"
#include "session/doorway.hpp"

#include <memory>
#include <vector>

using namespace shoal;
using namespace shoal::lab_test;
using namespace std::chrono_literals;
using session::Doorway;

namespace {

// Says nothing, from anywhere.
class SilentLink final : public peer::Link {
public:
    SilentLink(const Address& from, int& open) : from_{from, 1000}, open_(open) { ++open_; }
    ~SilentLink() override { --open_; }

    void set_events(peer::LinkEvents*) override {}
    void send(const peer::Handshake&) override {}
    void send(const peer::Message&) override {}
    void send(peer::OutgoingBlock) override {}
    bool withdraw(const peer::BlockHead&) override { return false; }
    std::size_t queued_block_octets() const override { return 0; }
    std::size_t queued_control_octets() const override { return 0; }
    void divert_block() override {}
    void pause_reading() override {}
    void resume_reading() override {}
    bool sends_files() const override { return false; }
    Endpoint local() const override { return {}; }
    Endpoint remote() const override { return from_; }

private:
    Endpoint from_;
    int& open_;
};

struct DoorwayBench {
    explicit DoorwayBench(Doorway::Settings settings = {})
        : doorway(us.loop(), settings,
                  [this](const peer::Handshake& theirs, std::unique_ptr<peer::Link> link) {
                      arrived.push_back(theirs.peer_id);
                      if (keeps) links.push_back(std::move(link));
                  })
    {
        auto listening = us.transport().listen(us.endpoint(6881), [this](std::unique_ptr<peer::Link> link) {
            doorway.receive(std::move(link));
        });
        REQUIRE(listening);
        listener = std::move(*listening);
    }

    // So many strangers connect and say nothing yet.
    void connect(int count) { connect_from(them, count); }

    void connect_from(Node& host, int count)
    {
        for (int i = 0; i < count; ++i) {
            strangers.push_back(std::make_unique<LinkUser>(world));
            host.transport().connect(us.endpoint(6881), 10s, [user = strangers.back().get()](auto made) {
                if (made) user->take(std::move(*made));
            });
        }
        world.run_for(1s);
    }

    // Who says nothing knocks from there, so many times.
    void knock(std::string_view address, int count = 1)
    {
        for (int i = 0; i < count; ++i) {
            doorway.receive(std::make_unique<SilentLink>(*Address::parse(address), silent));
        }
    }

    void introduce(std::size_t number)
    {
        peer::Handshake handshake;
        handshake.peer_id.bytes.fill(static_cast<std::byte>(number));
        strangers[number]->link->send(handshake);
    }

    World world;
    Node& us = world.add_node();
    Node& them = world.add_node();
    std::unique_ptr<environment::Listener> listener;
    std::vector<std::unique_ptr<LinkUser>> strangers;
    std::vector<WirePeerId> arrived;
    std::vector<std::unique_ptr<peer::Link>> links;
    bool keeps = true;
    int silent = 0;  // links that are open
    Doorway doorway;
};

}  // namespace

TEST_CASE("who introduces himself is let in", "[session]")
{
    DoorwayBench bench;
    bench.connect(3);
    CHECK(bench.doorway.half_open() == 3);
    bench.introduce(1);
    bench.world.run_for(1s);
    REQUIRE(bench.arrived.size() == 1);
    CHECK(bench.arrived[0].bytes[0] == std::byte{1});
    CHECK(bench.doorway.half_open() == 2);
    CHECK(bench.strangers[1]->link != nullptr);
}

TEST_CASE("a link that nobody takes is closed", "[session]")
{
    DoorwayBench bench;
    bench.keeps = false;
    bench.connect(1);
    bench.introduce(0);
    bench.world.run_for(1s);
    CHECK(bench.arrived.size() == 1);
    CHECK(bench.strangers[0]->link == nullptr);
}

TEST_CASE("P11 no more than 256 strangers wait at the door, whatever their number", "[session]")
{
    DoorwayBench bench({.most_per_address = 10'000});
    bench.connect(10'000);
    CHECK(bench.doorway.half_open() == 256);
    CHECK(bench.doorway.turned_away() == 10'000 - 256);
    std::size_t open = 0;
    for (const auto& stranger : bench.strangers) open += stranger->link ? 1 : 0;
    CHECK(open == 256);
}

TEST_CASE("P11 one address that knocks again and again does not shut out another", "[session]")
{
    DoorwayBench bench;
    bench.connect(1000);
    CHECK(bench.doorway.half_open() == 16);
    CHECK(bench.doorway.turned_away() == 1000 - 16);
    bench.connect_from(bench.world.add_node(), 1);
    CHECK(bench.doorway.half_open() == 17);
    bench.introduce(1000);
    bench.world.run_for(1s);
    CHECK(bench.arrived.size() == 1);
}

TEST_CASE("P11 one IPv6 network of a customer counts as one address, and a mapped IPv4 address as itself", "[session]")
{
    DoorwayBench bench;
    bench.knock("2001:db8:1:2::1", 10);
    bench.knock("2001:db8:1:2:ffff:ffff:ffff:ffff", 10);
    CHECK(bench.doorway.half_open() == 16);
    bench.knock("2001:db8:1:3::1");
    CHECK(bench.doorway.half_open() == 17);
    bench.knock("203.0.113.1", 10);
    bench.knock("::ffff:203.0.113.1", 10);
    CHECK(bench.doorway.half_open() == 33);
    CHECK(bench.silent == 33);
}

TEST_CASE("this machine's own connections share the doorway without a limit of their address", "[session]")
{
    DoorwayBench bench;
    bench.knock("127.0.0.1", 100);
    bench.knock("::1", 100);
    CHECK(bench.doorway.half_open() == 200);
}

TEST_CASE("P11 in front of a full doorway the newest takes the place of the oldest", "[session]")
{
    DoorwayBench bench;
    for (int i = 0; i < 1000; ++i) bench.knock("203.0." + std::to_string(i / 250) + "." + std::to_string(i % 250));
    CHECK(bench.doorway.half_open() == 256);
    CHECK(bench.doorway.turned_away() == 1000 - 256);
    CHECK(bench.silent == 256);
    bench.connect(1);
    CHECK(bench.doorway.half_open() == 256);
    bench.introduce(0);
    bench.world.run_for(1s);
    CHECK(bench.arrived.size() == 1);
    CHECK(bench.doorway.half_open() == 255);
    CHECK(bench.silent == 255);
}

TEST_CASE("P11 strangers who say nothing make room after their patience, and others are let in", "[session]")
{
    DoorwayBench bench({.most_half_open = 10, .patience = 10s});
    bench.connect(20);
    CHECK(bench.doorway.half_open() == 10);
    bench.world.run_for(10s);
    CHECK(bench.doorway.half_open() == 0);
    bench.connect(1);
    bench.introduce(20);
    bench.world.run_for(1s);
    CHECK(bench.arrived.size() == 1);
}

TEST_CASE("a stranger who hangs up makes room at once", "[session]")
{
    DoorwayBench bench({.most_half_open = 1, .patience = 10s});
    bench.connect(1);
    bench.strangers[0]->link.reset();
    bench.world.run_for(1s);
    CHECK(bench.doorway.half_open() == 0);
    CHECK(bench.arrived.empty());
}

TEST_CASE("P9 who says his handshake octet by octet from one address has 16 places and no others", "[session]")
{
    DoorwayBench bench;
    peer::StreamTransport streams(bench.us.loop(), bench.us.environment().network);
    auto listening = streams.listen(bench.us.endpoint(7000), [&](auto link) { bench.doorway.receive(std::move(link)); });
    REQUIRE(listening);
    std::vector<std::unique_ptr<StreamUser>> slow;
    const auto connect = [&](Node& from) {
        slow.push_back(std::make_unique<StreamUser>(bench.world));
        from.environment().network.connect(bench.us.endpoint(7000), 10s, [user = slow.back().get()](auto made) {
            if (made) user->take(std::move(*made));
        });
    };
    const auto handshake = peer::encode_handshake({});
    // For a minute 20 more come each second, and each says one octet a second.
    constexpr std::size_t each = 20;
    for (std::size_t second = 0; second < 60; ++second) {
        for (std::size_t i = 0; i < each; ++i) connect(bench.them);
        for (std::size_t i = 0; i < slow.size(); ++i) {
            slow[i]->send(ByteView(handshake).subspan(second - i / each, 1));
        }
        bench.world.run_for(1s);
        CHECK(bench.doorway.half_open() <= 16);
    }
    CHECK(bench.arrived.empty());
    CHECK(bench.doorway.half_open() == 16);
    // Patience is with the whole handshake, not with each octet.
    CHECK(bench.doorway.turned_away() > 1000);
    connect(bench.world.add_node());
    slow.back()->send(handshake);
    bench.world.run_for(1s);
    CHECK(bench.arrived.size() == 1);
}

TEST_CASE("a doorway that is gone lets nobody in and leaves nothing open", "[session]")
{
    World world;
    auto& us = world.add_node();
    auto& them = world.add_node();
    LinkUser stranger(world);
    int arrived = 0;
    auto doorway =
        std::make_unique<Doorway>(us.loop(), Doorway::Settings{}, [&](const auto&, auto) { ++arrived; });
    auto listening = us.transport().listen(us.endpoint(1), [&](std::unique_ptr<peer::Link> link) {
        doorway->receive(std::move(link));
    });
    them.transport().connect(us.endpoint(1), 10s, [&](auto made) { stranger.take(std::move(*made)); });
    world.run_for(1s);
    REQUIRE(stranger.link);
    doorway.reset();
    world.run_for(20s);
    CHECK(arrived == 0);
    CHECK(stranger.link == nullptr);
}
