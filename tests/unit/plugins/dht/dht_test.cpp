#include "dht.hpp"

#include "engines.hpp"

#include <catch2/catch.hpp>

#include <optional>
#include <set>

namespace shoal::test {

using namespace dht;
using namespace std::chrono_literals;

namespace {

/// One host in both networks, beside thirty others in each.
class Both {
public:
    Both()
    {
        v4 = net.add_many(30, false);
        v6 = net.add_many(30, true);
        net.run_for(60s);
        dht.join(own_v4, wire_v4, {}, net.now);
        dht.join(own_v6, wire_v6, {}, net.now);
        dht.introduce(v4[0], net.now);
        dht.introduce(v6[0], net.now);
        run_for(60s);
    }

    /// The host is no engine of the network: what goes there is handed on by us.
    void run_for(std::chrono::nanoseconds duration)
    {
        for (const auto end = net.now + duration; net.now < end;) {
            net.run_for(20ms);
            for (const auto& datagram : std::exchange(net.stray, {})) {
                if (datagram.to == own_v4 || datagram.to == own_v6) dht.receive(datagram.from, datagram.octets, net.now);
            }
            dht.on_time(net.now);
        }
    }

    struct Line final : Wire {
        Line(Engines& all, const Endpoint& own) : net(all), from(own) {}
        void send(const Endpoint& to, ByteView datagram) override { net.send(from, to, datagram); }
        Engines& net;
        Endpoint from;
    };

