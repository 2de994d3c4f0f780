#include "peer_exchange.hpp"
#include "peer_host.hpp"
#include "support/endpoint.hpp"

#include <shoal/bencode.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

using namespace std::chrono_literals;

namespace shoal::peer_exchange {
namespace {

using Wired = test::Wired<PeerExchange>;
using Texts = std::set<std::string>;

Texts texts(const std::vector<NamedPeer>& peers)
{
    Texts out;
    for (const auto& peer : peers) out.insert(peer.endpoint.to_string());
    CHECK(out.size() == peers.size());
    return out;
}

Texts added(const Bytes& payload) { return texts(parse_added(payload, 10'000).value()); }

/// The same, of those that are dropped.
Texts dropped(const Bytes& payload)
{
    const auto document = bencode::Document::parse(payload);
    REQUIRE(document);
    std::vector<NamedPeer> peers;
    const auto list = document->root().find_bytes("dropped").value();
    for (std::size_t i = 0; i < list.size(); i += 6) peers.push_back({*Endpoint::from_compact4(list.subspan(i, 6))});
    return texts(peers);
}

Bytes naming(const std::vector<std::string>& peers, std::uint8_t flags = 0)
{
    Delta delta;
    for (const auto& text : peers) delta.added.push_back({test::endpoint(text), flags});
    return encode(delta);
}

/// A peer that accepts connections at port 6881.
PeerHandle join(Wired& wired, const std::string& address, std::uint32_t flags = SHOAL_EXTENSION_PEER_SPEAKS)
{
    return wired.join({.remote = address + ":40000", .listening = address + ":6881", .flags = flags});
}

Texts found(const Wired& wired)
{
    Texts out;
    for (const auto& candidate : wired.found) out.insert(candidate.endpoint.to_string());
    return out;
}

} // namespace

TEST_CASE("peers are told of each other soon after they came", "[extension][pex]")
{
    Wired wired;
    const auto a = join(wired, "1.1.1.1");
    const auto b = join(wired, "2.2.2.2");
    CHECK(wired.sent.empty());
    wired.advance(5s);
    REQUIRE(wired.sent_to(a).size() == 1);
    CHECK(added(wired.sent_to(a)[0]) == Texts{"2.2.2.2:6881"});
    CHECK(added(wired.sent_to(b).at(0)) == Texts{"1.1.1.1:6881"});
    CHECK(wired.armed_timers() == 0);
}

TEST_CASE("what changes is told, at most once a minute, and nothing twice", "[extension][pex]")
{
    Wired wired;
    const auto a = join(wired, "1.1.1.1");
    const auto b = join(wired, "2.2.2.2");
    wired.advance(5s);
    for (int i = 1; i <= 10; ++i) {
        join(wired, "3.3.3." + std::to_string(i));
        wired.advance(10s);
    }
    wired.leave(b);
    wired.advance(300s);
    const auto told = wired.sent_to(a);
    Texts all;
    for (const auto& payload : told) {
        for (const auto& peer : added(payload)) CHECK(all.insert(peer).second);
    }
    CHECK(all.size() == 11);
    CHECK(dropped(told.back()) == Texts{"2.2.2.2:6881"});
    std::chrono::nanoseconds last{};
    for (const auto& message : wired.sent) {
        if (message.peer != a) continue;
        CHECK(message.at - last >= 60s);
        last = message.at;
    }
    CHECK(wired.armed_timers() == 0);
}

TEST_CASE("who comes and goes between two messages is not spoken of", "[extension][pex]")
{
    Wired wired;
    const auto a = join(wired, "1.1.1.1");
    join(wired, "2.2.2.2");
    wired.advance(5s);
    const auto brief = join(wired, "3.3.3.3");
    wired.advance(1s);
    wired.leave(brief);
    wired.advance(300s);
    CHECK(wired.sent_to(a).size() == 1);
    CHECK(wired.armed_timers() == 0);
}

TEST_CASE("X3: an empty message is never sent", "[extension][pex]")
{
    Wired wired;
    const auto a = join(wired, "1.1.1.1");
    wired.advance(300s);
    CHECK(wired.sent_to(a).empty());
    CHECK(wired.armed_timers() == 0);
}

TEST_CASE("a peer is not told of itself, of who cannot be called, or of another's own network", "[extension][pex]")
{
    Wired wired;
    const auto a = join(wired, "1.1.1.1");
    const auto local = join(wired, "192.168.0.7");
    const auto here = join(wired, "127.0.0.1");
    wired.join({.remote = "4.4.4.4:40000"}); // its port is not known
    const auto twin = wired.join({.remote = "9.9.9.9:1", .listening = "1.1.1.1:6881"});
    join(wired, "10.0.0.1");
    join(wired, "5.5.5.5");
    wired.advance(5s);
    CHECK(added(wired.sent_to(a).at(0)) == Texts{"5.5.5.5:6881"});
    CHECK(added(wired.sent_to(local).at(0)) == Texts{"1.1.1.1:6881", "5.5.5.5:6881", "10.0.0.1:6881"});
    CHECK(added(wired.sent_to(here).at(0)) ==
          Texts{"1.1.1.1:6881", "5.5.5.5:6881", "10.0.0.1:6881", "192.168.0.7:6881"});
    CHECK(added(wired.sent_to(twin).at(0)) == Texts{"5.5.5.5:6881"});
}

TEST_CASE("peers of both families are told of, with their flags", "[extension][pex]")
{
    Wired wired;
    const auto a = join(wired, "1.1.1.1");
    wired.join({.remote = "[2001:db8::2]:6881",
                .listening = "[2001:db8::2]:6881",
                .flags = SHOAL_EXTENSION_PEER_OUTGOING | SHOAL_EXTENSION_PEER_HOLEPUNCH | SHOAL_EXTENSION_PEER_UPLOAD_ONLY});
    join(wired, "2.2.2.2", SHOAL_EXTENSION_PEER_SEED);
    join(wired, "3.3.3.3", 0);
    wired.advance(5s);
    const auto peers = parse_added(wired.sent_to(a).at(0), 50).value();
    REQUIRE(peers.size() == 3);
    const auto flags = [&](std::string_view text) {
        return std::ranges::find(peers, test::endpoint(text), &NamedPeer::endpoint)->flags;
    };
    CHECK(flags("2.2.2.2:6881") == 0x02);
    CHECK(flags("3.3.3.3:6881") == 0);
    CHECK(flags("[2001:db8::2]:6881") == 0x1a);
}

TEST_CASE("who does not take the message is told nothing, and others of him", "[extension][pex]")
{
    Wired wired;
    const auto a = join(wired, "1.1.1.1");
    const auto mute = join(wired, "2.2.2.2", 0);
    wired.advance(5s);
    CHECK(wired.sent_to(mute).empty());
    CHECK(added(wired.sent_to(a).at(0)) == Texts{"2.2.2.2:6881"});
    CHECK(wired.armed_timers() == 0);
}

TEST_CASE("at most fifty are named in a message, the rest a minute later", "[extension][pex]")
{
    Wired wired;
    const auto a = join(wired, "1.1.1.1");
    for (int i = 1; i <= 120; ++i) join(wired, "3.3.3." + std::to_string(i), i == 120 ? SHOAL_EXTENSION_PEER_OUTGOING : 0);
    wired.advance(5s);
    REQUIRE(wired.sent_to(a).size() == 1);
    const auto first = added(wired.sent_to(a)[0]);
    CHECK(first.size() == 50);
    CHECK(first.contains("3.3.3.120:6881"));
    wired.advance(200s);
    REQUIRE(wired.sent_to(a).size() == 3);
    CHECK(added(wired.sent_to(a)[1]).size() == 50);
    CHECK(added(wired.sent_to(a)[2]).size() == 20);
    auto handles = wired.connected;
    for (const auto& [peer, raw] : handles) {
        if (peer != a) wired.leave(peer);
    }
    wired.advance(300s);
    REQUIRE(wired.sent_to(a).size() == 6);
    CHECK(dropped(wired.sent_to(a)[3]).size() == 50);
    CHECK(dropped(wired.sent_to(a)[5]).size() == 20);
    CHECK(wired.armed_timers() == 0);
}

TEST_CASE("a peer that does not read is told later what it missed", "[extension][pex]")
{
    Wired wired;
    const auto a = join(wired, "1.1.1.1");
    join(wired, "2.2.2.2");
    wired.send_status[a] = SHOAL_E_LIMIT;
    wired.advance(30s);
    CHECK(wired.sent_to(a).empty());
    wired.send_status.clear();
    wired.advance(61s);
    REQUIRE(wired.sent_to(a).size() == 1);
    CHECK(added(wired.sent_to(a)[0]) == Texts{"2.2.2.2:6881"});
}

TEST_CASE("whom a peer names may be called", "[extension][pex]")
{
    Wired wired;
    const auto a = join(wired, "1.1.1.1");
    wired.say(a, naming({"2.2.2.2:1000"}, 0x02));
    wired.say(a, naming({"[2001:db8::3]:3000"}, 0x11));
    REQUIRE(wired.found.size() == 2);
    CHECK(wired.found[0].endpoint == test::endpoint("2.2.2.2:1000"));
    CHECK(wired.found[0].is_seed);
    CHECK(wired.found[1].endpoint == test::endpoint("[2001:db8::3]:3000"));
    CHECK_FALSE(wired.found[1].is_seed);
    CHECK_FALSE(wired.found[1].is_urgent);
}

TEST_CASE("X3: port 0, nowhere, the local network, himself, us and who is connected are left out", "[extension][pex]")
{
    Wired wired;
    wired.own = {to_abi(test::endpoint("9.9.9.9:6881"))};
    const auto a = join(wired, "1.1.1.1");
    join(wired, "8.8.8.8");
    wired.say(a, naming({"2.2.2.2:0", "0.0.0.0:1", "224.0.0.1:1", "127.0.0.1:1", "10.0.0.1:1", "172.16.0.1:1",
                         "192.168.1.1:1", "169.254.0.1:1", "1.1.1.1:6881", "1.1.1.1:40000", "9.9.9.9:6881", "8.8.8.8:6881",
                         "[::1]:1", "[fe80::1]:1", "[fc00::1]:1", "[ff02::1]:1", "[::]:1", "[::ffff:10.0.0.1]:1",
                         "7.7.7.7:7"}));
    CHECK(found(wired) == Texts{"7.7.7.7:7"});
    CHECK(wired.disconnected.empty());
}

TEST_CASE("a peer in the local network may name others in it", "[extension][pex]")
{
    Wired wired;
    const auto a = join(wired, "192.168.0.1");
    wired.say(a, naming({"10.0.0.1:1", "10.0.0.1:2", "127.0.0.1:1"}));
    CHECK(found(wired) == Texts{"10.0.0.1:1", "10.0.0.1:2"});
}

TEST_CASE("X3: of many ports of one public address only the first is taken", "[extension][pex]")
{
    Wired wired;
    const auto a = join(wired, "1.1.1.1");
    wired.say(a, naming({"2.2.2.2:1", "2.2.2.2:2", "2.2.2.2:3", "3.3.3.3:3"}));
    CHECK(found(wired) == Texts{"2.2.2.2:1", "3.3.3.3:3"});
}

TEST_CASE("X3: two hundred are read in the first message, fifty later, and not more in all than a few a minute",
          "[extension][pex]")
{
    Wired wired;
    const auto a = join(wired, "1.1.1.1");
    const auto many = [](int from) {
        std::vector<std::string> peers;
        for (int i = 0; i < 250; ++i) {
            peers.push_back("20." + std::to_string(from) + "." + std::to_string(i) + ".1:6881");
        }
        return naming(peers);
    };
    wired.say(a, many(1));
    CHECK(wired.found.size() == 200);
    wired.advance(60s);
    wired.say(a, many(2));
    CHECK(wired.found.size() == 210);
    wired.advance(600s);
    wired.say(a, many(3));
    CHECK(wired.found.size() == 260);
    CHECK(wired.disconnected.empty());
}

TEST_CASE("X3: messages that come more often than once a minute are ignored, and then end the connection",
          "[extension][pex]")
{
    Wired wired;
    const auto a = join(wired, "1.1.1.1");
    for (int i = 0; i < 8; ++i) wired.say(a, naming({"2.2.2." + std::to_string(i) + ":1"}));
    CHECK(wired.found.size() == 3);
    CHECK(wired.disconnected.empty());
    wired.say(a, naming({"2.2.2.9:1"}));
    CHECK(wired.disconnected.contains(a));
}

TEST_CASE("who sends once a minute, not quite by the clock, is heard for hours", "[extension][pex]")
{
    Wired wired;
    const auto a = join(wired, "1.1.1.1");
    for (int i = 0; i < 240; ++i) {
        wired.say(a, naming({"2.2." + std::to_string(i) + ".1:1"}));
        wired.advance(i % 2 == 0 ? 52s : 66s);
    }
    CHECK(wired.found.size() == 240);
    CHECK(wired.disconnected.empty());
}

TEST_CASE("X3: dropped peers that nobody named, and an empty message, are nothing", "[extension][pex]")
{
    Wired wired;
    const auto a = join(wired, "1.1.1.1");
    wired.say(a, encode({.added = {}, .dropped = {test::endpoint("5.5.5.5:5")}}));
    wired.say(a, as_bytes("de"));
    CHECK(wired.found.empty());
    CHECK(wired.disconnected.empty());
}

TEST_CASE("X3: what is no peer exchange message ends the connection", "[extension][pex]")
{
    Wired wired;
    const auto a = join(wired, "1.1.1.1");
    wired.say(a, as_bytes("d5:added"));
    CHECK(wired.disconnected.contains(a));
}

TEST_CASE("a peer that the plug-in was not told of is not heard", "[extension][pex]")
{
    Wired wired;
    const auto stranger = wired.connect({.remote = "1.1.1.1:1"});
    wired.say(stranger, naming({"2.2.2.2:2"}));
    CHECK(wired.found.empty());
}

TEST_CASE("after stop nobody is told anything", "[extension][pex]")
{
    Wired wired;
    join(wired, "1.1.1.1");
    join(wired, "2.2.2.2");
    CHECK(wired.armed_timers() == 1);
    wired.plugin.on_stop();
    CHECK(wired.armed_timers() == 0);
    wired.advance(300s);
    CHECK(wired.sent.empty());
}

} // namespace shoal::peer_exchange
