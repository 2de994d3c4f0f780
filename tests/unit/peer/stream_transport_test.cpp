#include "peer/stream_transport.hpp"

#include "memory_network.hpp"
#include "wire_samples.hpp"

#include <catch2/catch.hpp>

namespace shoal::peer {
namespace {

const Endpoint home{.address = Address::from_v4(0x0a000002), .port = 6881};

}  // namespace

TEST_CASE("a transport connects two links that can talk", "[peer][transport]")
{
    testing::MemoryLoop loop;
    testing::MemoryNetwork network(loop);
    StreamTransport transport(loop, network);
    std::unique_ptr<Link> inbound;
    std::unique_ptr<Link> outbound;
    const auto listener =
        transport.listen(home, [&](std::unique_ptr<Link> link) { inbound = std::move(link); });
    REQUIRE(listener);
    CHECK((*listener)->local() == home);
    transport.connect(home, std::chrono::seconds(10), [&](Result<std::unique_ptr<Link>> link) {
        REQUIRE(link);
        outbound = std::move(*link);
    });
    CHECK(outbound == nullptr);
    loop.run();
    REQUIRE(inbound);
    REQUIRE(outbound);

    testing::Recorder heard;
    inbound->set_events(&heard);
    outbound->send(testing::sample_handshake());
    outbound->send(Have{1});
    loop.run();
    CHECK(heard.lines == std::vector<std::string>{testing::describe(testing::sample_handshake()), "have 1"});
}

TEST_CASE("a connection that fails is told with its reason", "[peer][transport]")
{
    testing::MemoryLoop loop;
    testing::MemoryNetwork network(loop);
    StreamTransport transport(loop, network);
    Error why;
    transport.connect(home, std::chrono::seconds(10),
                      [&](Result<std::unique_ptr<Link>> link) { why = link.error(); });
    loop.run();
    CHECK(why.code == Errc::refused);
}

TEST_CASE("a cancelled connection is never told", "[peer][transport]")
{
    testing::MemoryLoop loop;
    testing::MemoryNetwork network(loop);
    StreamTransport transport(loop, network);
    int calls = 0;
    const auto operation =
        transport.connect(home, std::chrono::seconds(10), [&](Result<std::unique_ptr<Link>>) { ++calls; });
    transport.cancel_connect(operation);
    loop.run();
    CHECK(calls == 0);
}

TEST_CASE("an address in use is an error", "[peer][transport]")
{
    testing::MemoryLoop loop;
    testing::MemoryNetwork network(loop);
    StreamTransport transport(loop, network);
    const auto first = transport.listen(home, [](std::unique_ptr<Link>) {});
    REQUIRE(first);
    CHECK_FALSE(transport.listen(home, [](std::unique_ptr<Link>) {}));
}

TEST_CASE("the limits of a transport are those of its links", "[peer][transport][bad-input]")
{
    testing::MemoryLoop loop;
    testing::MemoryNetwork network(loop);
    StreamTransport transport(loop, network, {.limits = {.block = 32 << 10}});
    std::unique_ptr<Link> inbound;
    const auto listener =
        transport.listen(home, [&](std::unique_ptr<Link> link) { inbound = std::move(link); });
    std::unique_ptr<Link> outbound;
    transport.connect(home, std::chrono::seconds(10), [&](auto link) { outbound = std::move(*link); });
    loop.run();
    testing::Recorder heard;
    inbound->set_events(&heard);
    outbound->send(testing::sample_handshake());
    const auto payload = std::make_shared<const Bytes>(20000);
    outbound->send(OutgoingBlock{.head = {.piece = 0, .begin = 0, .length = 20000},
                                 .parts = {BufferRegion{payload, 0, 20000}}});
    loop.run();
    REQUIRE(heard.lines.size() == 3);
    CHECK(heard.lines[2].starts_with("end 0/0+20000"));
}

}  // namespace shoal::peer
