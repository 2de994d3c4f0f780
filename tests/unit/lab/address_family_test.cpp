#include "actors.hpp"

using namespace shoal;
using namespace shoal::lab_test;
using namespace std::chrono_literals;

namespace {

constexpr lab::NodeSettings v6_alone{.has_v4 = false, .has_v6 = true};
constexpr lab::NodeSettings both{.has_v4 = true, .has_v6 = true};

// What came of a connection from one host to another: who it came from, or why it was not made.
std::string outcome_of(World& world, Node& from, Node& to, const Endpoint& at)
{
    std::string outcome;
    auto listener = to.environment().network.listen(at, [&](std::unique_ptr<environment::Stream> stream) {
        outcome = stream->remote().address.to_string();
    });
    if (!listener) return listener.error().text;
    from.environment().network.connect(at, 10s, [&](Result<std::unique_ptr<environment::Stream>> made) {
        if (!made) outcome = made.error().text;
    });
    world.run_for(20s);
    return outcome;
}

}  // namespace

TEST_CASE("a host has an IPv4 address, an IPv6 address or both, and is found at them", "[lab]")
{
    World world;
    auto& four = world.add_node();
    auto& six = world.add_node(v6_alone);
    auto& two = world.add_node(both);
    CHECK(four.address().to_string() == "10.0.0.1");
    CHECK(six.address().to_string() == "fd00::2");
    CHECK(two.address().to_string() == "10.0.0.3");
    CHECK(two.address(true).to_string() == "fd00::3");
    CHECK(world.node_at(two.address(true)) == &two);
    CHECK(world.node_at(*Address::parse("fd00::1")) == nullptr);
    CHECK(world.node_at(*Address::parse("fd00::1:0:2")) == nullptr);
    CHECK(world.node_at(*Address::parse("10.0.0.2")) == nullptr);
}

TEST_CASE("hosts reach each other in a family that both have", "[lab]")
{
    World world;
    auto& four = world.add_node();
    auto& six = world.add_node(v6_alone);
    auto& two = world.add_node(both);
    CHECK(outcome_of(world, six, two, two.endpoint(true, 80)) == "fd00::2");
    CHECK(outcome_of(world, four, two, two.endpoint(false, 80)) == "10.0.0.1");
    CHECK(outcome_of(world, two, six, six.endpoint(80)) == "fd00::3");
    CHECK(outcome_of(world, four, six, six.endpoint(80)) == "no answer from [fd00::2]:80");
    CHECK(outcome_of(world, six, four, {*Address::parse("::"), 80}) == "this host cannot listen at [::]:80");
}

TEST_CASE("a number is a different port in each family", "[lab]")
{
    World world;
    auto& network = world.add_node(both).environment().network;
    const auto bind = [&](const char* text) {
        return network.open_datagram(*Endpoint::parse(text), [](const Endpoint&, ByteView) {});
    };
    const auto four = bind("0.0.0.0:6881");
    const auto six = bind("[::]:6881");
    REQUIRE(four);
    REQUIRE(six);
    CHECK((*four)->local().to_string() == "10.0.0.1:6881");
    CHECK((*six)->local().to_string() == "[fd00::1]:6881");
    CHECK_FALSE(bind("[::]:6881"));
}

TEST_CASE("datagrams stay in their family, alone and in groups", "[lab]")
{
    World world;
    auto& sender = world.add_node(both);
    auto& hearer = world.add_node(both);
    const auto group = *Endpoint::parse("[ff15::efc0:988f]:6771");
    std::vector<std::string> heard;
    const auto hear = [&](const Endpoint& from, ByteView) { heard.push_back(from.to_string()); };
    auto& theirs = hearer.environment().network;
    const auto four = theirs.open_datagram(*Endpoint::parse("0.0.0.0:7"), hear);
    const auto six = theirs.open_datagram(*Endpoint::parse("[::]:7"), hear);
    const auto member = theirs.open_group(group, hear);
    REQUIRE(member);
    const auto from = *sender.environment().network.open_datagram(*Endpoint::parse("[::]:9"), [](const Endpoint&, ByteView) {});
    from->send(hearer.endpoint(false, 7), as_bytes("lost"));
    from->send(hearer.endpoint(true, 7), as_bytes("hello"));
    from->send(group, as_bytes("all of you"));
    world.run_for(1s);
    CHECK(heard == std::vector<std::string>{"[fd00::1]:9", "[fd00::1]:9"});
}

TEST_CASE("a web server is asked over the family of its address, by name over one that the client has", "[lab]")
{
    World world;
    auto& six = world.add_node(v6_alone);
    auto& server = world.add_node(both);
    std::vector<std::string> asked_from;
    const auto listener = server.environment().http_server.listen(
        server.endpoint(true, 80), [&](environment::HttpQuestion question, environment::HttpServer::Answer answer) {
            asked_from.push_back(question.from.address.to_string());
            answer({});
        });
    REQUIRE(listener);
    world.add_name("web.example", {server.address(false), server.address(true)});
    for (const char* url : {"http://[fd00::2]/", "http://web.example/", "http://10.0.0.2/"}) {
        environment::HttpRequest request;
        request.url = url;
        six.environment().http.request(std::move(request), [](const auto&) {});
    }
    world.run_for(61s);
    CHECK(asked_from == std::vector<std::string>{"fd00::1", "fd00::1"});
}

TEST_CASE("a host tells what of it is in use, until nothing is", "[lab]")
{
    World world;
    auto& here = world.add_node();
    auto& there = world.add_node();
    auto& network = here.environment().network;
    const auto group = *Endpoint::parse("239.0.0.1:5");
    {
        environment::Timer timer(here.loop());
        timer.start(1h, [] {});
        const auto listener = *network.listen(here.endpoint(1), [](std::unique_ptr<environment::Stream>) {});
        const auto socket = *network.open_datagram(here.endpoint(2), [](const Endpoint&, ByteView) {});
        const auto member = *network.open_group(group, [](const Endpoint&, ByteView) {});
        StreamUser user(world);
        there.environment().network.connect(here.endpoint(1), 10s, [&](auto made) { user.take(std::move(*made)); });
        world.run_for(1s);
        here.environment().resolver.resolve("nobody", [](const auto&) {});
        here.environment().http.request({.url = "http://10.0.0.9/"}, [](const auto&) {});
        CHECK(here.in_use() == lab::InUse{.events = 3,
                                          .listeners = 1,
                                          .datagram_sockets = 2,
                                          .connections = 0,
                                          .names = 1,
                                          .requests = 1});
        CHECK(there.in_use().connections == 1);
    }
    world.run_for(2min);
    CHECK(here.in_use() == lab::InUse{});
    CHECK(there.in_use() == lab::InUse{});
    CHECK_FALSE(world.step());
}
