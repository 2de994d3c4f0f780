#include <shoal/endpoint.hpp>

#include <shoal/hex.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <unordered_set>
#include <vector>

using namespace shoal;

namespace {

Address address(std::string_view text)
{
    const auto parsed = Address::parse(text);
    if (!parsed) FAIL(parsed.error().text);
    return *parsed;
}

Endpoint endpoint(std::string_view text)
{
    const auto parsed = Endpoint::parse(text);
    if (!parsed) FAIL(parsed.error().text);
    return *parsed;
}

} // namespace

TEST_CASE("an endpoint reads back what it writes", "[endpoint]")
{
    for (const std::string text : {"1.2.3.4:80", "0.0.0.0:0", "255.255.255.255:65535", "[::1]:80",
                                   "[::]:6881", "[2001:db8::ff00:42:8329]:51413"}) {
        CHECK(endpoint(text).to_string() == text);
    }
    CHECK(endpoint("[0:0:0:0:0:0:0:1]:1").to_string() == "[::1]:1");
    CHECK(endpoint("1.2.3.4:80").port == 80);
    CHECK(endpoint("1.2.3.4:80").address.is_v4());
    CHECK(endpoint("[::1]:80").address.is_v6());
    CHECK(Address::from_v4(0x7f000001).to_string() == "127.0.0.1");
    CHECK(Address::from_v6(address("::1").bytes) == address("::1"));
}

TEST_CASE("text that is no numeric address with a port is refused", "[endpoint][bad-input]")
{
    for (const std::string_view text : {"",
                                        ":",
                                        ":80",
                                        "1.2.3.4",
                                        "1.2.3.4:",
                                        "1.2.3:80",
                                        "1.2.3.4.5:80",
                                        "256.1.1.1:80",
                                        "1.2.3.4:65536",
                                        "1.2.3.4:-1",
                                        "1.2.3.4:+1",
                                        "1.2.3.4: 80",
                                        "1.2.3.4:80 ",
                                        " 1.2.3.4:80",
                                        "1.2.3.4:8x",
                                        "1.2.3.4:000080",
                                        "01.2.3.4:80",
                                        "::1:80",
                                        "::1",
                                        "[::1]",
                                        "[::1]80",
                                        "[::1:80",
                                        "::1]:80",
                                        "[]:80",
                                        "[1.2.3.4]:80",
                                        "[[::1]]:80",
                                        "[fe80::1%eth0]:80",
                                        "localhost:80",
                                        "0x7f.1:80",
                                        "[1:2:3:4:5:6:7:8:9]:80"}) {
        INFO(text);
        const auto parsed = Endpoint::parse(text);
        REQUIRE_FALSE(parsed);
        CHECK(parsed.error().code == Errc::bad_input);
    }
    CHECK_FALSE(Endpoint::parse(std::string_view("1.2.3.4\0:80", 11)));
    CHECK_FALSE(Address::parse(std::string_view("1.2.3.4\0", 8)));
    CHECK_FALSE(Address::parse(std::string(100'000, '1')));
    CHECK_FALSE(Address::parse("[::1]"));
}

TEST_CASE("addresses are sorted into their kinds", "[endpoint]")
{
    CHECK(address("127.0.0.1").is_loopback());
    CHECK(address("127.255.0.9").is_loopback());
    CHECK(address("::1").is_loopback());
    CHECK_FALSE(address("128.0.0.1").is_loopback());
    CHECK_FALSE(address("::2").is_loopback());

    CHECK(address("0.0.0.0").is_unspecified());
    CHECK(address("::").is_unspecified());
    CHECK_FALSE(address("0.0.0.1").is_unspecified());
    CHECK_FALSE(address("::1").is_unspecified());

    CHECK(address("224.0.0.1").is_multicast());
    CHECK(address("239.255.255.255").is_multicast());
    CHECK(address("ff02::1").is_multicast());
    CHECK_FALSE(address("240.0.0.1").is_multicast());
    CHECK_FALSE(address("fe80::1").is_multicast());

    CHECK(address("169.254.169.254").is_link_local());
    CHECK(address("fe80::1").is_link_local());
    CHECK(address("febf::1").is_link_local());
    CHECK_FALSE(address("fec0::1").is_link_local());
    CHECK_FALSE(address("169.253.0.1").is_link_local());

    for (const auto* text :
         {"10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "fc00::1", "fdff::1"}) {
        CHECK(address(text).is_private());
    }
    for (const auto* text :
         {"11.0.0.1", "172.15.0.1", "172.32.0.1", "192.167.1.1", "8.8.8.8", "fe00::1", "::1"}) {
        CHECK_FALSE(address(text).is_private());
    }
}

TEST_CASE("an IPv4 address mapped into IPv6 is judged as what it is", "[endpoint]")
{
    CHECK(address("::ffff:127.0.0.1").is_loopback());
    CHECK(address("::ffff:0.0.0.0").is_unspecified());
    CHECK(address("::ffff:10.1.2.3").is_private());
    CHECK(address("::ffff:169.254.169.254").is_link_local());
    CHECK(address("::ffff:224.0.0.1").is_multicast());
    CHECK(address("::ffff:1.2.3.4").unmapped() == address("1.2.3.4"));
    CHECK(address("2001:db8::1").unmapped() == address("2001:db8::1"));
    CHECK(address("::ffff:1.2.3.4") != address("1.2.3.4"));
}

TEST_CASE("the compact form is 6 bytes for IPv4 and 18 for IPv6", "[endpoint]")
{
    Bytes out;
    endpoint("1.2.3.4:258").append_compact(out);
    CHECK(to_hex(out) == "010203040102");
    CHECK(Endpoint::from_compact4(out).value() == endpoint("1.2.3.4:258"));

    endpoint("[2001:db8::1]:6881").append_compact(out);
    CHECK(out.size() == 24);
    const auto six = ByteView(out).subspan(6);
    CHECK(to_hex(six) == "20010db80000000000000000000000011ae1");
    CHECK(Endpoint::from_compact6(six).value() == endpoint("[2001:db8::1]:6881"));
}

TEST_CASE("a compact form of another length is refused", "[endpoint][bad-input]")
{
    const Bytes bytes(40);
    for (std::size_t size = 0; size <= bytes.size(); ++size) {
        const auto view = ByteView(bytes).first(size);
        CHECK(Endpoint::from_compact4(view).has_value() == (size == 6));
        CHECK(Endpoint::from_compact6(view).has_value() == (size == 18));
    }
}

TEST_CASE("endpoints are ordered by family, address and port", "[endpoint]")
{
    const std::vector<Endpoint> ascending = {endpoint("1.2.3.4:80"), endpoint("1.2.3.4:81"),
                                             endpoint("1.2.3.5:1"),  endpoint("200.0.0.1:1"),
                                             endpoint("[::]:1"),     endpoint("[ff00::]:1")};
    for (std::size_t i = 1; i < ascending.size(); ++i) CHECK(ascending[i - 1] < ascending[i]);
    const std::unordered_set<Endpoint> set(ascending.begin(), ascending.end());
    CHECK(set.size() == ascending.size());
    CHECK(set.count(endpoint("1.2.3.4:81")) == 1);
}
