#include "answer.hpp"

#include <catch2/catch.hpp>

namespace shoal::udp_tracker {
namespace {

Endpoint endpoint(const char* text) { return *Endpoint::parse(text); }

Hash20 hash(char octet)
{
    Hash20 made;
    made.bytes.fill(static_cast<std::byte>(octet));
    return made;
}

} // namespace

TEST_CASE("T2 an interval or a count that is negative on the wire was not said", "[tracker]")
{
    CHECK(told(bep15::AnnounceReply{.interval = 0}).interval_s == 0u);
    CHECK(told(bep15::AnnounceReply{.interval = INT32_MAX}).interval_s == 2147483647u);
    const auto odd = told({.interval = 0xffffffff, .leechers = 0x80000000, .seeds = 0xffffffff});
    CHECK_FALSE(odd.interval_s);
    CHECK_FALSE(odd.incomplete);
    CHECK_FALSE(odd.complete);
}

TEST_CASE("T3 peers that cannot be connected to are left out, and each is told once", "[tracker]")
{
    const auto peers = told({.peers = {endpoint("1.2.3.4:5"), endpoint("1.2.3.4:0"), endpoint("0.0.0.0:5"),
                                       endpoint("224.0.0.1:5"), endpoint("1.2.3.4:5"), endpoint("1.2.3.4:6"),
                                       endpoint("[::ffff:1.2.3.4]:6"), endpoint("[2001:db8::1]:7")}})
                           .peers;
    CHECK(peers == std::vector{endpoint("1.2.3.4:5"), endpoint("1.2.3.4:6"), endpoint("[2001:db8::1]:7")});
}

TEST_CASE("T3 the largest datagram of peers gives two thousand", "[tracker]")
{
    bep15::AnnounceReply reply;
    for (std::uint32_t i = 0; i < 10'914; ++i) reply.peers.push_back({Address::from_v4(0x01000000 + i), 80});
    CHECK(told(reply).peers.size() == 2000);
}

TEST_CASE("T6 a scrape has no more answers than questions, and maybe fewer", "[tracker]")
{
    const std::vector asked = {hash('a'), hash('b')};
    CHECK(told(bep15::ScrapeReply{}, asked).empty());
    const auto one = told(bep15::ScrapeReply{.torrents = {{1, 2, 3}}}, asked);
    REQUIRE(one.size() == 1);
    CHECK(one[0].info_hash == hash('a'));
    CHECK(one[0].complete == 1);
    CHECK(one[0].downloaded == 2);
    CHECK(one[0].incomplete == 3);
    CHECK(told(bep15::ScrapeReply{.torrents = {{}, {}, {}, {}}}, asked).size() == 2);
}

} // namespace shoal::udp_tracker
