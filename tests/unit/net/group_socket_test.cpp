#include "net/group_socket.hpp"

#include "machine.hpp"
#include "net/datagram_socket.hpp"
#include "private_network.hpp"

#include <algorithm>

#include <net/if.h>

namespace shoal::net {

using test::Machine;
using Group = std::unique_ptr<environment::DatagramSocket>;

namespace {

// Through the loopback device alone: what a test sends stays on the machine.
std::vector<Interface> loopback_only()
{
    return {{.index = ::if_nametoindex("lo"),
             .name = "lo",
             .subnets = {{Address::from_v4(0x7f000001), 8}}}};
}

const Endpoint group4 = *Endpoint::parse("239.192.152.144:46771");
const Endpoint group6 = *Endpoint::parse("[ff15::efc0:9890]:46771");

struct Member {
    explicit Member(Machine& machine, const Endpoint& group = group4)
        : Member(machine, {.group = group, .interfaces = [] { return loopback_only(); }})
    {
    }

    Member(Machine& machine, GroupSocket::Options options)
    {
        auto opened =
            GroupSocket::open(machine.loop, std::move(options), [this](const Endpoint& from, ByteView datagram) {
                heard.push_back(from.address.to_string() + " " + std::string(as_text(datagram)));
            });
        if (!opened) FAIL(opened.error().text);
        socket = std::move(*opened);
    }