    Engines net;
    std::vector<Endpoint> v4;
    std::vector<Endpoint> v6;
    const Endpoint own_v4 = at("81.2.3.4:6881");
    const Endpoint own_v6 = at("[2001:db8:ffff::1]:6881");
    Line wire_v4{net, own_v4};
    Line wire_v6{net, own_v6};
    Ed25519 scheme;
    Dht dht{{}, net.numbers, scheme};
};

} // namespace

TEST_CASE("who is in both networks announces and finds in both, and is told once that it is over", "[dht]")
{
    Both both;
    int ends = 0;
    PeerSummary summary;
    const auto ended = [&](const PeerSummary& told) {
        ++ends;
        summary = told;
    };
    both.dht.find_peers(id("12"), {.announcement = Announcement{7000}}, both.net.now + 60s, [](auto) {}, ended);
    both.run_for(30s);
    CHECK(ends == 1);
    CHECK(summary.stored >= 16);
    std::set<Endpoint> found;
    const auto on_found = [&](std::span<const Endpoint> peers) { found.insert(peers.begin(), peers.end()); };
    both.dht.find_peers(id("12"), {}, both.net.now + 60s, on_found, ended);
    both.run_for(30s);
    CHECK(ends == 2);
    CHECK(found == std::set{at("81.2.3.4:7000"), at("[2001:db8:ffff::1]:7000")});
}

TEST_CASE("our ids are proper at our addresses, and what is saved has them and good nodes", "[dht]")
{
    Both both;
    for (const bool is_v6 : {false, true}) {
        const auto saved = both.dht.saved(is_v6, both.net.now);
        REQUIRE(saved.id);
        CHECK(is_proper_id(*saved.id, is_v6 ? both.own_v6.address : both.own_v4.address));
        CHECK(saved.nodes.size() >= 8);
        CHECK(saved.nodes[0].endpoint.address.v6 == is_v6);
    }
}

TEST_CASE("nodes of one network are told to whom wants them by the other", "[dht]")
{
    Both both;
    const Query query{.transaction = as_bytes("aa"), .method = Method::find_node, .id = id("77"), .target = id("12"),
                      .wants_v4 = true, .wants_v6 = true};
    const auto stranger = at("203.0.113.9:6881");
    both.dht.receive(stranger, encode(query), both.net.now);
    both.net.run_for(30ms);
    REQUIRE(both.net.stray.size() >= 1);
    const auto message = parse_message(both.net.stray[0].octets, false);
    const auto& reply = std::get<Reply>(*message);
    CHECK(read_contacts(*reply.nodes, false).size() == 8);
    CHECK(read_contacts(*reply.nodes6, true).size() == 8);
}

TEST_CASE("who knows a node of one network alone finds the other network through those that are in both", "[dht]")
{
    Both both;
    Engines& net = both.net;
    // Somebody new in both, who knows our host in the IPv4 network and nobody else.
    Both::Line v4(net, at("82.2.3.4:6881"));
    Both::Line v6(net, at("[2001:db8:eeee::1]:6881"));
    Dht newcomer({}, net.numbers, both.scheme);
    newcomer.join(v4.from, v4, {}, net.now);
    newcomer.join(v6.from, v6, {}, net.now);
    newcomer.introduce(both.own_v4, net.now);
    for (int i = 0; i < 3000; ++i) {
        net.run_for(20ms);
        for (const auto& datagram : std::exchange(net.stray, {})) {
            const bool is_for_host = datagram.to == both.own_v4 || datagram.to == both.own_v6;
            (is_for_host ? both.dht : newcomer).receive(datagram.from, datagram.octets, net.now);
        }
        both.dht.on_time(net.now);
        newcomer.on_time(net.now);
    }
    CHECK(newcomer.node(false)->table().good(net.now) >= 8);
    CHECK(newcomer.node(true)->table().good(net.now) >= 8);
}

TEST_CASE("who waits for an answer does not wait for a network that nobody is in", "[dht]")
{
    Engines net;
    const auto nodes = net.add_many(30, false);
    net.run_for(60s);
    Both::Line v4(net, at("82.2.3.4:6881"));
    Both::Line v6(net, at("[2001:db8:eeee::1]:6881"));
    const Ed25519 scheme;
    Dht newcomer({}, net.numbers, scheme);
    newcomer.join(v4.from, v4, {}, net.now);
    newcomer.join(v6.from, v6, {}, net.now);
    newcomer.introduce(nodes[0], net.now);
    const auto run_for = [&](std::chrono::nanoseconds duration) {
        for (const auto end = net.now + duration; net.now < end;) {
            net.run_for(20ms);
            for (const auto& datagram : std::exchange(net.stray, {})) {
                if (datagram.to == v4.from) newcomer.receive(datagram.from, datagram.octets, net.now);
            }
            if (newcomer.next_due() <= net.now) newcomer.on_time(net.now);
        }
    };
    run_for(60s);

    std::optional<PeerSummary> patient;
    std::optional<PeerSummary> hasty;
    const auto end = net.now + 60s;
    newcomer.find_peers(id("12"), {}, end, [](auto) {}, [&](const PeerSummary& told) { patient = told; });
    newcomer.settle_for_one(
        newcomer.find_peers(id("12"), {}, end, [](auto) {}, [&](const PeerSummary& told) { hasty = told; }));
    run_for(10s);
    CHECK_FALSE(patient);
    REQUIRE(hasty);
    CHECK(hasty->answered >= 8);
    CHECK_FALSE(hasty->is_cut_short);
    run_for(51s);
    REQUIRE(patient);
    CHECK(patient->is_cut_short);
}

TEST_CASE("a search that is cancelled, and all of them when we leave, are not heard of again", "[dht]")
{
    Both both;
    bool has_ended = false;
    const auto ended = [&](const PeerSummary&) { has_ended = true; };
    const auto search = both.dht.find_peers(id("12"), {}, both.net.now + 60s, [](auto) {}, ended);
    both.run_for(20ms);
    both.dht.cancel(search);
    both.dht.cancel(search);
    both.dht.find_peers(id("12"), {}, both.net.now + 60s, [](auto) {}, ended);
    both.run_for(20ms);
    both.dht.leave();
    both.run_for(90s);
    CHECK_FALSE(has_ended);
    CHECK(both.dht.next_due() == Time::max());
    CHECK_FALSE(both.dht.ping(both.v4[0], both.net.now, [](const Outcome&) {}));
}

} // namespace shoal::test
