// Trackers that are known by name: one look-up for all, every address in its turn, none that is not a tracker's.
#include "driven.hpp"

namespace shoal::test {

using bep15::AnnounceRequest;
using bep15::ConnectRequest;

TEST_CASE("a name is looked up once for all who wait for it", "[tracker]")
{
    Driven driven;
    for (std::uint64_t i = 1; i <= 100; ++i) REQUIRE(driven.announce(i, "udp://T.example.org.:80/announce") == SHOAL_OK);
    REQUIRE(driven.announce(101, "udp://t.example.org:81/announce") == SHOAL_OK);
    REQUIRE(driven.host.lookups.size() == 1);
    CHECK(driven.host.lookups[0].name == "t.example.org");
    CHECK(driven.host.sockets.empty());
    driven.host.resolve(0, {address("1.2.3.4")});
    REQUIRE(driven.host.sent.size() == 2);
    CHECK(driven.host.sent[0].to.to_string() == "1.2.3.4:80");
    CHECK(driven.host.sent[1].to.to_string() == "1.2.3.4:81");
    driven.accept(0);
    CHECK(driven.host.sent.size() == 102);
}

TEST_CASE("a name that leads nowhere is an error with the name", "[tracker]")
{
    Driven driven;
    REQUIRE(driven.announce(1, "udp://t.example.org:80/announce") == SHOAL_OK);
    driven.host.fail_lookup(0, SHOAL_E_NOT_FOUND);
    CHECK(driven.host.announced.at(0).status == SHOAL_E_NOT_FOUND);
    CHECK(driven.host.announced.at(0).failure.starts_with("cannot find t.example.org: "));
    REQUIRE(driven.announce(2, "udp://t.example.org:80/announce") == SHOAL_OK);
    driven.host.resolve(1, {});
    CHECK(driven.host.announced.at(1).status == SHOAL_E_NOT_FOUND);
    driven.host.refuses_lookups = true;
    CHECK(driven.announce(3, "udp://t.example.org:80/announce") == SHOAL_E_LIMIT);
    CHECK(driven.host.announced.size() == 2);
    CHECK(driven.host.armed_timers() == 0);
}

TEST_CASE("a name server that does not answer holds an announce up until its deadline", "[tracker]")
{
    Driven driven;
    REQUIRE(driven.announce(1, "udp://t.example.org:80/announce") == SHOAL_OK);
    REQUIRE(driven.announce(2, "udp://t.example.org:80/announce") == SHOAL_OK);
    driven.cancel(2);
    CHECK_FALSE(driven.host.lookups[0].is_cancelled);
    driven.host.advance(seconds{30});
    CHECK(driven.host.announced.at(1).status == SHOAL_E_TIMEOUT);
    CHECK(driven.host.lookups[0].is_cancelled);
    REQUIRE(driven.announce(3, "udp://t.example.org:80/announce") == SHOAL_OK);
    driven.host.complete_cancelled(); // the old look-up's end is not the new one's
    CHECK(driven.host.announced.size() == 2);
    driven.host.resolve(1, {address("1.2.3.4")});
    CHECK(driven.host.sent.size() == 1);
}

TEST_CASE("an address that is silent for 5 s gives way to the next one, of whatever family", "[tracker]")
{
    Driven driven;
    REQUIRE(driven.announce(1, "udp://t.example.org:80/announce") == SHOAL_OK);
    driven.host.resolve(0, {address("2001:db8::1"), address("1.2.3.4")});
    REQUIRE(driven.host.sent.size() == 1);
    CHECK(driven.host.sent[0].to.to_string() == "[2001:db8::1]:80");
    driven.host.advance(seconds{5});
    REQUIRE(driven.host.sent.size() == 2);
    CHECK(driven.host.sent[1].to.to_string() == "1.2.3.4:80");
    driven.accept(1);
    driven.answer(2);
    CHECK(driven.host.announced.at(0).status == SHOAL_OK);
}

TEST_CASE("the last address is asked as long as there is time, and then nobody has answered", "[tracker]")
{
    Driven driven;
    REQUIRE(driven.announce(1, "udp://t.example.org:80/announce") == SHOAL_OK);
    driven.host.resolve(0, {address("1.2.3.4"), address("1.2.3.5")});
    driven.host.advance(seconds{29});
    CHECK(driven.host.sent.size() == 3); // 0 s, 5 s, 20 s
    driven.host.advance(seconds{1});
    CHECK(driven.host.announced.at(0).failure == "no answer from t.example.org (UDP)");
}

TEST_CASE("an address whose family this machine lacks is passed over", "[tracker]")
{
    Driven driven;
    driven.host.refuses_sockets6 = true;
    REQUIRE(driven.announce(1, "udp://t.example.org:80/announce") == SHOAL_OK);
    driven.host.resolve(0, {address("2001:db8::1"), address("1.2.3.4")});
    CHECK(driven.host.sent.at(0).to.to_string() == "1.2.3.4:80");
    REQUIRE(driven.announce(2, "udp://six.example.org:80/announce") == SHOAL_OK);
    driven.host.resolve(1, {address("2001:db8::1")});
    CHECK(driven.host.announced.at(0).status == SHOAL_E_NETWORK);
}

TEST_CASE("an address that has answered is asked first", "[tracker]")
{
    Driven driven;
    REQUIRE(driven.announce(1, "udp://1.2.3.5:80/announce") == SHOAL_OK);
    driven.accept(0);
    REQUIRE(driven.announce(2, "udp://t.example.org:80/announce") == SHOAL_OK);
    driven.host.resolve(0, {address("1.2.3.4"), address("1.2.3.5")});
    REQUIRE(driven.host.sent.size() == 3);
    CHECK(driven.host.sent[2].to.to_string() == "1.2.3.5:80");
}

TEST_CASE("what does not speak as a tracker does gives way to the next address at once", "[tracker]")
{
    Driven driven;
    REQUIRE(driven.announce(1, "udp://t.example.org:80/announce") == SHOAL_OK);
    driven.host.resolve(0, {address("1.2.3.4"), address("1.2.3.5")});
    auto packet = bep15::encode(bep15::ConnectReply{driven.sent<ConnectRequest>(0).transaction, 1});
    packet.resize(8);
    driven.host.receive(driven.host.sent[0].to, packet);
    REQUIRE(driven.host.sent.size() == 2);
    CHECK(driven.host.sent[1].to.to_string() == "1.2.3.5:80");
    CHECK(driven.host.announced.empty());
}

TEST_CASE("T9 a name that leads into the local network is asked only where the path is a tracker's", "[tracker]")
{
    Driven driven;
    REQUIRE(driven.announce(1, "udp://t.example.org:53") == SHOAL_OK);
    driven.host.resolve(0, {address("127.0.0.1"), address("10.0.0.1"), address("fe80::1")});
    CHECK(driven.host.sent.empty());
    CHECK(driven.host.announced.at(0).status == SHOAL_E_ACCESS);
    CHECK(driven.host.announced.at(0).failure.find("t.example.org leads into the local network") == 0);

    REQUIRE(driven.announce(2, "udp://t.example.org:53/x") == SHOAL_OK); // a name with both
    driven.host.resolve(1, {address("127.0.0.1"), address("1.2.3.4")});
    REQUIRE(driven.host.sent.size() == 1);
    CHECK(driven.host.sent[0].to.to_string() == "1.2.3.4:53");

    REQUIRE(driven.announce(3, "udp://t.example.org:53/announce") == SHOAL_OK);
    driven.host.resolve(2, {address("224.0.0.1"), address("255.255.255.255"), address("10.0.0.1")});
    REQUIRE(driven.host.sent.size() == 2);
    CHECK(driven.host.sent[1].to.to_string() == "10.0.0.1:53");
}

TEST_CASE("a name with very many addresses costs no more than eight of them", "[tracker]")
{
    Driven driven;
    driven.patience = seconds{10'000};
    std::vector<Address> many;
    for (std::uint32_t i = 0; i < 1000; ++i) many.push_back(Address::from_v4(0x01020000 + i));
    REQUIRE(driven.announce(1, "udp://t.example.org:80/announce") == SHOAL_OK);
    driven.host.resolve(0, many);
    driven.host.advance(seconds{40});
    CHECK(driven.host.sent.size() == 8);
}

} // namespace shoal::test
