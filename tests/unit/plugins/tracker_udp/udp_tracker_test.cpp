#include "driven.hpp"

#include <set>

namespace shoal::test {
namespace {

using bep15::AnnounceReply;
using bep15::AnnounceRequest;
using bep15::ConnectReply;
using bep15::ConnectRequest;
using bep15::ErrorReply;
using bep15::ScrapeReply;
using bep15::ScrapeRequest;
using Texts = std::vector<std::string>;

Endpoint endpoint(const char* text) { return *Endpoint::parse(text); }

} // namespace

TEST_CASE("an announce by datagrams is told once, with all that the tracker said", "[tracker]")
{
    Driven driven;
    REQUIRE(driven.announce(7, "udp://1.2.3.4:80/announce?key=1", SHOAL_ANNOUNCE_STARTED) == SHOAL_OK);
    REQUIRE(driven.host.sent.size() == 1);
    CHECK(driven.host.sent[0].to == endpoint("1.2.3.4:80"));
    driven.accept(0, 99);
    const auto request = driven.sent<AnnounceRequest>(1);
    CHECK(request.connection == 99);
    CHECK(as_text(request.info_hash.view()) == std::string(20, 'h'));
    CHECK(as_text(request.peer_id.view()) == std::string(20, 'p'));
    CHECK(request.uploaded == 1);
    CHECK(request.downloaded == 2);
    CHECK(request.left == 3);
    CHECK(request.event == 2);
    CHECK(request.ip == 0);
    CHECK(request.key == 4);
    CHECK(request.num_want == 50);
    CHECK(request.port == 6881);
    CHECK(request.url_data == "/announce?key=1");
    CHECK(driven.host.announced.empty());

    driven.answer(1, {.interval = 1800, .leechers = 2, .seeds = 1, .peers = {endpoint("5.6.7.8:9"), endpoint("5.6.7.9:0")}});
    REQUIRE(driven.host.announced.size() == 1);
    const auto& told = driven.host.announced[0];
    CHECK(told.operation == 7);
    CHECK(told.status == SHOAL_OK);
    CHECK(told.raw.interval_s == 1800);
    CHECK(told.raw.min_interval_s == SHOAL_UNKNOWN);
    CHECK(told.raw.complete == 1);
    CHECK(told.raw.incomplete == 2);
    CHECK(texts_of(told.peers) == Texts{"5.6.7.8:9"});
}

TEST_CASE("an idle plug-in holds no socket and no timer", "[tracker]")
{
    Driven driven;
    CHECK(driven.host.sockets.empty());
    REQUIRE(driven.announce(1) == SHOAL_OK);
    REQUIRE(driven.announce(2, "udp://[2001:db8::1]:80") == SHOAL_OK);
    CHECK(driven.host.open_sockets() == 2);
    driven.accept(0);
    driven.answer(2);
    CHECK(driven.host.open_sockets() == 2);
    driven.cancel(2);
    CHECK(driven.host.open_sockets() == 0);
    CHECK(driven.host.armed_timers() == 0);
    REQUIRE(driven.announce(3) == SHOAL_OK);
    driven.sent<ConnectRequest>(3); // the id went with the socket
    CHECK(driven.host.open_sockets() == 1);
}

TEST_CASE("peers of a tracker that is asked over IPv6 have eighteen octets", "[tracker]")
{
    Driven driven;
    REQUIRE(driven.announce(1, "udp://[2001:db8::1]:6969") == SHOAL_OK);
    CHECK(driven.host.sent.at(0).to == endpoint("[2001:db8::1]:6969"));
    driven.accept(0);
    CHECK(driven.sent<AnnounceRequest>(1).url_data.empty());
    driven.answer(1, {.peers = {endpoint("[2001:db8::2]:80"), endpoint("[2001:db8::3]:81")}});
    CHECK(texts_of(driven.host.announced.at(0).peers) == Texts{"[2001:db8::2]:80", "[2001:db8::3]:81"});
}

TEST_CASE("a hundred torrents announce with one connect", "[tracker]")
{
    Driven driven;
    for (std::uint64_t i = 1; i <= 100; ++i) REQUIRE(driven.announce(i) == SHOAL_OK);
    CHECK(driven.host.sent.size() == 1);
    driven.accept(0);
    REQUIRE(driven.host.sent.size() == 101);
    std::set<std::uint32_t> transactions;
    for (std::size_t i = 100; i >= 1; --i) {
        transactions.insert(driven.sent<AnnounceRequest>(i).transaction);
        driven.answer(i, {.interval = static_cast<std::uint32_t>(i)});
        CHECK(driven.host.announced.back().operation == i);
        CHECK(driven.host.announced.back().raw.interval_s == i);
    }
    CHECK(transactions.size() == 100);
    CHECK(driven.host.open_sockets() == 0);
}

TEST_CASE("T7 nobody but the tracker that was asked is believed", "[tracker]")
{
    Driven driven;
    REQUIRE(driven.announce(1) == SHOAL_OK);
    const auto connected = bep15::encode(ConnectReply{driven.sent<ConnectRequest>(0).transaction, 66});
    driven.host.receive(endpoint("1.2.3.5:80"), connected);
    driven.host.receive(endpoint("1.2.3.4:81"), connected);
    CHECK(driven.host.sent.size() == 1);
    driven.accept(0);
    const auto refused = bep15::encode(ErrorReply{driven.sent<AnnounceRequest>(1).transaction, "no"});
    driven.host.receive(endpoint("6.6.6.6:80"), refused);
    CHECK(driven.host.announced.empty());
    driven.answer(1);
    CHECK(driven.host.announced.at(0).status == SHOAL_OK);
}

TEST_CASE("T7 a connection id is asked for anew after 60 s", "[tracker]")
{
    Driven driven;
    driven.patience = seconds{600};
    REQUIRE(driven.announce(1, "udp://9.9.9.9:9/announce") == SHOAL_OK); // keeps the socket open
    REQUIRE(driven.announce(2) == SHOAL_OK);
    driven.accept(1, 10);
    driven.answer(2);
    driven.host.advance(seconds{14});
    REQUIRE(driven.announce(3) == SHOAL_OK);
    CHECK(driven.sent<AnnounceRequest>(3).connection == 10);
    driven.answer(3);
    driven.host.advance(seconds{46});
    const auto before = driven.host.sent.size();
    REQUIRE(driven.announce(4) == SHOAL_OK);
    driven.sent<ConnectRequest>(before);
    driven.accept(before, 11);
    CHECK(driven.sent<AnnounceRequest>(before + 1).connection == 11);
}

TEST_CASE("an announce is over at its deadline, after one repetition in half a minute", "[tracker]")
{
    Driven driven;
    REQUIRE(driven.announce(1) == SHOAL_OK);
    driven.host.advance(seconds{29});
    CHECK(driven.host.sent.size() == 2);
    CHECK(driven.host.announced.empty());
    driven.host.advance(seconds{1});
    REQUIRE(driven.host.announced.size() == 1);
    CHECK(driven.host.announced[0].status == SHOAL_E_TIMEOUT);
    CHECK(driven.host.announced[0].failure == "no answer from 1.2.3.4 (UDP)");
    CHECK(driven.host.open_sockets() == 0);
    CHECK(driven.host.armed_timers() == 0);
}

TEST_CASE("with more time an announce is repeated as BEP 15 has it", "[tracker]")
{
    Driven driven;
    driven.patience = seconds{1000};
    REQUIRE(driven.announce(1) == SHOAL_OK);
    driven.host.advance(seconds{999});
    CHECK(driven.host.sent.size() == 7); // 0, 15, 45, 105, 225, 465, 945 s
}

TEST_CASE("a goodbye waits for 5 s, and nothing is asked when the deadline has passed", "[tracker]")
{
    Driven driven;
    REQUIRE(driven.announce(1, "udp://1.2.3.4:80/announce", SHOAL_ANNOUNCE_STOPPED) == SHOAL_OK);
    driven.host.advance(seconds{5});
    CHECK(driven.host.announced.at(0).status == SHOAL_E_TIMEOUT);
    driven.patience = seconds{0};
    CHECK(driven.announce(2) == SHOAL_E_TIMEOUT);
    CHECK(driven.host.open_sockets() == 0);
}

TEST_CASE("T4 the tracker's error is told as a refusal, fit to be shown", "[tracker]")
{
    Driven driven;
    REQUIRE(driven.announce(1) == SHOAL_OK);
    driven.accept(0);
    driven.reply(1, ErrorReply{driven.sent<AnnounceRequest>(1).transaction, "go\x1b away\r\n" + std::string(5000, '!')});
    REQUIRE(driven.host.announced.size() == 1);
    CHECK(driven.host.announced[0].status == SHOAL_E_REMOTE);
    CHECK(driven.host.announced[0].failure.starts_with("go\\x1b away\\r\\n!"));
    CHECK(driven.host.announced[0].failure.size() < 1010);
}

TEST_CASE("an answer that is too short is told with its host", "[tracker]")
{
    Driven driven;
    REQUIRE(driven.announce(1, "udp://1.2.3.4:80/secret/announce") == SHOAL_OK);
    driven.accept(0);
    auto packet = bep15::encode(AnnounceReply{.transaction = driven.sent<AnnounceRequest>(1).transaction});
    packet.resize(12);
    driven.host.receive(endpoint("1.2.3.4:80"), packet);
    CHECK(driven.host.announced.at(0).status == SHOAL_E_PROTOCOL);
    CHECK(driven.host.announced.at(0).failure
          == "1.2.3.4 does not answer as a tracker does (an announce reply of 12 bytes, where at least 20 belong)");
}

TEST_CASE("a cancelled announce completes once, as cancelled, and its answer comes too late", "[tracker]")
{
    Driven driven;
    REQUIRE(driven.announce(1) == SHOAL_OK);
    REQUIRE(driven.announce(2) == SHOAL_OK);
    driven.accept(0);
    driven.cancel(1);
    driven.cancel(1);
    driven.cancel(99);
    REQUIRE(driven.host.announced.size() == 1);
    CHECK(driven.host.announced[0].status == SHOAL_E_CANCELLED);
    driven.answer(1);
    CHECK(driven.host.announced.size() == 1);
    driven.answer(2);
    CHECK(driven.host.announced.size() == 2);
}

TEST_CASE("what is under way when the host stops the plug-in is cancelled", "[tracker]")
{
    Driven driven;
    REQUIRE(driven.announce(1) == SHOAL_OK);
    REQUIRE(driven.announce(2, "udp://t.example.org:80") == SHOAL_OK);
    REQUIRE(driven.scrape(3, "udp://1.2.3.4:80", std::string(20, 'x')) == SHOAL_OK);
    driven.end();
    REQUIRE(driven.host.announced.size() == 2);
    CHECK(driven.host.announced[0].status == SHOAL_E_CANCELLED);
    CHECK(driven.host.announced[1].status == SHOAL_E_CANCELLED);
    CHECK(driven.host.scraped.at(0).status == SHOAL_E_CANCELLED);
    CHECK(driven.host.open_sockets() == 0);
    CHECK(driven.host.armed_timers() == 0);
}

TEST_CASE("a scrape is told in the order of the question", "[tracker]")
{
    Driven driven;
    REQUIRE(driven.scrape(5, "udp://1.2.3.4:80/announce", std::string(20, 'a') + std::string(20, 'b')) == SHOAL_OK);
    driven.accept(0);
    const auto request = driven.sent<ScrapeRequest>(1);
    REQUIRE(request.info_hashes.size() == 2);
    driven.reply(1, ScrapeReply{request.transaction, {{1, 2, 3}, {4, 5, 6}}});
    REQUIRE(driven.host.scraped.size() == 1);
    const auto& told = driven.host.scraped[0];
    CHECK(told.operation == 5);
    CHECK(told.status == SHOAL_OK);
    REQUIRE(told.entries.size() == 2);
    CHECK(told.entries[1].info_hash[0] == 'b');
    CHECK(told.entries[1].complete == 4);
    CHECK(told.entries[1].downloaded == 5);
    CHECK(told.entries[1].incomplete == 6);
}

TEST_CASE("a scrape of many torrents is several packets of a frame each, and one answer", "[tracker]")
{
    Driven driven;
    std::string hashes;
    for (int i = 0; i < 200; ++i) hashes += std::string(20, static_cast<char>(i));
    REQUIRE(driven.scrape(1, "udp://1.2.3.4:80", hashes) == SHOAL_OK);
    driven.accept(0);
    REQUIRE(driven.host.sent.size() == 4);
    for (const std::size_t i : {2, 1, 3}) { // in any order
        CHECK(driven.host.scraped.empty());
        CHECK(driven.host.sent[i].octets.size() <= 1452); // 1,500 without the headers of IPv6 and UDP
        const auto request = driven.sent<ScrapeRequest>(i);
        ScrapeReply reply{.transaction = request.transaction};
        for (const auto& hash : request.info_hashes) {
            reply.torrents.push_back({std::to_integer<std::uint32_t>(hash.bytes[0]), 0, 0});
        }
        driven.reply(i, reply);
    }
    REQUIRE(driven.host.scraped.size() == 1);
    REQUIRE(driven.host.scraped[0].entries.size() == 200);
    for (std::size_t i = 0; i < 200; ++i) {
        CHECK(driven.host.scraped[0].entries[i].complete == i);
        CHECK(driven.host.scraped[0].entries[i].info_hash[19] == i);
    }
}

TEST_CASE("a scrape that fails in part fails, and one of nothing is not accepted", "[tracker]")
{
    Driven driven;
    CHECK(driven.scrape(1, "udp://1.2.3.4:80", "") == SHOAL_E_ARGUMENT);
    REQUIRE(driven.scrape(2, "udp://1.2.3.4:80", std::string(20 * 100, 'x')) == SHOAL_OK);
    driven.accept(0);
    driven.reply(1, ErrorReply{driven.sent<ScrapeRequest>(1).transaction, "no"});
    REQUIRE(driven.host.scraped.size() == 1);
    CHECK(driven.host.scraped[0].status == SHOAL_E_REFUSED);
    REQUIRE(driven.scrape(3, "udp://1.2.3.4:80", std::string(20, 'x')) == SHOAL_OK);
    driven.host.advance(seconds{30});
    CHECK(driven.host.scraped.at(1).status == SHOAL_E_TIMEOUT);
    CHECK(driven.host.open_sockets() == 0);
}

TEST_CASE("a machine without a socket to spare is an error at once", "[tracker]")
{
    Driven driven;
    driven.host.refuses_sockets4 = true;
    CHECK(driven.announce(1) == SHOAL_E_NETWORK);
    CHECK(driven.host.last_error.find("UDP socket") != std::string::npos);
    CHECK(driven.host.announced.empty());
    CHECK(driven.host.armed_timers() == 0);
}

} // namespace shoal::test
