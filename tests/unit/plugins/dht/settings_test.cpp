#include "settings.hpp"

#include <catch2/catch.hpp>

namespace shoal::test {

using namespace dht;

TEST_CASE("routers are names or addresses with ports, with commas or blanks between", "[dht]")
{
    const auto parsed = parse_host_ports(" router.example.org:6881, 192.0.2.1:1,[2001:db8::1]:25401\n");
    REQUIRE(parsed);
    CHECK(*parsed == std::vector<HostPort>{{"router.example.org", 6881}, {"192.0.2.1", 1}, {"2001:db8::1", 25401}});
    CHECK(parse_host_ports("")->empty());
}

TEST_CASE("a router without a port, or with one that cannot be, is refused by name", "[dht]")
{
    for (const auto* text : {"router.example.org", "router.example.org:", ":6881", "x:0", "x:65536", "x:80a", "[]:80"}) {
        const auto parsed = parse_host_ports(text);
        REQUIRE_FALSE(parsed);
        CHECK(parsed.error().text == "'" + std::string(text) + "' is no host:port");
    }
}

} // namespace shoal::test