    Group socket;
    std::vector<std::string> heard;
};

Error refusal(Machine& machine, const Endpoint& group, GroupSocket::Interfaces interfaces)
{
    const auto opened =
        GroupSocket::open(machine.loop, {.group = group, .interfaces = std::move(interfaces)}, [](const Endpoint&, ByteView) {});
    REQUIRE_FALSE(opened);
    return opened.error();
}

}  // namespace

TEST_CASE("all members of a group on this machine hear what one says, itself included", "[net]")
{
    Machine machine;
    Member one(machine);
    Member two(machine);
    one.socket->send(group4, as_bytes("hello"));
    REQUIRE(machine.turn_until([&] { return !one.heard.empty() && !two.heard.empty(); }));
    machine.turn_for(std::chrono::milliseconds{20});
    CHECK(one.heard == std::vector<std::string>{"127.0.0.1 hello"});
    CHECK(two.heard == one.heard);
    CHECK(one.socket->local() == group4);
}

TEST_CASE("a group is heard over IPv6, too, by whatever interface there is", "[net]")
{
    const test::PrivateNetwork network;
    if (!network.is_made()) {
        SUCCEED("loopback has no IPv6 multicast, and only root can make a network that has");
        return;
    }
    Machine machine;
    const auto all = [] { return multicast_interfaces(true); };
    Member one(machine, {.group = group6, .interfaces = all});
    Member two(machine, {.group = group6, .interfaces = all});
    one.socket->send(group6, as_bytes("hello"));
    REQUIRE(machine.turn_until([&] { return !two.heard.empty(); }));
    CHECK(two.heard == std::vector<std::string>{"fd00:5::1 hello"});
    CHECK(one.heard == two.heard);
}

TEST_CASE("what is sent to a group's port alone is not heard, nor what is sent to another group", "[net]")
{
    Machine machine;
    Member member(machine);
    Member other(machine, *Endpoint::parse("239.192.152.145:46771"));
    const auto bare = machine.network.open_datagram(test::loopback(), [](const Endpoint&, ByteView) {});
    REQUIRE(bare);
    (*bare)->send(test::loopback(group4.port), as_bytes("to the port"));
    other.socket->send(other.socket->local(), as_bytes("to others"));
    member.socket->send(group4, as_bytes("to the group"));
    REQUIRE(machine.turn_until([&] { return !member.heard.empty() && !other.heard.empty(); }));
    machine.turn_for(std::chrono::milliseconds{20});
    CHECK(member.heard == std::vector<std::string>{"127.0.0.1 to the group"});
}

TEST_CASE("a member answers one alone from the group's port", "[net]")
{
    Machine machine;
    Member member(machine);
    Endpoint answered_from;
    const auto asker = machine.network.open_datagram(
        test::loopback(), [&](const Endpoint& from, ByteView) { answered_from = from; });
    REQUIRE(asker);
    member.socket->send((*asker)->local(), as_bytes("for you"));
    CHECK(machine.turn_until([&] { return answered_from == test::loopback(group4.port); }));
}

TEST_CASE("an interface that goes and comes back is spoken through again", "[net]")
{
    using std::chrono::milliseconds;
    Machine machine;
    bool is_there = true;
    const auto often = milliseconds{2};
    const auto never = std::chrono::hours{1};
    // Now and then, and before it speaks: each of the two is enough.
    const auto [look_every, fresh_for] = GENERATE_COPY(std::pair<environment::Duration, environment::Duration>(often, never),
                                                       std::pair<environment::Duration, environment::Duration>(never, often));
    Member speaker(machine, {.group = group4,
                             .interfaces = [&] { return is_there ? loopback_only() : std::vector<Interface>{}; },
                             .look_every = look_every,
                             .fresh_for = fresh_for});
    Member listener(machine);
    const auto say = [&](std::string_view words) {
        machine.turn_for(milliseconds{20});
        speaker.socket->send(group4, as_bytes(words));
        machine.turn_for(milliseconds{20});
    };
    is_there = false;
    say("lost");
    CHECK(listener.heard.empty());
    is_there = true;
    say("heard");
    CHECK(listener.heard == std::vector<std::string>{"127.0.0.1 heard"});
    CHECK(speaker.heard == listener.heard);
}

TEST_CASE("why a group cannot be joined is said in words", "[net]")
{
    Machine machine;
    SECTION("no interface")
    {
        const auto why = refusal(machine, group4, [] { return std::vector<Interface>{}; });
        CHECK(why.code == Errc::unsupported);
        CHECK(why.text == "join the group 239.192.152.144:46771: no network interface can multicast");
    }
    SECTION("an interface that is gone")
    {
        const auto why = refusal(machine, group4, [] {
            return std::vector<Interface>{{.index = 1'000'000, .name = "gone0", .subnets = {}}};
        });
        CHECK(why.text == "join the group 239.192.152.144:46771: No such device (gone0)");
    }
    SECTION("no group")
    {
        CHECK(refusal(machine, test::loopback(46771), [] { return loopback_only(); }).code == Errc::invalid_argument);
        CHECK(refusal(machine, {group4.address, 0}, [] { return loopback_only(); }).code == Errc::invalid_argument);
    }
    SECTION("a port that somebody has for himself")
    {
        const auto taken = machine.network.open_datagram(group4, [](const Endpoint&, ByteView) {});
        REQUIRE(taken);
        CHECK(refusal(machine, group4, [] { return loopback_only(); }).text
              == "listen to the group 239.192.152.144:46771: Address already in use");
    }
}

TEST_CASE("a member destroyed while it hears a datagram hears no more", "[net]")
{
    Machine machine;
    Member speaker(machine);
    Group socket;
    int heard = 0;
    auto opened = GroupSocket::open(machine.loop, {.group = group4, .interfaces = [] { return loopback_only(); }},
                                    [&](const Endpoint&, ByteView datagram) {
        socket.reset();
        heard += static_cast<int>(datagram.size());
    });
    REQUIRE(opened);
    socket = std::move(*opened);
    for (int i = 0; i < 3; ++i) speaker.socket->send(group4, as_bytes("x"));
    REQUIRE(machine.turn_until([&] { return speaker.heard.size() == 3; }));
    machine.turn_for(std::chrono::milliseconds{5});
    CHECK(heard == 1);
}

TEST_CASE("the loopback device is among the interfaces that can multicast, with its network", "[net]")
{
    const auto interfaces = multicast_interfaces(false);
    const auto loopback = std::ranges::find(interfaces, std::string("lo"), &Interface::name);
    REQUIRE(loopback != interfaces.end());
    CHECK(loopback->index == ::if_nametoindex("lo"));
    REQUIRE_FALSE(loopback->subnets.empty());
    CHECK(loopback->subnets.front().contains(Address::from_v4(0x7f123456)));
    CHECK_FALSE(loopback->subnets.front().contains(Address::from_v4(0x0a000001)));
}

TEST_CASE("a subnet ends at its last bit", "[net]")
{
    const auto holds = [](const char* network, unsigned length, const char* address) {
        return Subnet{*Address::parse(network), length}.contains(*Address::parse(address));
    };
    CHECK(holds("198.51.100.130", 25, "198.51.100.255"));
    CHECK_FALSE(holds("198.51.100.130", 25, "198.51.100.127"));
    CHECK(holds("198.51.100.130", 32, "198.51.100.130"));
    CHECK_FALSE(holds("198.51.100.130", 32, "198.51.100.131"));
    CHECK(holds("198.51.100.130", 0, "203.0.113.1"));
    CHECK(holds("2001:db8:1:2::7", 64, "2001:db8:1:2:ffff::"));
    CHECK_FALSE(holds("2001:db8:1:2::7", 64, "2001:db8:1:3::7"));
    CHECK_FALSE(holds("::", 0, "203.0.113.1"));
}

}  // namespace shoal::net
