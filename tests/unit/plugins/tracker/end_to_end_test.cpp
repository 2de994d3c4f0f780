// Our tracker plug-in and our embedded tracker over real sockets of the loopback device.
#include "machine.hpp"

#include <shoal/abi/tracker.h>

#include <catch2/catch.hpp>

namespace shoal::test {
namespace {

using Texts = std::vector<std::string>;

} // namespace

TEST_CASE("two peers find each other through our own tracker", "[tracker][service]")
{
    Machine machine;
    Announcing swarm(machine.ground());
    const auto first = swarm.announce(seed, SHOAL_ANNOUNCE_STARTED);
    CHECK(first.status == SHOAL_OK);
    CHECK(first.reply.interval_s == 1800u);
    CHECK(first.reply.min_interval_s == 900u);
    CHECK(first.reply.peers.empty());
    const auto second = swarm.announce(leecher, SHOAL_ANNOUNCE_STARTED);
    CHECK(texts(second.reply.peers) == Texts{"127.0.0.1:1001"});
    CHECK(second.reply.complete == 1u);
    CHECK(second.reply.incomplete == 1u);
    CHECK(texts(swarm.announce(seed).reply.peers) == Texts{"127.0.0.1:1002"});
}

TEST_CASE("a scrape sees what the announces did", "[tracker][service]")
{
    Machine machine;
    Announcing swarm(machine.ground());
    swarm.announce(seed, SHOAL_ANNOUNCE_STARTED);
    swarm.announce(leecher, SHOAL_ANNOUNCE_STARTED);
    const auto before = swarm.scrape();
    CHECK(before.status == SHOAL_OK);
    REQUIRE(before.entries.size() == 1);
    CHECK(before.entries[0].complete == 1);
    CHECK(before.entries[0].incomplete == 1);
    CHECK(before.entries[0].downloaded == 0);
    swarm.announce({.name = 'L', .port = 1002, .left = 0}, SHOAL_ANNOUNCE_COMPLETED);
    const auto after = swarm.scrape();
    REQUIRE(after.entries.size() == 1);
    CHECK(after.entries[0].complete == 2);
    CHECK(after.entries[0].incomplete == 0);
    CHECK(after.entries[0].downloaded == 1);
}

TEST_CASE("a peer that stops is found no more", "[tracker][service]")
{
    Machine machine;
    Announcing swarm(machine.ground());
    swarm.announce(seed, SHOAL_ANNOUNCE_STARTED);
    swarm.announce(leecher, SHOAL_ANNOUNCE_STARTED);
    CHECK(swarm.announce(seed, SHOAL_ANNOUNCE_STOPPED).reply.peers.empty());
    CHECK(swarm.announce(leecher).reply.peers.empty());
    swarm.announce(leecher, SHOAL_ANNOUNCE_STOPPED);
    CHECK(swarm.scrape().entries.empty());
}

TEST_CASE("peers find each other over IPv6", "[tracker][service]")
{
    Machine machine;
    Announcing swarm(machine.ground(), {{"listen", control::Value("[::1]:0")}});
    REQUIRE(swarm.announce_url.starts_with("http://[::1]:"));
    swarm.announce(seed, SHOAL_ANNOUNCE_STARTED);
    CHECK(texts(swarm.announce(leecher).reply.peers) == Texts{"[::1]:1001"});
}

TEST_CASE("T9 a tracker of this machine is asked by the name of this machine, too", "[tracker][service]")
{
    Machine machine;
    Announcing swarm(machine.ground());
    const auto port_and_path = swarm.announce_url.substr(swarm.announce_url.rfind(':'));
    swarm.announce(seed, SHOAL_ANNOUNCE_STARTED, "http://localhost" + port_and_path);
    CHECK(texts(swarm.announce(leecher).reply.peers) == Texts{"127.0.0.1:1001"});
}

TEST_CASE("the tracker's refusals reach the host in its words", "[tracker][service]")
{
    Machine machine;
    Announcing swarm(machine.ground(),
                     {{"open", control::Value(false)}, {"allowed", control::Value(std::string(40, '0'))}});
    const auto refused = swarm.announce(seed);
    CHECK(refused.status == SHOAL_E_REMOTE);
    CHECK(refused.reply.failure == "this tracker does not serve this torrent");
    const auto elsewhere = swarm.announce(seed, SHOAL_ANNOUNCE_NONE, swarm.announce_url + ".php");
    CHECK(elsewhere.status == SHOAL_E_REMOTE);
    CHECK(elsewhere.reply.failure == "HTTP 404 from 127.0.0.1");
}

TEST_CASE("a tracker that has gone is an error with its host", "[tracker][service]")
{
    Machine machine;
    Announcing swarm(machine.ground());
    swarm.end_service();
    const auto answer = swarm.announce(seed);
    CHECK(answer.status == SHOAL_E_REFUSED);
    CHECK(answer.reply.failure.find("127.0.0.1") != std::string::npos);
}

TEST_CASE("announces under way are cancelled when the host stops the plug-in", "[tracker][service]")
{
    Machine machine;
    Announcing swarm(machine.ground());
    const auto one = swarm.begin(seed, SHOAL_ANNOUNCE_STARTED);
    const auto two = swarm.begin(leecher, SHOAL_ANNOUNCE_STARTED);
    swarm.stop_tracker();
    REQUIRE(swarm.answers.size() == 2);
    CHECK(swarm.answers[one].status == SHOAL_E_CANCELLED);
    CHECK(swarm.answers[two].status == SHOAL_E_CANCELLED);
}

TEST_CASE("a hundred peers announce at once", "[tracker][service]")
{
    Machine machine;
    Announcing swarm(machine.ground());
    for (std::uint16_t i = 0; i < 100; ++i) {
        swarm.begin({.name = static_cast<char>(i + 1), .port = static_cast<std::uint16_t>(2000 + i)});
    }
    swarm.wait_for([&] { return swarm.answers.size() == 100; });
    for (const auto& [operation, answer] : swarm.answers) CHECK(answer.status == SHOAL_OK);
    CHECK(swarm.announce({.name = '\x7f', .port = 1}).reply.peers.size() == 50);
    CHECK(swarm.scrape().entries.at(0).incomplete == 101);
}

} // namespace shoal::test
