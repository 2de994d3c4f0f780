#include "actors.hpp"

#include <malloc.h>

#include <chrono>
#include <iostream>

using namespace shoal;
using namespace shoal::lab_test;
using namespace std::chrono_literals;

namespace {

class Echo final : public peer::LinkEvents {
public:
    void on_handshake(const peer::Handshake&) override {}
    void on_message(const peer::Message& message) override
    {
        ++received;
        link->send(message);
    }
    peer::BlockSink on_block_begin(const peer::BlockHead&) override { return {}; }
    void on_block_end(const peer::BlockHead&, peer::Payload) override {}
    void on_sent() override {}
    void on_closed(const Error&) override {}

    std::unique_ptr<peer::Link> link;
    std::uint64_t received = 0;
};

struct EchoPair {
    EchoPair(World& world, Node& a, Node& b, std::uint16_t port)
    {
        listener = std::move(
            *b.transport().listen(b.endpoint(port), [this](auto made) { take(to, std::move(made)); }));
        a.transport().connect(b.endpoint(port), 1s, [this](auto made) { take(from, std::move(*made)); });
        REQUIRE(world.run_until([&] { return from.link && to.link; }, world.now() + 1s));
    }

    static void take(Echo& echo, std::unique_ptr<peer::Link> link)
    {
        echo.link = std::move(link);
        echo.link->set_events(&echo);
    }

    Echo from;
    Echo to;
    std::unique_ptr<environment::Listener> listener;
};

double measure(World& world, std::uint64_t events)
{
    const auto before = world.events_run();
    const auto start = std::chrono::steady_clock::now();
    while (world.events_run() - before < events) world.step();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    return static_cast<double>(events) / took.count();
}

std::size_t heap_in_use()
{
    return mallinfo2().uordblks;
}

}  // namespace

TEST_CASE("speed of two hosts that send a message to and fro", "[.bench]")
{
    World world;
    EchoPair pair(world, world.add_node(), world.add_node(), 1);
    pair.from.link->send(peer::Message{peer::Have{1}});
    std::cout << "ping-pong: " << static_cast<std::uint64_t>(measure(world, 3'000'000)) << " events/s\n";
    CHECK(pair.to.received > 0);
}

TEST_CASE("speed and memory of a thousand hosts in conversation", "[.bench]")
{
    const std::uint64_t rate = GENERATE(as<std::uint64_t>{}, 0, 10'000'000);
    World world;
    const auto empty = heap_in_use();
    auto& hub = world.add_node({.up = rate, .down = rate});
    std::vector<Node*> nodes;
    for (int i = 0; i < 1000; ++i) nodes.push_back(&world.add_node({.up = rate, .down = rate}));
    const auto with_nodes = heap_in_use();
    std::vector<std::unique_ptr<EchoPair>> pairs;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        pairs.push_back(std::make_unique<EchoPair>(world, *nodes[i], hub, static_cast<std::uint16_t>(i + 1)));
    }
    const auto with_links = heap_in_use();
    std::cout << "a host: " << (with_nodes - empty) / 1000
              << " octets; a connection with both links: " << (with_links - with_nodes) / 1000 << " octets\n";
    world.run_for(1s);
    CHECK_FALSE(world.step());  // a thousand idle peers cost nothing
    for (auto& pair : pairs) pair->from.link->send(peer::Message{peer::Request{1, 2, 3}});
    std::cout << "a thousand conversations at " << rate
              << " octets/s: " << static_cast<std::uint64_t>(measure(world, 3'000'000)) << " events/s\n";
}
