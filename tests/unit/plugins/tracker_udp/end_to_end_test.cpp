// Our tracker plug-in and our embedded tracker over real datagrams of the loopback device.
#include "unit/plugins/tracker/machine.hpp"

#include <shoal/abi/tracker.h>

#include <catch2/catch.hpp>

namespace shoal::test {
namespace {

using Texts = std::vector<std::string>;

} // namespace

TEST_CASE("two peers find each other through our own tracker by datagrams", "[tracker][service]")
{
    Machine machine;
    Announcing swarm(machine.ground(), {}, "udp");
    REQUIRE(swarm.announce_url.starts_with("udp://127.0.0.1:"));
    const auto first = swarm.announce(seed, SHOAL_ANNOUNCE_STARTED);
    CHECK(first.status == SHOAL_OK);
    CHECK(first.reply.interval_s == 1800u);
    CHECK(first.reply.peers.empty());
    const auto second = swarm.announce(leecher, SHOAL_ANNOUNCE_STARTED);
    CHECK(texts(second.reply.peers) == Texts{"127.0.0.1:1001"});
    CHECK(second.reply.complete == 1u);
    CHECK(second.reply.incomplete == 1u);
    CHECK(texts(swarm.announce(seed).reply.peers) == Texts{"127.0.0.1:1002"});
    const auto scraped = swarm.scrape(); // of a torrent that nobody has, and of this one
    CHECK(scraped.status == SHOAL_OK);
    REQUIRE(scraped.entries.size() == 2);
    CHECK(scraped.entries[0].complete == 0);
    CHECK(scraped.entries[1].complete == 1);
    CHECK(scraped.entries[1].incomplete == 1);
}

TEST_CASE("peers find each other by datagrams of IPv6", "[tracker][service]")
{
    Machine machine;
    Announcing swarm(machine.ground(), {{"listen", control::Value("[::1]:0")}}, "udp");
    REQUIRE(swarm.announce_url.starts_with("udp://[::1]:"));
    swarm.announce(seed, SHOAL_ANNOUNCE_STARTED);
    CHECK(texts(swarm.announce(leecher).reply.peers) == Texts{"[::1]:1001"});
}

TEST_CASE("T9 a tracker of this machine is asked by datagram by the name of this machine, too", "[tracker][service]")
{
    Machine machine;
    Announcing swarm(machine.ground(), {}, "udp");
    const auto port_and_path = swarm.announce_url.substr(swarm.announce_url.rfind(':'));
    swarm.announce(seed, SHOAL_ANNOUNCE_STARTED, "udp://localhost" + port_and_path);
    CHECK(texts(swarm.announce(leecher).reply.peers) == Texts{"127.0.0.1:1001"});
}

TEST_CASE("the tracker's refusals reach the host in its words by datagrams, too", "[tracker][service]")
{
    Machine machine;
    Announcing swarm(machine.ground(),
                     {{"open", control::Value(false)}, {"allowed", control::Value(std::string(40, '0'))}}, "udp");
    const auto refused = swarm.announce(seed);
    CHECK(refused.status == SHOAL_E_REMOTE);
    CHECK(refused.reply.failure == "this tracker does not serve this torrent");
}

TEST_CASE("a hundred peers announce at once by datagrams", "[tracker][service]")
{
    Machine machine;
    Announcing swarm(machine.ground(), {}, "udp");
    for (std::uint16_t i = 0; i < 100; ++i) {
        swarm.begin({.name = static_cast<char>(i + 1), .port = static_cast<std::uint16_t>(2000 + i)});
    }
    swarm.wait_for([&] { return swarm.answers.size() == 100; });
    for (const auto& [operation, answer] : swarm.answers) CHECK(answer.status == SHOAL_OK);
    CHECK(swarm.announce({.name = '\x7f', .port = 1}).reply.peers.size() == 50);
    CHECK(swarm.scrape().entries.at(1).incomplete == 101);
}

TEST_CASE("announces by datagrams under way are cancelled when the host stops the plug-in", "[tracker][service]")
{
    Machine machine;
    Announcing swarm(machine.ground(), {}, "udp");
    const auto one = swarm.begin(seed, SHOAL_ANNOUNCE_STARTED);
    const auto two = swarm.begin(leecher, SHOAL_ANNOUNCE_STARTED);
    swarm.stop_tracker();
    REQUIRE(swarm.answers.size() == 2);
    CHECK(swarm.answers[one].status == SHOAL_E_CANCELLED);
    CHECK(swarm.answers[two].status == SHOAL_E_CANCELLED);
}

} // namespace shoal::test
