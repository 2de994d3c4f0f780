#include "node.hpp"

#include "engines.hpp"
#include "item_goal.hpp"
#include "node_goal.hpp"
#include "peer_goal.hpp"

#include <catch2/catch.hpp>

#include <optional>
#include <set>

namespace shoal::test {

using namespace dht;
using namespace std::chrono_literals;

namespace {

struct Looked {
    std::set<Endpoint> peers;
    std::optional<PeerSummary> summary;
};

void look_up(Engines& net, const Endpoint& from, const NodeId& torrent, Looked& looked, PeerGoal::Wish wish = {},
             std::chrono::nanoseconds patience = 60s)
{
    wish.own_port = from.port;
    net.at(from).look_up(torrent,
                         std::make_unique<PeerGoal>(
                             wish,
                             [&](std::span<const Endpoint> found) { looked.peers.insert(found.begin(), found.end()); },
                             [&](const PeerSummary& summary) { looked.summary = summary; }),
                         net.now + patience);
}

Looked find(Engines& net, const Endpoint& from, const NodeId& torrent, const PeerGoal::Wish& wish = {})
{
    Looked looked;
    look_up(net, from, torrent, looked, wish);
    net.run_for(61s);
    REQUIRE(looked.summary);
    return looked;
}

bool is_sent_by(const Engines& net, const Endpoint& to, std::string_view part)
{
    return std::ranges::any_of(net.stray, [&](const Engines::Datagram& datagram) {
        return datagram.to == to && text(datagram.octets).find(part) != std::string::npos;
    });
}

const std::string ping_query = "d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qe";
const auto foreign = at("203.0.113.9:6881");

} // namespace

TEST_CASE("forty nodes that know one of them find each other, and what is announced is found", "[dht]")
{
    for (const bool is_v6 : {false, true}) {
        Engines net;
        const auto all = net.add_many(40, is_v6);
        net.run_for(60s);
        for (const auto& endpoint : all) CHECK(net.at(endpoint).table().good(net.now) >= 8);
        const auto announced = find(net, all[7], id("1234"), {.announcement = Announcement{.port = 7000}});
        CHECK(announced.summary->stored >= 8);
        const auto found = find(net, all[23], id("1234"));
        CHECK(found.peers == std::set{Endpoint{all[7].address, 7000}});
        CHECK(find(net, all[23], id("4321")).peers.empty());
    }
}

TEST_CASE("of two nodes each finds what the other has announced, without anybody else", "[dht]")
{
    Engines net;
    const auto all = net.add_many(2);
    net.run_for(10s);
    find(net, all[0], id("1234"), {.announcement = Announcement{}});
    CHECK(find(net, all[1], id("1234")).peers == std::set{all[0]});
}

TEST_CASE("an item that one puts another gets, and a newer one replaces it", "[dht]")
{
    Engines net;
    const Ed25519 scheme;
    const auto all = net.add_many(30);
    net.run_for(30s);
    const auto put = [&](std::string_view value, std::int64_t seq, std::optional<std::int64_t> cas = {}) {
        const auto item = *make_mutable(as_bytes(value), {}, seq, SecretKey{}, scheme);
        std::optional<ItemSummary> ended;
        net.at(all[3]).look_up(target_of(item),
                               std::make_unique<ItemGoal>(ItemGoal::Wish{.target = target_of(item),
                                                                         .put = std::make_shared<const Item>(item),
                                                                         .cas = cas},
                                                          scheme, [&](const ItemSummary& summary) { ended = summary; }),
                               net.now + 60s);
        net.run_for(30s);
        REQUIRE(ended);
        return *ended;
    };
    const auto get = [&] {
        std::optional<ItemSummary> ended;
        const auto target = mutable_target(*scheme.public_key(SecretKey{}), {});
        net.at(all[20]).look_up(target,
                                std::make_unique<ItemGoal>(ItemGoal::Wish{.target = target}, scheme,
                                                           [&](const ItemSummary& summary) { ended = summary; }),
                                net.now + 60s);
        net.run_for(30s);
        REQUIRE(ended);
        return *ended;
    };
    CHECK_FALSE(get().found);
    CHECK(put("3:one", 1).stored >= 8);
    CHECK(text(get().found->value) == "3:one");
    CHECK(put("3:two", 2, 1).stored >= 8);
    CHECK(text(get().found->value) == "3:two");
    CHECK(get().copies >= 8);
    const auto late = put("5:three", 3, 1);
    CHECK(late.stored == 0);
    CHECK(late.refusal == FailureCode::cas_mismatch);
}

TEST_CASE("D1 answers that nobody asked for change nothing, and nothing is answered to them", "[dht]")
{
    Engines net;
    auto& node = net.add(at("80.0.0.1:6881"));
    net.send(foreign, at("80.0.0.1:6881"), as_bytes("d1:rd2:id20:mnopqrstuvwxyz1234565:nodes26:" + std::string(26, 'n') + "e1:t4:aaaa1:y1:re"));
    net.send(foreign, at("80.0.0.1:6881"), as_bytes("d1:eli201e1:xe1:t4:aaaa1:y1:ee"));
    net.run_for(10s);
    CHECK(node.table().size() == 0);
    CHECK(node.stats(net.now).unsolicited == 1);
    CHECK(net.stray.empty());
}

TEST_CASE("what is no message gets no answer; a query that is wrong gets the reason", "[dht]")
{
    Engines net;
    auto& node = net.add(at("80.0.0.1:6881"));
    net.send(foreign, at("80.0.0.1:6881"), as_bytes("garbage"));
    net.run_for(1s);
    CHECK(net.stray.empty());
    CHECK(node.stats(net.now).malformed == 1);
    net.send(foreign, at("80.0.0.1:6881"), as_bytes("d1:q4:ping1:t2:aa1:y1:qe"));
    net.run_for(1s);
    CHECK(is_sent_by(net, foreign, "d1:eli203e"));
    net.stray.clear();
    net.send({foreign.address, 0}, at("80.0.0.1:6881"), as_bytes(ping_query));
    net.run_for(1s);
    CHECK(net.stray.empty());
}

TEST_CASE("D7 a flood is answered as far as the limit goes, then not at all", "[dht]")
{
    Engines net;
    auto& node = net.add(at("80.0.0.1:6881"));
    for (int i = 0; i < 500; ++i) {
        net.send(foreign, at("80.0.0.1:6881"), as_bytes(ping_query));
        net.run_for(10ms);
    }
    CHECK(node.stats(net.now).queries_answered < 60);
    const auto answered = node.stats(net.now).queries_answered;
    net.run_for(60s);
    net.send(foreign, at("80.0.0.1:6881"), as_bytes(ping_query));
    net.run_for(1s);
    CHECK(node.stats(net.now).queries_answered == answered);
    net.send(at("203.0.113.10:6881"), at("80.0.0.1:6881"), as_bytes(ping_query));
    net.run_for(1s);
    CHECK(node.stats(net.now).queries_answered == answered + 1);
}

TEST_CASE("D7 a flood in the name of a node that we ask does not keep its answers from us", "[dht]")
{
    Engines net;
    const auto ours = at("80.0.0.1:6881");
    const auto theirs = at("90.0.0.1:6881");
    auto& node = net.add(ours);
    net.add(theirs);
    for (int i = 0; i < 200; ++i) net.send(theirs, ours, as_bytes(ping_query));
    net.run_for(1s);
    const auto answered = node.stats(net.now).queries_answered;
    std::optional<Outcome::Kind> outcome;
    node.ping(theirs, net.now, [&](const Outcome& known) { outcome = known.kind; });
    for (int i = 0; i < 10; ++i) net.send(theirs, ours, as_bytes(ping_query));
    net.run_for(10s);
    CHECK(outcome == Outcome::Kind::replied);
    // What it asks is not heard meanwhile, also while we wait for it.
    CHECK(node.stats(net.now).queries_answered == answered);
}

TEST_CASE("D8 strangers get no more than 8 kB a second of answers, whatever sources they forge", "[dht]")
{
    Engines net;
    auto& node = net.add(at("80.0.0.1:6881"));
    for (std::uint32_t i = 0; i < 10'000; ++i) {
        net.send({Address::from_v4(0xc6000001 + (i << 8)), 6881}, at("80.0.0.1:6881"), as_bytes(ping_query));
        if (i % 10 == 0) net.run_for(10ms); // 1,000 a second, for ten seconds
    }
    net.run_for(100ms);
    std::size_t octets = 0;
    for (const auto& datagram : net.stray) {
        if (text(datagram.octets).find("1:rd") != std::string::npos) octets += datagram.octets.size();
    }
    CHECK(octets <= 16'000 + 8'000 * 11);
    CHECK(octets >= 8'000 * 9);
    CHECK(node.stats(net.now).answers_withheld > 1000);
    // Whom a foreign names as itself is not knocked at without end either.
    const auto pings = std::ranges::count_if(
        net.stray, [](const auto& datagram) { return text(datagram.octets).find("1:q4:ping") != std::string::npos; });
    CHECK(pings <= 16 + 2 * 11);
}

TEST_CASE("D10 a node that begins at one malicious router ends among honest nodes", "[dht]")
{
    // The router names eight accomplices of one network; one honest node was saved from the run before.
    Engines net;
    const auto all = net.add_many(60);
    net.run_for(60s);
    const auto router = at("203.0.113.1:6881");
    std::vector<Contact> friends;
    for (std::uint32_t i = 0; i < 8; ++i) friends.push_back({random_id(net.numbers), {Address::from_v4(0xcb007110 + i), 6881}});
    const auto compact = write_contacts(friends);
    const auto newcomer = at("81.2.3.4:6881");
    auto& node = net.add(newcomer);
    node.set_routers({router}, net.now);
    node.remember({{net.at(all[5]).own_id(), all[5]}}, net.now);
    for (int round = 0; round < 10'000; ++round) {
        net.run_for(20ms);
        for (const auto& datagram : std::exchange(net.stray, {})) {
            if (datagram.from != newcomer) continue;
            const auto message = parse_message(datagram.octets, false);
            const auto* query = std::get_if<Query>(&*message);
            if (query == nullptr) continue;
            // The router answers to anything, its friends as whom it named.
            auto own = id("99");
            for (const auto& each : friends) own = each.endpoint == datagram.to ? each.id : own;
            net.send(datagram.to, newcomer,
                     encode(Reply{.transaction = query->transaction, .id = own, .nodes = ByteView(compact)}));
        }
    }
    const auto known = node.table().all();
    const auto bad = std::ranges::count_if(known, [&](const KnownNode& each) {
        return network_of(each.contact.endpoint.address) == ip("203.0.113.0");
    });
    CHECK(bad <= 8);
    CHECK(known.size() - static_cast<std::size_t>(bad) >= 16);
    CHECK(std::ranges::none_of(known, [&](const KnownNode& each) { return each.contact.endpoint == router; }));
}

TEST_CASE("a node that only reads says so, answers nothing and is in nobody's table", "[dht]")
{
    Engines net;
    const auto all = net.add_many(20);
    net.run_for(30s);
    const auto reader = at("81.2.3.4:6881");
    NodeSettings settings;
    settings.asker.is_read_only = true;
    auto& node = net.add(reader, settings);
    node.introduce(all[0], net.now);
    net.run_for(60s);
    CHECK(node.table().good(net.now) >= 8);
    for (const auto& endpoint : all) {
        const auto known = net.at(endpoint).table().all();
        CHECK(std::ranges::none_of(known, [&](const KnownNode& each) { return each.contact.endpoint == reader; }));
    }
    net.send(foreign, reader, as_bytes(ping_query));
    net.run_for(1s);
    CHECK(net.stray.empty());
    CHECK(find(net, all[1], id("1234"), {.announcement = Announcement{}}).summary->stored >= 8);
    CHECK(find(net, reader, id("1234")).peers == std::set{all[1]});
}

TEST_CASE("a lookup waits for the first nodes, and ends at its deadline without them", "[dht]")
{
    Engines net;
    const auto lonely = at("81.2.3.4:6881");
    net.add(lonely);
    Looked looked;
    look_up(net, lonely, id("1234"), looked, {}, 30s);
    net.run_for(29s);
    CHECK_FALSE(looked.summary);
    net.run_for(2s);
    REQUIRE(looked.summary);
    CHECK(looked.summary->is_cut_short);

    const auto all = net.add_many(20);
    net.run_for(30s);
    find(net, all[1], id("1234"), {.announcement = Announcement{}});
    Looked again;
    look_up(net, lonely, id("1234"), again);
    net.run_for(5s);
    net.at(lonely).introduce(all[0], net.now);
    net.run_for(10s);
    REQUIRE(again.summary);
    CHECK(again.peers == std::set{all[1]});
}

TEST_CASE("a lookup that is cancelled is not heard of again", "[dht]")
{
    Engines net;
    const auto all = net.add_many(20);
    net.run_for(30s);
    bool has_ended = false;
    const auto lookup = net.at(all[1]).look_up(
        id("1234"), std::make_unique<NodeGoal>([&](const LookupSummary&) { has_ended = true; }), net.now + 60s);
    net.run_for(30ms);
    CHECK(net.at(all[1]).stats(net.now).lookups == 1);
    net.at(all[1]).cancel(lookup);
    net.run_for(70s);
    CHECK_FALSE(has_ended);
    CHECK(net.at(all[1]).stats(net.now).lookups == 0);
}

TEST_CASE("while nobody answers it asks less and less often, and finds the network when it is back", "[dht]")
{
    Engines net;
    const auto lonely = at("81.2.3.4:6881");
    auto& node = net.add(lonely);
    node.set_routers({at("80.0.0.1:6881")}, net.now);
    net.run_for(2min);
    const auto at_first = net.stray.size();
    CHECK(at_first >= 3);
    net.run_for(2h);
    CHECK(net.stray.size() - at_first <= 2 * 60 / 5 + 8); // every five minutes, in the end
    const auto all = net.add_many(20); // the first one is where the router was
    net.run_for(6min);
    CHECK(node.table().good(net.now) >= 8);
}

TEST_CASE("when all nodes are gone and come back it is among them again", "[dht]")
{
    Engines net;
    const auto all = net.add_many(20);
    net.run_for(2min);
    const auto away = at("81.2.3.4:6881");
    auto& node = net.add(away);
    node.introduce(all[0], net.now);
    net.run_for(1min);
    REQUIRE(node.table().good(net.now) >= 8);
    // Its cable is out: nothing reaches anybody for an hour.
    for (const auto& endpoint : all) net.remove(endpoint);
    net.run_for(1h);
    CHECK(node.table().good(net.now) == 0);
    net.add_many(20);
    net.run_for(10min);
    CHECK(node.table().good(net.now) >= 8);
}

TEST_CASE("the word of ten networks about our address makes a proper id of it", "[dht]")
{
    Engines net;
    const auto all = net.add_many(40);
    net.run_for(60s);
    const auto newcomer = at("81.2.3.4:6881");
    auto& node = net.add(newcomer);
    node.set_own_address(ip("9.9.9.9"), net.now); // so that the id is wrong
    REQUIRE_FALSE(is_proper_id(node.own_id(), newcomer.address));
    node.introduce(all[0], net.now);
    net.run_for(60s);
    CHECK(node.own_address() == newcomer.address);
    CHECK(is_proper_id(node.own_id(), newcomer.address));
    CHECK(node.table().good(net.now) >= 8);
}

TEST_CASE("one address is asked no faster than clients in the field bear", "[dht]")
{
    Engines net;
    const auto all = net.add_many(2);
    net.run_for(10s);
    std::vector<Looked> looked(60);
    const auto before = net.at(all[1]).stats(net.now).queries_answered;
    for (std::size_t i = 0; i < looked.size(); ++i) {
        look_up(net, all[0], id(std::to_string(10 + i)), looked[i], {.announcement = Announcement{}}, 5min);
    }
    net.run_for(10s);
    CHECK(net.at(all[1]).stats(net.now).queries_answered - before <= 50);
    net.run_for(60s);
    for (const auto& each : looked) {
        REQUIRE(each.summary);
        CHECK(each.summary->stored == 1);
    }
    CHECK(net.at(all[1]).stats(net.now).queries_dropped == 0);
}

TEST_CASE("a sample gathers the torrents of the nodes around a target", "[dht]")
{
    Engines net;
    const auto all = net.add_many(20);
    net.run_for(30s);
    for (int i = 0; i < 5; ++i) find(net, all[1], id(std::to_string(10 + i)), {.announcement = Announcement{}});
    std::optional<SampleSummary> ended;
    net.at(all[2]).look_up(id("12"), std::make_unique<SampleGoal>([&](const SampleSummary& summary) { ended = summary; }),
                           net.now + 60s);
    net.run_for(30s);
    REQUIRE(ended);
    CHECK(ended->info_hashes == std::set{id("10"), id("11"), id("12"), id("13"), id("14")});
    CHECK(ended->sampling >= 8);
}

} // namespace shoal::test
