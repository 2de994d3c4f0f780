#include "actors.hpp"

#include "lab/connection.hpp"

#include <algorithm>

using namespace shoal;
using namespace shoal::lab_test;
using namespace std::chrono_literals;

TEST_CASE("a crash breaks every connection of the host and stops all that ran on it", "[lab]")
{
    World world({.latency = 20ms});
    auto& a = world.add_node();
    auto& b = world.add_node();
    StreamPair streams(world, a, b, 1);
    LinkPair links(world, a, b, 2);
    b.loop().start_timer(1s, [] { FAIL("the host is dead"); });
    b.loop().post([] { FAIL("the host is dead"); });
    b.environment().workers.run([] { FAIL("the host is dead"); }, [] { FAIL("the host is dead"); });
    links.from.link->send(peer::Message{peer::Have{1}});
    const auto start = world.now();
    b.crash();
    world.run_for(1s);
    CHECK(streams.from.last_state == IoState::failed);
    CHECK(streams.from.why.code == Errc::network_error);
    CHECK(streams.from.ended_at == start + 20ms);
    CHECK(links.from.notes == std::vector<std::string>{"closed network_error"});
    CHECK(links.to.notes.empty());
    CHECK(streams.to.received.empty());
    CHECK(b.loop().start_timer(1s, [] {}) == environment::TimerId{0});
    // What is left of it may still be used and destroyed.
    const auto view = as_bytes("x");
    CHECK(streams.to.stream->write(std::span(&view, 1), false).state == IoState::failed);
    links.to.link->send(peer::Message{peer::Have{1}});
    links.to.link.reset();
    streams.to.stream.reset();

    Errc outcome = Errc::ok;
    const auto connect = [&] {
        a.environment().network.connect(b.endpoint(1), 5s,
                                        [&](auto made) { outcome = made ? Errc::ok : made.error().code; });
        world.run_for(6s);
    };
    connect();
    CHECK(outcome == Errc::refused);
    b.restart();
    auto listener = b.environment().network.listen(b.endpoint(1), [](auto) {});
    REQUIRE(listener);
    streams.listener.reset();  // the dead one's: it must not close its successor
    connect();
    CHECK(outcome == Errc::ok);
    streams.from.stream.reset();
    CHECK(world.connections().size() == 0);
}

TEST_CASE("a host may crash inside its own event", "[lab]")
{
    World world;
    auto& a = world.add_node();
    auto& b = world.add_node();
    LinkPair pair(world, a, b);
    pair.to.on_any_message = [&] { b.crash(); };
    pair.from.link->send(peer::Message{peer::Have{1}});
    pair.from.link->send(peer::Message{peer::Have{2}});
    world.run_for(1s);
    CHECK(pair.to.notes == std::vector<std::string>{"have 1"});
    CHECK(pair.from.notes == std::vector<std::string>{"closed network_error"});
}

