#include "actors.hpp"

#include <algorithm>
#include <numeric>

using namespace shoal;
using namespace shoal::lab_test;
using namespace std::chrono_literals;
using lab::NodeSettings;

TEST_CASE("a stream carries octets in both directions, one latency late", "[lab]")
{
    World world({.latency = 30ms});
    auto& a = world.add_node();
    auto& b = world.add_node();
    StreamPair pair(world, a, b);
    CHECK(world.now() == Time{60ms});
    CHECK(pair.from.stream->remote() == b.endpoint(6881));
    CHECK(pair.to.stream->remote() == pair.from.stream->local());
    CHECK(pair.to.stream->remote().address == a.address());

    const auto there = pattern(100'000);
    const auto back = pattern(50'000);
    pair.from.send(there);
    pair.to.send(back);
    world.run_for(1s);
    CHECK(pair.to.received == there);
    CHECK(pair.from.received == back);
    CHECK(pair.to.last_octet_at == Time{90ms});
}

TEST_CASE("a transfer takes exactly its octets over the rate, however it is cut", "[lab]")
{
    // 1,000,003 octets/s is prime: every segment leaves a remainder of a nanosecond.
    const std::uint64_t rate = 1'000'003;
    const std::uint32_t segment = GENERATE(as<std::uint32_t>{}, 1, 7, 1460, 16384);
    const bool at_the_sender = GENERATE(true, false);
    World world({.latency = 10ms});
    NodeSettings limited{.segment = segment};
    (at_the_sender ? limited.up : limited.down) = rate;
    auto& a = world.add_node(at_the_sender ? limited : NodeSettings{.segment = segment});
    auto& b = world.add_node(at_the_sender ? NodeSettings{} : limited);
    StreamPair pair(world, a, b);
    const std::uint64_t octets = 300'000;
    const auto start = world.now();
    pair.from.send(pattern(octets));
    world.run_for(10s);
    REQUIRE(pair.to.received.size() == octets);
    const Duration exact{static_cast<Duration::rep>(octets * 1'000'000'000 / rate)};
    CHECK(pair.to.last_octet_at == start + exact + 10ms);
}

TEST_CASE("equal rates at both ends cost the time of one", "[lab]")
{
    World world({.latency = 10ms});
    auto& a = world.add_node({.up = 1'000'000});
    auto& b = world.add_node({.down = 1'000'000});
    StreamPair pair(world, a, b);
    const auto start = world.now();
    pair.from.send(pattern(1'000'000));
    world.run_for(10s);
    REQUIRE(pair.to.received.size() == 1'000'000);
    CHECK(pair.to.last_octet_at == start + 1s + 10ms);
}

TEST_CASE("streams share their host's uplink and downlink fairly", "[lab]")
{
    World world;
    const bool one_sends = GENERATE(true, false);
    auto& hub = world.add_node({.up = 4'000'000, .down = 4'000'000});
    std::vector<std::unique_ptr<StreamPair>> pairs;
    for (std::uint16_t i = 0; i < 4; ++i) {
        auto& leaf = world.add_node();
        auto& from = one_sends ? hub : leaf;
        auto& to = one_sends ? leaf : hub;
        pairs.push_back(std::make_unique<StreamPair>(world, from, to, static_cast<std::uint16_t>(7000 + i)));
    }
    const auto start = world.now();
    for (auto& pair : pairs) pair->from.send(pattern(1'000'000));
    world.run_until(start + 20ms + 500ms);
    for (auto& pair : pairs) {
        CHECK(pair->to.received.size() >= 500'000 - 16 * 1024);
        CHECK(pair->to.received.size() <= 500'000 + 16 * 1024);
    }
    world.run_for(2s);
    for (auto& pair : pairs) {
        CHECK(pair->to.received.size() == 1'000'000);
        CHECK(pair->to.last_octet_at <= start + 20ms + 1s);
        CHECK(pair->to.last_octet_at >= start + 20ms + 1s - 20ms);
    }
}

TEST_CASE("a full send buffer blocks until there is room", "[lab]")
{
    World world;
    auto& a = world.add_node({.up = 100'000, .segment = 1000, .send_buffer = 10'000});
    auto& b = world.add_node();
    StreamPair pair(world, a, b);
    const auto octets = pattern(25'000);
    const ByteView all(octets);
    pair.from.stream->want_write(false);
    const auto first = pair.from.stream->write(std::span(&all, 1), false);
    // One segment left at once and made room only for later writes.
    CHECK(first.bytes == 10'000);
    CHECK(first.state == IoState::ready);
    const auto rest = all.subspan(first.bytes);
    const auto second = pair.from.stream->write(std::span(&rest, 1), false);
    CHECK(second.bytes == 1'000);
    const auto more = rest.subspan(second.bytes);
    const auto third = pair.from.stream->write(std::span(&more, 1), false);
    CHECK(third.bytes == 0);
    CHECK(third.state == IoState::would_block);
    pair.from.send(more);
    world.run_for(1s);
    CHECK(pair.to.received == octets);
}

TEST_CASE("a reader that does not read stops the sender at its window", "[lab]")
{
    World world;
    auto& a = world.add_node({.segment = 1000, .send_buffer = 5'000});
    auto& b = world.add_node({.receive_window = 8'000});
    StreamPair pair(world, a, b);
    pair.to.stream->want_read(false);
    const auto octets = pattern(100'000);
    pair.from.send(octets);
    world.run_for(10s);
    CHECK(pair.to.received.empty());
    CHECK(pair.from.to_send.size() == 100'000 - 8'000 - 5'000);
    pair.to.stream->want_read(true);
    world.run_for(10s);
    CHECK(pair.to.received == octets);
}

TEST_CASE("a segment of one octet cuts at every octet", "[lab]")
{
    World world;
    const std::uint64_t rate = GENERATE(0, 1'000'000);
    auto& a = world.add_node({.up = rate, .segment = 1});
    auto& b = world.add_node();
    StreamPair pair(world, a, b);
    const auto octets = pattern(500);
    pair.from.send(octets);
    world.run_for(1s);
    CHECK(pair.to.received == octets);
    CHECK(pair.to.sizes == std::vector<std::size_t>(500, 1));
}

TEST_CASE("a destroyed stream's octets still arrive, then its end", "[lab]")
{
    World world({.latency = 20ms});
    auto& a = world.add_node({.up = 100'000});
    auto& b = world.add_node();
    StreamPair pair(world, a, b);
    const auto octets = pattern(50'000);
    const auto start = world.now();
    const ByteView view(octets);
    REQUIRE(pair.from.stream->write(std::span(&view, 1), false).bytes == octets.size());
    pair.from.stream.reset();
    world.run_for(5s);
    CHECK(pair.to.received == octets);
    CHECK(pair.to.last_state == IoState::closed);
    CHECK(pair.to.ended_at == start + 500ms + 20ms);
    // The first octets find nobody, and only what comes after them can know.
    pair.to.send(as_bytes("x"));
    world.run_for(1s);
    CHECK_FALSE(pair.to.write_failed);
    pair.to.send(as_bytes("x"));
    world.run_for(1s);
    CHECK(pair.to.write_failed);
}

TEST_CASE("a gather write and a scatter read keep the order", "[lab]")
{
    World world;
    auto& a = world.add_node();
    auto& b = world.add_node();
    StreamPair pair(world, a, b);
    pair.to.stream->want_read(false);
    const std::vector<ByteView> pieces{as_bytes("hello"), as_bytes(""), as_bytes(" "), as_bytes("world")};
    CHECK(pair.from.stream->write(pieces, true).bytes == 11);
    world.run_for(1s);
    Bytes first(3);
    Bytes second(20);
    const std::vector<MutableBytes> places{first, second};
    const auto outcome = pair.to.stream->read(places);
    CHECK(outcome.bytes == 11);
    CHECK(as_text(first) == "hel");
    CHECK(as_text(ByteView(second).first(8)) == "lo world");
    CHECK(pair.to.stream->read(places).state == IoState::would_block);
}

TEST_CASE("nobody listening refuses after a round trip, nobody there times out", "[lab]")
{
    World world({.latency = 15ms});
    auto& a = world.add_node();
    auto& b = world.add_node();
    std::vector<std::pair<Errc, Time>> failures;
    const auto note = [&](auto made) {
        REQUIRE_FALSE(made);
        failures.emplace_back(made.error().code, world.now());
    };
    auto& network = a.environment().network;
    network.connect(b.endpoint(1), 5s, note);
    network.connect({Address::from_v4(0x0a010101), 1}, 5s, note);
    const auto cancelled = network.connect(b.endpoint(2), 5s, [](auto) { FAIL("it was cancelled"); });
    network.cancel_connect(cancelled);
    auto links = b.transport().listen(b.endpoint(3), [](auto) { FAIL("a stream is no link"); });
    REQUIRE(links);
    network.connect(b.endpoint(3), 5s, note);
    CHECK(failures.empty());
    world.run_for(10s);
    const decltype(failures) expected{
        {Errc::refused, Time{30ms}}, {Errc::refused, Time{30ms}}, {Errc::timed_out, Time{5s}}};
    CHECK(failures == expected);
    CHECK_FALSE(b.environment().network.listen(b.endpoint(3), [](auto) {}));
    links->reset();
    CHECK(b.environment().network.listen(b.endpoint(3), [](auto) {}));
    CHECK_FALSE(b.environment().network.listen(a.endpoint(4), [](auto) {}));
}

TEST_CASE("datagrams arrive late, whole, and as often as the loss says", "[lab]")
{
    World world({.latency = 40ms});
    auto& a = world.add_node();
    auto& b = world.add_node();
    world.set_loss(a.index(), b.index(), 250'000);
    std::vector<std::string> received;
    Endpoint from;
    auto there =
        b.environment().network.open_datagram(b.endpoint(53), [&](const Endpoint& sender, ByteView datagram) {
            from = sender;
            received.emplace_back(as_text(datagram));
        });
    auto here = a.environment().network.open_datagram(a.endpoint(0), [](const Endpoint&, ByteView) {});
    REQUIRE(there);
    REQUIRE(here);
    (*here)->send(b.endpoint(54), as_bytes("nobody"));
    for (int i = 0; i < 1000; ++i) (*here)->send(b.endpoint(53), as_bytes("datagram " + std::to_string(i)));
    world.run_until(Time{39ms});
    CHECK(received.empty());
    world.run_until(Time{40ms});
    CHECK(received.size() > 700);
    CHECK(received.size() < 800);
    CHECK(from == (*here)->local());
    CHECK(received.front().starts_with("datagram "));
}

TEST_CASE("a changed latency never lets octets overtake", "[lab]")
{
    World world({.latency = 100ms});
    auto& a = world.add_node();
    auto& b = world.add_node();
    StreamPair pair(world, a, b);
    const auto start = world.now();
    pair.from.send(as_bytes("first "));
    world.run_for(1ms);
    world.set_latency(a.index(), b.index(), 1ms);
    pair.from.send(as_bytes("second"));
    world.run_for(1s);
    CHECK(as_text(pair.to.received) == "first second");
    CHECK(pair.to.last_octet_at == start + 100ms);
}
