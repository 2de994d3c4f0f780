#include "torrent/rate_limits.hpp"

#include "lab/node.hpp"
#include "lab/world.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace shoal;
using namespace shoal::torrent;

namespace {

bool matches(const std::string& rule, const std::string& address)
{
    const auto parsed = PeerRule::parse(rule);
    INFO(rule);
    REQUIRE(parsed);
    return parsed->matches(*Address::parse(address));
}

}  // namespace

TEST_CASE("a rule of a peer class names addresses, networks, what is local, or everybody", "[torrent][rate]")
{
    CHECK(matches("any", "8.8.8.8"));
    CHECK(matches("local", "192.168.1.7"));
    CHECK(matches("local", "fd00::1"));
    CHECK(matches("local", "127.0.0.1"));
    CHECK_FALSE(matches("local", "8.8.8.8"));
    CHECK(matches("10.1.0.0/16", "10.1.255.3"));
    CHECK_FALSE(matches("10.1.0.0/16", "10.2.0.0"));
    CHECK(matches("2001:db8::/33", "2001:db8::7"));
    CHECK_FALSE(matches("2001:db8::/33", "2001:db8:8000::7"));
    CHECK(matches(" 1.2.3.4 ,5.6.7.8", "5.6.7.8"));
    CHECK_FALSE(matches("1.2.3.4,5.6.7.8", "5.6.7.9"));
    CHECK(matches("0.0.0.0/0", "9.9.9.9"));
    CHECK_FALSE(matches("0.0.0.0/0", "2001:db8::7"));
}

TEST_CASE("an IPv4 address belongs to its class when IPv6 wraps it, too", "[torrent][rate]")
{
    CHECK(matches("10.1.0.0/16", "::ffff:10.1.2.3"));
    CHECK(matches("local", "::ffff:10.1.2.3"));
}

TEST_CASE("a rule that cannot be understood is refused with the part that is wrong", "[torrent][rate]")
{
    const auto text = GENERATE(as<std::string>{}, "", "everybody", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8x", "fd00::/129",
                               "1.2.3.4,", "10.0.0/8", "local;any");
    const auto parsed = PeerRule::parse(text);
    CAPTURE(text);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().code == Errc::bad_input);
    CHECK(parsed.error().text.find("neither 'any' nor 'local'") != std::string::npos);
}

TEST_CASE("there is a class for the local network and one for strangers, and neither has a limit", "[torrent][rate]")
{
    const auto classes = default_peer_classes();
    REQUIRE(classes.size() == 2);
    CHECK(classes[0].name == "lan");
    CHECK(classes[1].name == "strangers");
    for (const auto& one : classes) CHECK(one.rates == Rates{});
}

TEST_CASE("the limits of a class are known by its name", "[torrent][rate]")
{
    lab::World world;
    RateLimits limits(world.add_node().loop(), {.down = 5}, default_peer_classes());
    CHECK(limits.rates() == Rates{.down = 5});
    REQUIRE(limits.set_class_rates("lan", {.down = 7, .up = 8}));
    CHECK(limits.classes()[0].rates == Rates{.down = 7, .up = 8});
    const auto unknown = limits.set_class_rates("wan", {.down = 7});
    REQUIRE_FALSE(unknown);
    CHECK(unknown.error().text == "there is no class of peers 'wan'");
}
