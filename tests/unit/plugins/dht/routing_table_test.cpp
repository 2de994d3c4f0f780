#include "routing_table.hpp"

#include "numbers.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

namespace shoal::test {

using namespace dht;
using std::chrono::minutes;
using Quality = RoutingTable::Quality;

namespace {

/// In a network of its own each, with a proper id or none.
Contact contact(std::uint32_t number, NodeId of)
{
    return {of, {Address::from_v4(0x50000000 + (number << 8)), 6881}};
}

bool has(const RoutingTable& table, const Contact& contact)
{
    return std::ranges::any_of(table.all(), [&](const KnownNode& node) { return node.contact == contact; });
}

struct RoutingTableFixture {
    Numbers numbers;
    RoutingTable table{id("00"), {}};
};

} // namespace

TEST_CASE("the far half of the network has eight places, the near one is told apart further", "[dht]")
{
    RoutingTableFixture f;
    for (std::uint32_t i = 0; i < 400; ++i) f.table.on_answer(contact(i, random_id(f.numbers)), Time{});
    CHECK(f.table.buckets() > 4);
    CHECK(f.table.buckets() < 12);
    CHECK(f.table.size() >= 8 * (f.table.buckets() - 2));
    CHECK(f.table.size() <= 8 * f.table.buckets());
    const auto near = f.table.closest(id("00"), 8, Quality::good, Time{});
    REQUIRE(near.size() == 8);
    CHECK(std::ranges::is_sorted(near, [](const auto& a, const auto& b) { return is_closer(a.id, b.id, id("00")); }));
    CHECK(f.table.estimate_network() > 100);
    CHECK(f.table.estimate_network() < 1600);
}

TEST_CASE("a node that was silent for fifteen minutes is questionable: it is asked, and not told to others", "[dht]")
{
    RoutingTableFixture f;
    const auto node = contact(1, id("80"));
    f.table.on_answer(node, Time{});
    CHECK_FALSE(f.table.next_to_ask(minutes{14}));
    CHECK(f.table.good(minutes{14}) == 1);
    CHECK(f.table.next_to_ask(minutes{15}) == node);
    CHECK(f.table.closest(id("80"), 8, Quality::good, minutes{15}).empty());
    CHECK(f.table.closest(id("80"), 8, Quality::any, minutes{15}).size() == 1);
    CHECK_FALSE(f.table.on_query(node, minutes{14})); // it asks us something: it is there
    CHECK(f.table.good(minutes{20}) == 1);
}

TEST_CASE("a node that fails twice is bad, and its place goes to the newest spare", "[dht]")
{
    RoutingTableFixture f;
    std::vector<Contact> nodes;
    for (std::uint32_t i = 0; i < 12; ++i) {
        nodes.push_back(contact(i, random_id_in_bucket(id("00"), 0, f.numbers)));
        f.table.on_answer(nodes.back(), Time{});
    }
    // Something near, so that the far half cannot split.
    for (std::uint32_t i = 20; i < 40; ++i) f.table.on_answer(contact(i, random_id_in_bucket(id("00"), 5, f.numbers)), Time{});
    CHECK(has(f.table, nodes[0]));
    CHECK_FALSE(has(f.table, nodes[11]));
    f.table.on_silence(nodes[0].endpoint);
    CHECK(has(f.table, nodes[0]));
    f.table.on_silence(nodes[0].endpoint);
    CHECK_FALSE(has(f.table, nodes[0]));
    CHECK(has(f.table, nodes[11]));
    // One that answered is no longer on its way out.
    f.table.on_silence(nodes[1].endpoint);
    f.table.on_answer(nodes[1], minutes{1});
    f.table.on_silence(nodes[1].endpoint);
    CHECK(has(f.table, nodes[1]));
}

TEST_CASE("a query makes nobody known: it is worth a ping where there is a place", "[dht]")
{
    RoutingTableFixture f;
    CHECK(f.table.on_query(contact(1, id("80")), Time{}));
    CHECK(f.table.size() == 0);
    CHECK_FALSE(f.table.on_query({id("00"), at("198.51.100.1:6881")}, Time{})); // our own id
    CHECK_FALSE(f.table.on_query({id("80"), at("198.51.100.1:0")}, Time{}));
}

TEST_CASE("D2 an address has one place in a bucket, a /24 two there and eight in all", "[dht]")
{
    RoutingTableFixture f;
    for (std::uint32_t i = 0; i < 8; ++i) {
        f.table.on_answer({random_id_in_bucket(id("00"), 0, f.numbers), {ip("198.51.100.1"), static_cast<std::uint16_t>(1 + i)}}, Time{});
    }
    CHECK(f.table.size() == 1);
    for (std::uint32_t host = 2; host < 250; ++host) {
        f.table.on_answer({random_id(f.numbers), {Address::from_v4(0xc6336400 + host), 6881}}, Time{});
    }
    CHECK(f.table.size() <= 8);
    CHECK(f.table.size() >= 2);
}

TEST_CASE("D2 an IPv6 /64 counts as one network", "[dht]")
{
    RoutingTableFixture f;
    for (std::uint16_t host = 1; host < 100; ++host) {
        auto endpoint = at("[2001:db8:1:2::]:6881");
        store_be(endpoint.address.bytes.data() + 14, host);
        f.table.on_answer({random_id(f.numbers), endpoint}, Time{});
    }
    CHECK(f.table.size() <= 8);
    CHECK(f.table.size() > 0);
}

TEST_CASE("D2 who changes its id is forgotten, and an id stays with whom we know by it", "[dht]")
{
    RoutingTableFixture f;
    const auto node = contact(1, id("80"));
    f.table.on_answer(node, Time{});
    f.table.on_answer({id("80"), at("203.0.113.9:6881")}, Time{});
    CHECK(has(f.table, node));
    CHECK(f.table.size() == 1);
    f.table.on_answer({id("81"), node.endpoint}, Time{});
    CHECK(f.table.size() == 0);
}

TEST_CASE("D2 a node whose id is proper takes the place of one whose id is not", "[dht]")
{
    RoutingTableFixture f;
    for (std::uint32_t i = 0; i < 8; ++i) f.table.on_answer(contact(i, random_id_in_bucket(id("00"), 0, f.numbers)), Time{});
    for (std::uint32_t i = 20; i < 40; ++i) f.table.on_answer(contact(i, random_id_in_bucket(id("00"), 5, f.numbers)), Time{});
    // Of the ids an address may have, one in the far half.
    Contact proper{{}, at("203.0.113.9:6881")};
    do proper.id = id_for(proper.endpoint.address, f.numbers);
    while (shared_bits(proper.id, id("00")) > 0);
    f.table.on_answer(proper, Time{});
    CHECK(has(f.table, proper));
}

TEST_CASE("many nodes may run on one machine", "[dht]")
{
    RoutingTableFixture f;
    for (std::uint16_t port = 1; port <= 8; ++port) f.table.on_answer({random_id(f.numbers), {ip("127.0.0.1"), port}}, Time{});
    CHECK(f.table.size() == 8);
}

TEST_CASE("with another id of our own all nodes find other places", "[dht]")
{
    RoutingTableFixture f;
    for (std::uint32_t i = 0; i < 400; ++i) f.table.on_answer(contact(i, random_id(f.numbers)), Time{});
    f.table.set_own_id(id("ff"));
    CHECK(f.table.own_id() == id("ff"));
    CHECK(f.table.size() >= 8);
    const auto far = f.table.closest(id("00"), 100, Quality::good, Time{});
    CHECK(std::ranges::count_if(far, [](const Contact& c) { return shared_bits(c.id, id("ff")) == 0; }) <= 8);
}

} // namespace shoal::test
