#include "saved_nodes.hpp"

#include "numbers.hpp"

#include <catch2/catch.hpp>

namespace shoal::test {

using namespace dht;

TEST_CASE("what was saved is read again, in each family", "[dht]")
{
    const std::vector<Contact> v4 = {{id("01"), at("198.51.100.1:6881")}, {id("02"), at("198.51.100.2:6882")}};
    const auto read = read_saved_nodes(encode({.id = id("aa"), .nodes = v4}, false), false);
    CHECK(read.id == id("aa"));
    CHECK(read.nodes == v4);
    const std::vector<Contact> v6 = {{id("01"), at("[2001:db8::1]:6881")}};
    CHECK(read_saved_nodes(encode({.id = id("aa"), .nodes = v6}, true), true).nodes == v6);
}

TEST_CASE("a file that is damaged has no nodes, and harms nobody", "[dht]")
{
    CHECK(read_saved_nodes({}, false).nodes.empty());
    CHECK(read_saved_nodes(as_bytes("garbage"), false).nodes.empty());
    CHECK_FALSE(read_saved_nodes(as_bytes("d2:id3:abc5:nodes27:abcdefghijklmnopqrstuvwxyz1e"), false).id);
    CHECK(read_saved_nodes(as_bytes("d2:id3:abc5:nodes27:abcdefghijklmnopqrstuvwxyz1e"), false).nodes.empty());
}

} // namespace shoal::test