TEST_CASE("a partition stalls connections, and healing lets them go on with nothing lost", "[lab]")
{
    World world({.latency = 20ms});
    auto& a = world.add_node({.up = 100'000, .segment = 1'000});
    auto& b = world.add_node();
    auto& c = world.add_node();
    StreamPair cut(world, a, b, 1);
    LinkPair links(world, b, a, 2);
    LinkPair others(world, c, b, 3);
    const auto octets = pattern(50'000);
    cut.from.send(octets);
    world.run_for(100ms);
    links.from.link->send(peer::Message{peer::Have{1}});
    world.partition(a.index(), b.index());
    world.run_for(1s);
    const auto stalled_at = cut.to.received.size();
    CHECK(stalled_at < 10'000);
    CHECK(links.to.notes.empty());
    links.from.link->send(peer::Message{peer::Have{2}});
    others.from.link->send(peer::Message{peer::Have{3}});
    links.from.link.reset();
    world.run_for(10s);
    CHECK(cut.to.received.size() == stalled_at);
    CHECK(links.to.notes.empty());
    CHECK(others.to.notes == std::vector<std::string>{"have 3"});
    world.heal(a.index(), b.index());
    world.run_for(2s);
    CHECK(cut.to.received == octets);
    // What had not left when its link was destroyed is gone.
    CHECK(links.to.notes == std::vector<std::string>{"have 1", "closed end_of_file"});
}

TEST_CASE("a blackhole in one direction lets a connection time out", "[lab]")
{
    World world;
    auto& a = world.add_node();
    auto& b = world.add_node();
    const bool there = GENERATE(true, false);
    world.set_blackhole(there ? a.index() : b.index(), there ? b.index() : a.index(), true);
    std::unique_ptr<peer::Link> accepted;
    auto listener = b.transport().listen(b.endpoint(1), [&](auto link) { accepted = std::move(link); });
    REQUIRE(listener);
    Errc outcome = Errc::ok;
    a.transport().connect(b.endpoint(1), 3s,
                          [&](auto made) { outcome = made ? Errc::ok : made.error().code; });
    world.run_for(10s);
    CHECK(outcome == Errc::timed_out);
    CHECK((accepted == nullptr) == there);
    if (accepted == nullptr) return;
    LinkUser user(world);
    user.take(std::move(accepted));
    world.run_for(1s);
    CHECK(user.notes == std::vector<std::string>{"closed network_error"});
}

TEST_CASE("a reset breaks both ends at once and no other connection", "[lab]")
{
    World world;
    auto& a = world.add_node();
    auto& b = world.add_node();
    auto& c = world.add_node();
    LinkPair broken(world, a, b, 1);
    StreamPair stream(world, b, a, 2);
    LinkPair whole(world, c, b, 3);
    const auto start = world.now();
    world.reset_connections(a.index(), b.index());
    CHECK(broken.from.notes.empty());
    world.run_for(1s);
    CHECK(broken.from.notes == std::vector<std::string>{"closed network_error"});
    CHECK(broken.to.notes == broken.from.notes);
    CHECK(broken.to.times == std::vector{start});
    CHECK(stream.from.last_state == IoState::failed);
    CHECK(stream.to.last_state == IoState::failed);
    CHECK(whole.from.notes.empty());
    whole.from.link->send(peer::Message{peer::Have{1}});
    world.run_for(1s);
    CHECK(whole.to.notes == std::vector<std::string>{"have 1"});
}

TEST_CASE("a host's faults corrupt, lose and hold back what it sends", "[lab]")
{
    World world;
    auto& a = world.add_node();
    auto& b = world.add_node();
    LinkPair pair(world, a, b);
    a.faults().block = [&](const Endpoint& to, const peer::BlockHead& block) {
        CHECK(to == b.endpoint(6881));
        if (block.piece == 1) return lab::BlockFate::corrupt;
        return block.piece == 2 ? lab::BlockFate::lose : lab::BlockFate::deliver;
    };
    a.faults().message = [](const Endpoint&, const peer::Message& message) {
        return !std::holds_alternative<peer::Have>(message);
    };
    for (std::uint32_t i = 0; i < 4; ++i) pair.from.link->send(synthetic_block(i));
    pair.from.link->send(peer::Message{peer::Have{1}});
    pair.from.link->send(peer::Message{peer::PieceBits{as_bytes("x")}});
    world.run_for(1s);
    CHECK(pair.to.notes == std::vector<std::string>{"block 0/0", "block 1/0", "block 3/0", "bits x"});
    CHECK(
        pair.to.payloads
        == std::vector{peer::Payload::synthetic, peer::Payload::synthetic_corrupt, peer::Payload::synthetic});

    Bytes place(10);
    pair.to.on_block = [&](const peer::BlockHead&) {
        return peer::BlockSink{.kind = peer::BlockSink::Kind::memory, .place = place, .why = {}};
    };
    const auto octets = std::make_shared<const Bytes>(pattern(10));
    pair.from.link->send(
        peer::OutgoingBlock{.head = {1, 0, 10}, .parts = {peer::BufferRegion{octets, 0, 10}}});
    world.run_for(1s);
    CHECK(pair.to.payloads.back() == peer::Payload::bytes);
    CHECK(place[0] != (*octets)[0]);
    CHECK(std::equal(place.begin() + 1, place.end(), octets->begin() + 1));
}

TEST_CASE("a stream's octets can be corrupted at their offset", "[lab]")
{
    World world;
    auto& a = world.add_node({.segment = 10});
    auto& b = world.add_node();
    StreamPair pair(world, a, b);
    a.faults().segment = [](const Endpoint&, std::uint64_t offset, MutableBytes segment) {
        if (offset <= 25 && 25 < offset + segment.size()) segment[25 - offset] ^= std::byte{1};
    };
    auto octets = pattern(100);
    pair.from.send(octets);
    world.run_for(1s);
    octets[25] ^= std::byte{1};
    CHECK(pair.to.received == octets);
}
