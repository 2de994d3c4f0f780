#include "actors.hpp"

#include <algorithm>

using namespace shoal;
using namespace shoal::lab_test;
using namespace std::chrono_literals;

namespace {

peer::Handshake some_handshake()
{
    peer::Handshake handshake;
    handshake.capabilities = {.fast = true, .extended = true, .dht = false, .v2 = false};
    handshake.info_hash.bytes.fill(std::byte{0xab});
    handshake.peer_id.bytes.fill(std::byte{'x'});
    return handshake;
}

}  // namespace

TEST_CASE("a link hands over whole messages in order, owning what they borrowed", "[lab]")
{
    World world({.latency = 25ms});
    auto& a = world.add_node();
    auto& b = world.add_node();
    LinkPair pair(world, a, b);
    const auto start = world.now();
    pair.from.link->send(some_handshake());
    {
        std::string gone = "0123";
        pair.from.link->send(peer::Message{peer::PieceBits{as_bytes(gone)}});
        gone = "wxyz";
        pair.from.link->send(peer::Message{peer::Extended{3, as_bytes(gone)}});
        gone = "----";
    }
    pair.from.link->send(peer::Message{peer::Have{7}});
    pair.to.link->send(peer::Message{peer::Unchoke{}});
    CHECK(pair.to.notes.empty());
    world.run_for(1s);
    CHECK(pair.to.notes == std::vector<std::string>{"handshake", "bits 0123", "extended 3 wxyz", "have 7"});
    CHECK(std::ranges::all_of(pair.to.times, [&](Time t) { return t == start + 25ms; }));
    CHECK(pair.from.notes.size() == 1);
    REQUIRE(pair.to.handshakes.size() == 1);
    CHECK(pair.to.handshakes[0].capabilities == some_handshake().capabilities);
    CHECK(pair.to.handshakes[0].info_hash == some_handshake().info_hash);
    CHECK(pair.to.handshakes[0].peer_id == some_handshake().peer_id);
}

TEST_CASE("messages take the time of their octets on the wire", "[lab]")
{
    World world({.latency = 10ms});
    auto& a = world.add_node({.up = 1000});
    auto& b = world.add_node();
    LinkPair pair(world, a, b);
    auto due = world.now() + 10ms;
    const auto sends = [&](const peer::Message& message, int octets) {
        pair.from.link->send(message);
        due += octets * 1ms;
        const auto before = pair.to.notes.size();
        world.run_until(due - 1ns);
        CHECK(pair.to.notes.size() == before);
        world.run_until(due);
        CHECK(pair.to.notes.size() == before + 1);
        world.run_for(10ms);
        due = world.now() + 10ms;
    };
    sends(peer::KeepAlive{}, 4);
    sends(peer::Choke{}, 5);
    sends(peer::HaveAll{}, 5);
    sends(peer::Have{1}, 9);
    sends(peer::AllowedFast{1}, 9);
    sends(peer::Port{6881}, 7);
    sends(peer::Request{1, 2, 3}, 17);
    sends(peer::Cancel{{1, 2, 3}}, 17);
    sends(peer::Reject{{1, 2, 3}}, 17);
    sends(peer::PieceBits{as_bytes("12345")}, 10);
    sends(peer::Extended{0, as_bytes("12345")}, 11);
    const auto start = world.now();
    pair.from.link->send(some_handshake());
    pair.from.link->send(synthetic_block(0, 1000));
    world.run_for(5s);
    CHECK(pair.to.times.back() == start + 68ms + 1013ms + 10ms);
    CHECK(a.octets_sent() == b.octets_received());
}

