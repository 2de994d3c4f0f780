#include "actors.hpp"

using namespace shoal;
using namespace shoal::lab_test;
using namespace std::chrono_literals;

namespace {

const Endpoint group = *Endpoint::parse("239.192.152.143:6771");

// A host's socket in the group, and what it heard from whom, and when.
struct Member {
    Member(World& world, Node& node, const Endpoint& joined = group)
    {
        auto opened =
            node.environment().network.open_group(joined, [&world, this](const Endpoint& from, ByteView datagram) {
                heard.push_back(from.to_string() + " " + std::string(as_text(datagram)));
                times.push_back(world.now());
            });
        REQUIRE(opened);
        socket = std::move(*opened);
    }

    std::unique_ptr<environment::DatagramSocket> socket;
    std::vector<std::string> heard;
    std::vector<Time> times;
};

}  // namespace

TEST_CASE("what one host says to a group, every member hears once, after its path's latency", "[lab]")
{
    World world({.latency = 40ms});
    auto& a = world.add_node();
    auto& b = world.add_node();
    auto& c = world.add_node();
    world.set_latency(a.index(), c.index(), 5ms);
    Member here(world, a);
    Member there(world, b);
    Member near(world, c);
    Member twin(world, c);
    here.socket->send(group, as_bytes("hello"));
    world.run_for(1s);
    const std::vector<std::string> expected{"10.0.0.1:6771 hello"};
    for (const auto* member : {&here, &there, &near, &twin}) CHECK(member->heard == expected);
    CHECK(here.times == std::vector{Time{0ms}});
    CHECK(near.times == std::vector{Time{5ms}});
    CHECK(twin.times == std::vector{Time{5ms}});
    CHECK(there.times == std::vector{Time{40ms}});
}

TEST_CASE("only members hear a group, and they hear nothing else", "[lab]")
{
    World world;
    auto& a = world.add_node();
    auto& b = world.add_node();
    Member speaker(world, a);
    Member elsewhere(world, b, *Endpoint::parse("239.192.152.144:6771"));
    std::vector<std::string> bound;
    const auto bare = b.environment().network.open_datagram(
        b.endpoint(6771), [&](const Endpoint&, ByteView datagram) { bound.emplace_back(as_text(datagram)); });
    REQUIRE(bare);
    auto left = std::make_unique<Member>(world, b);
    speaker.socket->send(group, as_bytes("to the group"));
    speaker.socket->send(b.endpoint(6771), as_bytes("to the port"));
    world.run_for(1ms);
    CHECK(speaker.heard.size() == 1);
    // It leaves while the words are on their way.
    CHECK(left->heard.empty());
    left.reset();
    world.run_for(1s);
    CHECK(elsewhere.heard.empty());
    CHECK(bound == std::vector<std::string>{"to the port"});
}

TEST_CASE("a member that is not in the group's port may speak to it", "[lab]")
{
    World world;
    auto& a = world.add_node();
    auto& b = world.add_node();
    Member member(world, b);
    const auto bare = a.environment().network.open_datagram(a.endpoint(99), [](const Endpoint&, ByteView) {});
    REQUIRE(bare);
    (*bare)->send(group, as_bytes("hello"));
    world.run_for(1s);
    CHECK(member.heard == std::vector<std::string>{"10.0.0.1:99 hello"});
}

TEST_CASE("loss and partitions are a path's, not the group's", "[lab]")
{
    World world;
    auto& a = world.add_node();
    auto& b = world.add_node();
    auto& c = world.add_node();
    auto& d = world.add_node();
    world.set_loss(a.index(), b.index(), 250'000);
    world.partition(a.index(), c.index());
    Member speaker(world, a);
    Member lossy(world, b);
    Member cut_off(world, c);
    Member well(world, d);
    for (int i = 0; i < 1000; ++i) speaker.socket->send(group, as_bytes("x"));
    world.run_for(1s);
    CHECK(lossy.heard.size() > 700);
    CHECK(lossy.heard.size() < 800);
    CHECK(cut_off.heard.empty());
    CHECK(well.heard.size() == 1000);
}

TEST_CASE("a dead host hears nothing, and its socket may still be destroyed", "[lab]")
{
    World world;
    auto& a = world.add_node();
    auto& b = world.add_node();
    Member speaker(world, a);
    Member dead(world, b);
    b.crash();
    dead.socket->send(group, as_bytes("from the grave"));
    speaker.socket->send(group, as_bytes("hello"));
    world.run_for(1s);
    CHECK(dead.heard.empty());
    CHECK(speaker.heard.size() == 1);
    CHECK_FALSE(b.environment().network.open_group(group, [](const Endpoint&, ByteView) {}));
    dead.socket.reset();
    b.restart();
    Member again(world, b);
    speaker.socket->send(group, as_bytes("hello again"));
    world.run_for(1s);
    CHECK(again.heard == std::vector<std::string>{"10.0.0.1:6771 hello again"});
}

TEST_CASE("what is no group of the lab is an error in words", "[lab]")
{
    World world;
    auto& network = world.add_node().environment().network;
    const auto why = [&](const char* text) {
        const auto opened = network.open_group(*Endpoint::parse(text), [](const Endpoint&, ByteView) {});
        return opened ? std::string{} : opened.error().text;
    };
    CHECK(why("10.0.0.1:6771") == "this host cannot join the group 10.0.0.1:6771");
    CHECK(why("239.0.0.1:0") == "this host cannot join the group 239.0.0.1:0");
    CHECK(why("[ff15::1]:6771") == "join the group [ff15::1]:6771: this host has no such address");
}

TEST_CASE("the same words to a group have the same fingerprint, other words another", "[lab]")
{
    const auto run = [](std::string_view words) {
        World world;
        auto& a = world.add_node();
        auto& b = world.add_node();
        world.set_loss(a.index(), b.index(), 500'000);
        Member speaker(world, a);
        Member listener(world, b);
        for (int i = 0; i < 20; ++i) speaker.socket->send(group, as_bytes(words));
        world.run_for(1s);
        return world.fingerprint();
    };
    CHECK(run("hello") == run("hello"));
    CHECK(run("hello") != run("hallo"));
}
