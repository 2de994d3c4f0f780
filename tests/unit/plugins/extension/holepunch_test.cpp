#include "holepunch.hpp"
#include "peer_host.hpp"
#include "support/endpoint.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;

namespace shoal::holepunch {
namespace {

using Wired = test::Wired<Holepunch>;

Bytes rendezvous(std::string_view target)
{
    return encode({.kind = Kind::rendezvous, .endpoint = test::endpoint(target)});
}

Bytes connect(std::string_view target) { return encode({.kind = Kind::connect, .endpoint = test::endpoint(target)}); }

Bytes error(std::string_view target, std::uint32_t code)
{
    return encode({.kind = Kind::error, .endpoint = test::endpoint(target), .error = code});
}

using Payloads = std::vector<Bytes>;

} // namespace

TEST_CASE("a relay tells both sides of each other", "[extension][holepunch]")
{
    Wired wired;
    const auto initiator = wired.join({.remote = "1.1.1.1:40000", .listening = "1.1.1.1:6881"});
    const auto target = wired.join({.remote = "[2001:db8::2]:50000", .listening = "[2001:db8::2]:7000"});
    wired.say(initiator, rendezvous("[2001:db8::2]:7000"));
    CHECK(wired.sent_to(initiator) == Payloads{connect("[2001:db8::2]:7000")});
    CHECK(wired.sent_to(target) == Payloads{connect("1.1.1.1:6881")});
}

TEST_CASE("a peer whose listening port nobody knows is named by its connection", "[extension][holepunch]")
{
    Wired wired;
    const auto initiator = wired.join({.remote = "1.1.1.1:40000"});
    const auto target = wired.join({.remote = "2.2.2.2:50000"});
    wired.say(initiator, rendezvous("2.2.2.2:50000"));
    CHECK(wired.sent_to(initiator) == Payloads{connect("2.2.2.2:50000")});
    CHECK(wired.sent_to(target) == Payloads{connect("1.1.1.1:40000")});
}

TEST_CASE("who cannot be reached by a rendezvous is told why", "[extension][holepunch]")
{
    Wired wired;
    wired.own = {to_abi(test::endpoint("9.9.9.9:6881"))};
    const auto initiator = wired.join({.remote = "1.1.1.1:40000", .listening = "1.1.1.1:6881"});
    wired.join({.remote = "3.3.3.3:3000", .listening = {}, .flags = 0});
    SECTION("0x01: the endpoint leads nowhere")
    {
        for (const auto* nowhere : {"2.2.2.2:0", "0.0.0.0:80", "224.0.0.1:80", "[ff02::1]:80", "[::]:1"}) {
            wired.say(initiator, rendezvous(nowhere));
            CHECK(wired.sent.back().payload == error(nowhere, 1));
        }
        CHECK(wired.sent.size() == 5);
    }
    SECTION("0x01: the endpoint is its own")
    {
        wired.say(initiator, rendezvous("1.1.1.1:6881"));
        CHECK(wired.sent_to(initiator) == Payloads{error("1.1.1.1:6881", 1)});
    }
    SECTION("0x02: the relay is not connected to it")
    {
        wired.say(initiator, rendezvous("2.2.2.2:2000"));
        CHECK(wired.sent_to(initiator) == Payloads{error("2.2.2.2:2000", 2)});
    }
    SECTION("0x03: the target does not speak it")
    {
        wired.say(initiator, rendezvous("3.3.3.3:3000"));
        CHECK(wired.sent_to(initiator) == Payloads{error("3.3.3.3:3000", 3)});
    }
    SECTION("0x04: the endpoint is the relay's")
    {
        wired.say(initiator, rendezvous("9.9.9.9:6881"));
        CHECK(wired.sent_to(initiator) == Payloads{error("9.9.9.9:6881", 4)});
    }
    CHECK(wired.disconnected.empty());
}

TEST_CASE("X4: nothing is sent to anybody but peers that are connected and speak it", "[extension][holepunch]")
{
    Wired wired;
    const auto initiator = wired.join({.remote = "1.1.1.1:40000"});
    const auto mute = wired.join({.remote = "2.2.2.2:2000", .listening = {}, .flags = 0});
    const auto gone = wired.join({.remote = "3.3.3.3:3000"});
    wired.leave(gone);
    for (const auto* target : {"2.2.2.2:2000", "3.3.3.3:3000", "8.8.8.8:53"}) wired.say(initiator, rendezvous(target));
    CHECK(wired.sent_to(mute).empty());
    CHECK(wired.sent_to(gone).empty());
    CHECK(wired.sent_to(initiator).size() == 3);
    CHECK(wired.found.empty());
}

TEST_CASE("nothing is done for a peer that does not take the message itself", "[extension][holepunch]")
{
    Wired wired;
    const auto mute = wired.join({.remote = "1.1.1.1:40000", .listening = {}, .flags = 0});
    const auto target = wired.join({.remote = "2.2.2.2:2000"});
    wired.say(mute, rendezvous("2.2.2.2:2000"));
    wired.say(mute, connect("5.5.5.5:5000"));
    CHECK(wired.sent_to(target).empty());
    CHECK(wired.found.empty());
}

TEST_CASE("X4: who asks for a rendezvous without end is not heard, and then disconnected", "[extension][holepunch]")
{
    Wired wired;
    const auto initiator = wired.join({.remote = "1.1.1.1:40000"});
    const auto target = wired.join({.remote = "2.2.2.2:2000"});
    for (int i = 0; i < 30; ++i) wired.say(initiator, rendezvous("2.2.2.2:2000"));
    CHECK(wired.sent_to(target).size() == 6);
    CHECK(wired.disconnected.empty());
    wired.advance(60s);
    wired.say(initiator, rendezvous("2.2.2.2:2000"));
    CHECK(wired.sent_to(target).size() == 7);
    for (int i = 0; i < 60; ++i) wired.say(initiator, rendezvous("2.2.2.2:2000"));
    CHECK(wired.disconnected.contains(initiator));
}

TEST_CASE("X4: many initiators cannot flood one target", "[extension][holepunch]")
{
    Wired wired;
    const auto target = wired.join({.remote = "2.2.2.2:2000"});
    for (int i = 0; i < 20; ++i) {
        const auto initiator = wired.join({.remote = "1.1.1." + std::to_string(i + 1) + ":40000"});
        for (int k = 0; k < 6; ++k) wired.say(initiator, rendezvous("2.2.2.2:2000"));
    }
    CHECK(wired.sent_to(target).size() == 12);
    CHECK(wired.sent.back().payload == error("2.2.2.2:2000", 2));
}

TEST_CASE("whom a relay names is called at once", "[extension][holepunch]")
{
    Wired wired;
    const auto relay = wired.join({.remote = "1.1.1.1:40000"});
    wired.say(relay, connect("[2001:db8::7]:7000"));
    REQUIRE(wired.found.size() == 1);
    CHECK(wired.found[0].endpoint == test::endpoint("[2001:db8::7]:7000"));
    CHECK(wired.found[0].is_urgent);
    CHECK(wired.sent.empty());
}

TEST_CASE("X4: a relay cannot have just anybody called", "[extension][holepunch]")
{
    Wired wired;
    wired.own = {to_abi(test::endpoint("9.9.9.9:6881"))};
    const auto relay = wired.join({.remote = "1.1.1.1:40000"});
    wired.join({.remote = "2.2.2.2:50000", .listening = "2.2.2.2:2000"});
    for (const auto* nobody : {"5.5.5.5:0", "0.0.0.0:80", "239.0.0.1:80", "127.0.0.1:80", "10.0.0.1:80", "[::1]:80",
                               "[::ffff:192.168.0.1]:80", "9.9.9.9:6881", "2.2.2.2:2000", "2.2.2.2:50000"}) {
        INFO(nobody);
        wired.say(relay, connect(nobody));
        CHECK(wired.found.empty());
        wired.advance(15s);
    }
    CHECK(wired.disconnected.empty());
}

TEST_CASE("a relay in the local network may name others in it", "[extension][holepunch]")
{
    Wired wired;
    const auto relay = wired.join({.remote = "192.168.0.1:40000"});
    wired.say(relay, connect("127.0.0.1:80"));
    CHECK(wired.found.empty());
    wired.say(relay, connect("10.0.0.1:80"));
    CHECK(wired.found.size() == 1);
}

TEST_CASE("X4: a relay names four a minute, all relays together ten", "[extension][holepunch]")
{
    Wired wired;
    for (std::uint16_t r = 1; r <= 5; ++r) {
        const auto relay = wired.join({.remote = "1.1.1." + std::to_string(r) + ":40000"});
        for (std::uint16_t port = 1; port <= 20; ++port) {
            wired.say(relay, encode({.kind = Kind::connect, .endpoint = {Address::from_v4(0x05050500u + r), port}}));
        }
        if (r == 1) CHECK(wired.found.size() == 4);
    }
    CHECK(wired.found.size() == 10);
}

TEST_CASE("an error is not answered", "[extension][holepunch]")
{
    Wired wired;
    const auto peer = wired.join({.remote = "1.1.1.1:40000"});
    wired.say(peer, error("2.2.2.2:2000", 2));
    wired.say(peer, error("2.2.2.2:2000", 77));
    CHECK(wired.sent.empty());
    CHECK(wired.found.empty());
    CHECK(wired.disconnected.empty());
    CHECK(wired.armed_timers() == 0);
}

TEST_CASE("a torn holepunch message ends the connection", "[extension][holepunch]")
{
    Wired wired;
    const auto peer = wired.join({.remote = "1.1.1.1:40000"});
    wired.say(peer, ByteView(connect("5.5.5.5:5000")).first(7));
    CHECK(wired.disconnected.contains(peer));
}

TEST_CASE("a relay that cannot send goes on", "[extension][holepunch]")
{
    Wired wired;
    const auto initiator = wired.join({.remote = "1.1.1.1:40000"});
    const auto target = wired.join({.remote = "2.2.2.2:2000"});
    wired.send_status[target] = SHOAL_E_LIMIT;
    wired.say(initiator, rendezvous("2.2.2.2:2000"));
    CHECK(wired.sent_to(initiator).size() == 1);
    CHECK(wired.disconnected.empty());
}

TEST_CASE("an allowance comes back with time, up to what it was", "[extension][holepunch]")
{
    Allowance allowance{2, 10s};
    CHECK(allowance.take(100s));
    CHECK(allowance.take(100s));
    CHECK_FALSE(allowance.take(109s));
    CHECK(allowance.take(110s));
    CHECK_FALSE(allowance.take(110s));
    CHECK(allowance.take(10'000s));
    CHECK(allowance.take(10'000s));
    CHECK_FALSE(allowance.take(10'000s));
}

} // namespace shoal::holepunch