TEST_CASE("blocks of many links leave a host in turn", "[lab]")
{
    World world;
    auto& seed = world.add_node({.up = 1'000'000});
    std::vector<std::unique_ptr<LinkPair>> pairs;
    for (int i = 0; i < 5; ++i) {
        pairs.push_back(std::make_unique<LinkPair>(world, world.add_node(), seed, 6881 + i));
    }
    const auto start = world.now();
    // The first link has far more to send; it must not starve the others.
    for (int n = 0; n < 200; ++n) pairs[0]->to.link->send(synthetic_block(0, 16'371));
    for (int n = 0; n < 10; ++n) {
        for (int i = 1; i < 5; ++i) {
            pairs[static_cast<std::size_t>(i)]->to.link->send(synthetic_block(0, 16'371));
        }
    }
    world.run_until(start + 20ms + 50 * 16'384us);
    for (auto& pair : pairs) CHECK(pair->from.block_octets >= 9 * 16'371);
    CHECK(pairs[0]->from.block_octets <= 11 * 16'371);
    world.run_for(10s);
    CHECK(pairs[0]->from.block_octets == 200 * 16'371);
    CHECK(pairs[0]->from.times.back() == start + 20ms + 240 * 16'384us);
}

TEST_CASE("queued octets shrink as blocks leave, and on_sent tells it", "[lab]")
{
    World world;
    auto& a = world.add_node({.up = 100'000});
    auto& b = world.add_node();
    LinkPair pair(world, a, b);
    for (std::uint32_t i = 0; i < 4; ++i) pair.from.link->send(synthetic_block(i, 10'000));
    pair.from.link->send(peer::Message{peer::Have{1}});
    CHECK(pair.from.link->queued_block_octets() == 30'000);  // one is leaving
    CHECK(pair.from.link->queued_control_octets() == 9);
    CHECK(pair.from.sent == 0);
    CHECK(pair.from.link->withdraw({2, 0, 10'000}));
    CHECK_FALSE(pair.from.link->withdraw({2, 0, 10'000}));
    CHECK_FALSE(pair.from.link->withdraw({0, 0, 10'000}));
    CHECK(pair.from.link->queued_block_octets() == 20'000);
    std::vector<std::size_t> seen;
    pair.from.on_room = [&] { seen.push_back(pair.from.link->queued_block_octets()); };
    world.run_for(5s);
    CHECK(pair.to.notes == std::vector<std::string>{"block 0/0", "block 1/0", "block 3/0", "have 1"});
    CHECK(pair.from.link->queued_control_octets() == 0);
    CHECK(seen.size() >= 3);
    CHECK(std::ranges::is_sorted(seen, std::greater{}));
    CHECK(seen.back() == 0);
}

TEST_CASE("a server that sends when told so keeps its uplink full", "[lab]")
{
    World world;
    const std::uint64_t rate = GENERATE(as<std::uint64_t>{}, 0, 1'000'000);
    auto& a = world.add_node({.up = rate});
    auto& b = world.add_node();
    LinkPair pair(world, a, b);
    std::uint32_t next = 0;
    pair.from.on_room = [&] {
        while (next < 100 && pair.from.link->queued_block_octets() < 20'000) {
            pair.from.link->send(synthetic_block(next++, 9'987));
        }
    };
    const auto start = world.now();
    pair.from.on_room();
    world.run_for(10s);
    CHECK(pair.to.block_octets == 100 * 9'987);
    CHECK(pair.to.times.back() == start + 20ms + (rate == 0 ? 0ms : 1000ms));
}

TEST_CASE("real octets are copied to their place, synthetic ones are only counted", "[lab]")
{
    World world;
    auto& a = world.add_node();
    auto& b = world.add_node();
    LinkPair pair(world, a, b);
    Bytes place(16);
    pair.to.on_block = [&](const peer::BlockHead& head) {
        return peer::BlockSink{.kind = peer::BlockSink::Kind::memory,
                               .place = MutableBytes(place).first(head.length),
                               .why = {}};
    };
    const auto left = std::make_shared<const Bytes>(pattern(10, 1));
    const auto right = std::make_shared<const Bytes>(pattern(10, 2));
    pair.from.link->send(peer::OutgoingBlock{
        .head = {0, 0, 8}, .parts = {peer::BufferRegion{left, 2, 5}, peer::BufferRegion{right, 7, 3}}});
    world.run_for(1s);
    CHECK(std::equal(left->begin() + 2, left->begin() + 7, place.begin()));
    CHECK(std::equal(right->begin() + 7, right->end(), place.begin() + 5));
    const auto before = place;
    pair.from.link->send(synthetic_block(1, 16));
    auto corrupt = synthetic_block(2, 16);
    corrupt.payload = peer::Payload::synthetic_corrupt;
    pair.from.link->send(std::move(corrupt));
    world.run_for(1s);
    CHECK(place == before);
    CHECK(pair.to.payloads
          == std::vector{peer::Payload::bytes, peer::Payload::synthetic, peer::Payload::synthetic_corrupt});
}

TEST_CASE("a diverted block leaves its place alone and still ends", "[lab]")
{
    World world;
    auto& a = world.add_node();
    auto& b = world.add_node();
    LinkPair pair(world, a, b);
    Bytes place(10);
    pair.to.on_block = [&](const peer::BlockHead&) {
        pair.to.link->divert_block();
        return peer::BlockSink{.kind = peer::BlockSink::Kind::memory, .place = place, .why = {}};
    };
    const auto octets = std::make_shared<const Bytes>(pattern(10));
    pair.from.link->send(
        peer::OutgoingBlock{.head = {0, 0, 10}, .parts = {peer::BufferRegion{octets, 0, 10}}});
    world.run_for(1s);
    CHECK(place == Bytes(10));
    CHECK(pair.to.notes == std::vector<std::string>{"block 0/0"});
}

TEST_CASE("a paused reader gets nothing, then all in order", "[lab]")
{
    World world;
    auto& a = world.add_node();
    auto& b = world.add_node();
    LinkPair pair(world, a, b);
    pair.to.link->pause_reading();
    for (std::uint32_t i = 0; i < 3; ++i) pair.from.link->send(peer::Message{peer::Have{i}});
    world.run_for(1s);
    CHECK(pair.to.notes.empty());
    pair.to.on_any_message = [&] { pair.to.link->pause_reading(); };
    pair.to.link->resume_reading();
    CHECK(pair.to.notes.empty());
    world.run_for(1s);
    CHECK(pair.to.notes == std::vector<std::string>{"have 0"});
    pair.to.on_any_message = nullptr;
    pair.to.link->resume_reading();
    pair.from.link.reset();
    world.run_for(1s);
    CHECK(pair.to.notes == std::vector<std::string>{"have 0", "have 1", "have 2", "closed end_of_file"});
}

TEST_CASE("a sink without memory is asked again, and the sender waits at the window", "[lab]")
{
    World world;
    auto& a = world.add_node();
    auto& b = world.add_node({.receive_window = 30'000});
    LinkPair pair(world, a, b);
    int asked = 0;
    bool has_memory = false;
    pair.to.on_block = [&](const peer::BlockHead&) {
        ++asked;
        const auto kind = has_memory ? peer::BlockSink::Kind::discard : peer::BlockSink::Kind::pause;
        return peer::BlockSink{.kind = kind, .place = {}, .why = {}};
    };
    for (std::uint32_t i = 0; i < 10; ++i) pair.from.link->send(synthetic_block(i, 9'987));
    world.run_for(1s);
    CHECK(asked == 1);
    CHECK(pair.from.link->queued_block_octets() == 7 * 9'987);
    has_memory = true;
    pair.to.link->resume_reading();
    world.run_for(1s);
    CHECK(asked == 11);
    CHECK(pair.to.block_octets == 10 * 9'987);
}

TEST_CASE("a message larger than the window still passes", "[lab]")
{
    World world;
    auto& a = world.add_node();
    auto& b = world.add_node({.receive_window = 1'000});
    LinkPair pair(world, a, b);
    for (std::uint32_t i = 0; i < 5; ++i) pair.from.link->send(synthetic_block(i, 9'987));
    world.run_for(10s);
    CHECK(pair.to.block_octets == 5 * 9'987);
}

TEST_CASE("a sink that closes ends the link on both sides", "[lab]")
{
    World world;
    auto& a = world.add_node();
    auto& b = world.add_node();
    LinkPair pair(world, a, b);
    pair.to.on_block = [](const peer::BlockHead&) {
        return peer::BlockSink{.kind = peer::BlockSink::Kind::close,
                               .place = {},
                               .why = make_error(Errc::protocol_error, "nobody asked for this block")};
    };
    pair.from.link->send(synthetic_block(0));
    world.run_for(1s);
    CHECK(pair.to.notes == std::vector<std::string>{"closed protocol_error"});
    REQUIRE(pair.from.notes.size() == 1);
    CHECK(pair.from.notes[0].starts_with("closed "));
}

TEST_CASE("a link may be destroyed inside any of its events", "[lab]")
{
    World world;
    auto& a = world.add_node();
    auto& b = world.add_node();
    LinkPair pair(world, a, b);
    const bool in_a_block = GENERATE(true, false);
    pair.to.on_any_message = [&] { pair.to.link.reset(); };
    pair.to.on_block = [&](const peer::BlockHead&) {
        pair.to.link.reset();
        return peer::BlockSink{};
    };
    if (in_a_block) pair.from.link->send(synthetic_block(0));
    for (std::uint32_t i = 0; i < 3; ++i) pair.from.link->send(peer::Message{peer::Have{i}});
    world.run_for(1s);
    CHECK(pair.to.notes.size() == (in_a_block ? 0 : 1));
    REQUIRE(pair.from.notes.size() == 1);
    CHECK(pair.from.notes[0].starts_with("closed "));
}

TEST_CASE("a link without events keeps its messages and its end", "[lab]")
{
    World world;
    auto& a = world.add_node();
    auto& b = world.add_node();
    LinkPair pair(world, a, b);
    pair.to.link->set_events(nullptr);
    pair.from.link->send(peer::Message{peer::Have{1}});
    world.run_for(1s);
    pair.from.link.reset();
    world.run_for(1s);
    CHECK(pair.to.notes.empty());
    pair.to.link->set_events(&pair.to);
    world.run_for(1s);
    CHECK(pair.to.notes == std::vector<std::string>{"have 1", "closed end_of_file"});
}
