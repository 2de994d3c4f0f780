#include "traversal.hpp"

#include "numbers.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <set>

namespace shoal::test {

using namespace dht;

namespace {

Endpoint host(std::uint32_t number)
{
    return {Address::from_v4(0x0a000000 + number), 6881}; // local: any id is proper
}

Contact node(std::uint32_t number, std::string_view digits)
{
    return {id(digits), host(number)};
}

/// All that next() gives, for as long as it gives something.
std::vector<Endpoint> ask_all(Traversal& traversal)
{
    std::vector<Endpoint> asked;
    while (const auto next = traversal.next()) asked.push_back(*next);
    return asked;
}

} // namespace

TEST_CASE("a lookup begins with the closest, four at a time", "[dht]")
{
    Traversal traversal(id("00"), {.paths = 1});
    for (std::uint32_t i = 1; i <= 9; ++i) traversal.begin_at(node(i, std::to_string(i)));
    CHECK(ask_all(traversal) == std::vector{host(1), host(2), host(3), host(4)});
    traversal.on_answer(host(3), id("3"), {});
    CHECK(ask_all(traversal) == std::vector{host(5)});
}

TEST_CASE("it goes on with whom it is told of, and is over when the eight closest have answered", "[dht]")
{
    Traversal traversal(id("00"), {.paths = 1});
    traversal.begin_at(node(99, "f0"));
    CHECK(ask_all(traversal) == std::vector{host(99)});
    CHECK_FALSE(traversal.is_over());
    std::vector<Contact> named;
    for (std::uint32_t i = 1; i <= 9; ++i) named.push_back(node(i, "0" + std::to_string(i)));
    traversal.on_answer(host(99), id("f0"), named);
    for (std::uint32_t i = 1; i <= 8; ++i) {
        ask_all(traversal);
        traversal.on_answer(host(i), id("0" + std::to_string(i)), {});
    }
    CHECK(ask_all(traversal).empty());
    CHECK(traversal.is_over());
    CHECK(traversal.asked() == 9); // not the ninth
    REQUIRE(traversal.closest().size() == 8);
    CHECK(traversal.closest().front().endpoint == host(1));
}

TEST_CASE("who does not answer makes room for the next one, and who is slow does not hold it up", "[dht]")
{
    Traversal traversal(id("00"), {.paths = 1, .closest = 2});
    for (std::uint32_t i = 1; i <= 4; ++i) traversal.begin_at(node(i, std::to_string(i)));
    CHECK(ask_all(traversal) == std::vector{host(1), host(2)});
    traversal.on_failure(host(1));
    CHECK(ask_all(traversal) == std::vector{host(3)});
    traversal.on_slow(host(2));
    CHECK(ask_all(traversal) == std::vector{host(4)});
    traversal.on_answer(host(3), id("3"), {});
    traversal.on_answer(host(4), id("4"), {});
    CHECK(traversal.is_over());
    traversal.on_answer(host(2), id("2"), {}); // better late
    CHECK(traversal.closest().front().endpoint == host(2));
}

TEST_CASE("where too few answer the slow are waited for", "[dht]")
{
    Traversal traversal(id("00"), {.paths = 1});
    traversal.begin_at(node(1, "1"));
    ask_all(traversal);
    traversal.on_slow(host(1));
    CHECK_FALSE(traversal.is_over());
    traversal.on_failure(host(1));
    CHECK(traversal.is_over());
    CHECK(traversal.closest().empty());
}

TEST_CASE("a node without a name says who it is, and has its place from then on", "[dht]")
{
    Traversal traversal(id("00"), {});
    traversal.begin_at(host(1));
    CHECK(ask_all(traversal) == std::vector{host(1)});
    CHECK(traversal.on_answer(host(1), id("77"), {node(2, "02")}));
    CHECK(ask_all(traversal) == std::vector{host(2)});
    traversal.on_answer(host(2), id("02"), {});
    CHECK(traversal.is_over());
    CHECK(traversal.closest() == std::vector{node(2, "02"), node(1, "77")});
    CHECK(traversal.answered() == 2);
}

TEST_CASE("a node that answers as another one than was named does not count, nor does what it names", "[dht]")
{
    Traversal traversal(id("00"), {});
    traversal.begin_at(node(1, "01"));
    ask_all(traversal);
    CHECK_FALSE(traversal.on_answer(host(1), id("02"), {node(2, "03")}));
    CHECK(ask_all(traversal).empty());
    CHECK(traversal.closest().empty());
    CHECK(traversal.is_over());
}

TEST_CASE("an address is asked once, whatever ids it is named with, and a public network four times", "[dht]")
{
    Traversal traversal(id("00"), {.paths = 1, .in_flight = 100, .closest = 100});
    traversal.begin_at(node(1, "01"));
    traversal.begin_at(Contact{id("02"), {host(1).address, 7000}});
    for (std::uint32_t i = 0; i < 20; ++i) {
        traversal.begin_at(Contact{id("03" + std::to_string(10 + i)), {Address::from_v4(0xc6336400 + i), 6881}});
    }
    CHECK(ask_all(traversal).size() == 1 + 4);
}

TEST_CASE("nodes with improper ids are asked beside the others, never instead of them", "[dht]")
{
    Numbers numbers;
    Traversal traversal(id("00"), {.paths = 1, .in_flight = 100, .closest = 2});
    for (std::uint32_t i = 0; i < 10; ++i) {
        traversal.begin_at(Contact{id("000" + std::to_string(i)), {Address::from_v4(0x50000000 + (i << 8)), 6881}});
    }
    std::set<Endpoint> proper;
    for (std::uint32_t i = 0; i < 10; ++i) {
        const auto address = Address::from_v4(0x60000000 + (i << 8));
        proper.insert({address, 6881});
        traversal.begin_at(Contact{id_for(address, numbers), {address, 6881}});
    }
    const auto asked = ask_all(traversal);
    CHECK(asked.size() == 4);
    CHECK(std::ranges::count_if(asked, [&](const Endpoint& e) { return proper.contains(e); }) == 2);
}

TEST_CASE("nodes closer to the target than chance would have it are asked beside the others, never instead", "[dht]")
{
    Traversal traversal(id("00"), {.paths = 1, .in_flight = 100, .closest = 4});
    traversal.expect_network_of(1000); // 10 bits, and 12 more
    for (std::uint32_t i = 0; i < 10; ++i) traversal.begin_at(node(i, "000001" + std::to_string(i)));
    for (std::uint32_t i = 10; i < 20; ++i) traversal.begin_at(node(i, "0000" + std::to_string(i + 40)));
    const auto asked = ask_all(traversal);
    CHECK(asked.size() == 8);
    CHECK(std::ranges::count_if(asked, [](const Endpoint& e) { return e.address >= host(10).address; }) == 4);
}

TEST_CASE("a liar leads one path astray, not the others", "[dht]")
{
    // Nodes 1, 2, 3 are the beginnings of three paths; 1 lies and names only friends of its own, closer and closer.
    Traversal traversal(id("00"), {.paths = 3, .closest = 4});
    traversal.begin_at(node(1, "10"));
    traversal.begin_at(node(2, "20"));
    traversal.begin_at(node(3, "30"));
    std::vector<Contact> honest;
    for (std::uint32_t i = 0; i < 4; ++i) honest.push_back(node(100 + i, "05" + std::to_string(i)));
    std::map<Endpoint, NodeId> ids = {{host(1), id("10")}, {host(2), id("20")}, {host(3), id("30")}};
    for (const auto& contact : honest) ids[contact.endpoint] = contact.id;
    std::uint32_t lies = 1000;
    while (const auto asked = traversal.next()) {
        std::vector<Contact> named;
        if (*asked == host(1) || asked->address >= host(1000).address) {
            for (int i = 0; i < 8; ++i) {
                named.push_back({id("0000000" + std::to_string(lies)), host(lies)});
                ids[host(lies)] = named.back().id;
                ++lies;
            }
        } else {
            named = honest;
        }
        traversal.on_answer(*asked, ids.at(*asked), named);
    }
    CHECK(traversal.is_over());
    CHECK(traversal.asked() <= 120);
    const auto closest = traversal.closest();
    for (const auto& contact : honest) CHECK(std::ranges::find(closest, contact) != closest.end());
}

TEST_CASE("a lookup has an end, whatever it is promised", "[dht]")
{
    Traversal traversal(id("00"), {.asked = 50});
    traversal.begin_at(node(1, "f0"));
    std::uint32_t lies = 1000;
    std::map<Endpoint, NodeId> ids = {{host(1), id("f0")}};
    while (const auto asked = traversal.next()) {
        std::vector<Contact> named;
        for (int i = 0; i < 16; ++i, ++lies) {
            // Each is closer than all before it.
            NodeId closer;
            store_be(closer.bytes.data(), 0xf0000000U - lies * 1000);
            named.push_back({closer, host(lies)});
            ids[host(lies)] = closer;
        }
        traversal.on_answer(*asked, ids.at(*asked), named);
    }
    CHECK(traversal.asked() == 50);
    CHECK(traversal.is_over());
}

} // namespace shoal::test
