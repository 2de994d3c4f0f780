#include "http_tracker.hpp"

#include "driven.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <utility>
#include <vector>

namespace shoal::http_tracker {
namespace {

using std::chrono::seconds;
using test::FakeHost;

class Driven : public test::DrivenTracker<HttpTracker> {
public:
    shoal_status announce(std::uint64_t operation, std::string_view url = "http://t.example.org/announce",
                          std::uint32_t event = SHOAL_ANNOUNCE_NONE)
    {
        return DrivenTracker::announce(operation, url, event);
    }
};

const std::string two_names = "d8:intervali60e5:peersld2:ip7:1.2.3.44:porti80eed2:ip5:a.exa4:porti81ee"
                              "d2:ip5:b.exa4:porti82eeee";

std::vector<std::string> texts(const std::vector<Endpoint>& peers)
{
    std::vector<std::string> out;
    for (const auto& peer : peers) out.push_back(peer.to_string());
    return out;
}

Address address(const char* text) { return *Address::parse(text); }

} // namespace

TEST_CASE("an announce is one request and one completion", "[tracker]")
{
    Driven driven;
    REQUIRE(driven.announce(7) == SHOAL_OK);
    REQUIRE(driven.host.requests.size() == 1);
    CHECK(driven.host.requests[0].url.starts_with(
        "http://t.example.org/announce?info_hash=hhhhhhhhhhhhhhhhhhhh&"));
    CHECK(driven.host.announced.empty());
    driven.host.respond(0, "d8:completei1e10:incompletei2e8:intervali1800e12:min intervali30e5:peers6:"
                           "\x01\x02\x03\x04\x1a\xe1"
                           "10:tracker id2:id15:warning message4:slowe");
    REQUIRE(driven.host.announced.size() == 1);
    const auto& told = driven.host.announced[0];
    CHECK(told.operation == 7);
    CHECK(told.status == SHOAL_OK);
    CHECK(told.raw.interval_s == 1800);
    CHECK(told.raw.min_interval_s == 30);
    CHECK(told.raw.complete == 1);
    CHECK(told.raw.incomplete == 2);
    CHECK(texts(told.peers) == std::vector<std::string>{"1.2.3.4:6881"});
    CHECK(told.tracker_id == "id");
    CHECK(told.warning == "slow");
    CHECK(driven.host.armed_timers() == 0);
}

TEST_CASE("what the tracker does not say is unknown to the host, too", "[tracker]")
{
    Driven driven;
    REQUIRE(driven.announce(1) == SHOAL_OK);
    driven.host.respond(0, "de");
    CHECK(driven.host.announced.at(0).raw.interval_s == SHOAL_UNKNOWN);
    CHECK(driven.host.announced.at(0).raw.complete == SHOAL_UNKNOWN);
}

TEST_CASE("T1 an exchange is limited to a mebibyte and five redirects", "[tracker]")
{
    Driven driven;
    REQUIRE(driven.announce(1) == SHOAL_OK);
    CHECK(driven.host.requests[0].max_body == 1 << 20);
    CHECK(driven.host.requests[0].max_redirects == 5);
    driven.host.fail_request(0, SHOAL_E_LIMIT, "cannot fetch from t.example.org: the answer is too long");
    CHECK(driven.host.announced.at(0).status == SHOAL_E_LIMIT);
    CHECK(driven.host.announced.at(0).failure == "cannot fetch from t.example.org: the answer is too long");
}

TEST_CASE("T12 an exchange ends within 30 s, a goodbye within 5 s, and neither after its deadline",
          "[tracker]")
{
    Driven driven;
    REQUIRE(driven.announce(1) == SHOAL_OK);
    CHECK(driven.host.requests[0].timeout == seconds{30});
    REQUIRE(driven.announce(2, "http://t.example.org/announce", SHOAL_ANNOUNCE_STOPPED) == SHOAL_OK);
    CHECK(driven.host.requests[1].timeout == seconds{5});
    driven.patience = seconds{2};
    REQUIRE(driven.announce(3) == SHOAL_OK);
    CHECK(driven.host.requests[2].timeout == seconds{2});
    driven.patience = seconds{0};
    CHECK(driven.announce(4) == SHOAL_E_TIMEOUT);
    CHECK(driven.host.requests.size() == 3);
}

TEST_CASE("a URL that may not be asked is not accepted, and nothing is sent", "[tracker]")
{
    Driven driven;
    CHECK(driven.announce(1, "udp://t.example.org/announce") == SHOAL_E_CORRUPT);
    CHECK(driven.announce(2, "http://169.254.169.254/latest/meta-data") == SHOAL_E_ACCESS);
    CHECK(driven.host.last_error.find("169.254.169.254") != std::string::npos);
    CHECK(driven.announce(3, "http://tracker.i2p/announce") == SHOAL_E_UNSUPPORTED);
    CHECK(driven.host.requests.empty());
}

TEST_CASE("the tracker's failure reason is told as a refusal", "[tracker]")
{
    Driven driven;
    REQUIRE(driven.announce(1) == SHOAL_OK);
    driven.host.respond(0, "d14:failure reason11:go\x1b away\r\n!e");
    REQUIRE(driven.host.announced.size() == 1);
    CHECK(driven.host.announced[0].status == SHOAL_E_REMOTE);
    CHECK(driven.host.announced[0].failure == "go\\x1b away\\r\\n!");
    CHECK(driven.host.announced[0].peers.empty());
}

TEST_CASE("an HTTP error is told with its host, or in the tracker's own words", "[tracker]")
{
    Driven driven;
    REQUIRE(driven.announce(1, "http://t.example.org:81/key/announce") == SHOAL_OK);
    driven.host.respond(0, "<html>not here</html>", 404);
    CHECK(driven.host.announced.at(0).status == SHOAL_E_REMOTE);
    CHECK(driven.host.announced.at(0).failure == "HTTP 404 from t.example.org");
    REQUIRE(driven.announce(2) == SHOAL_OK);
    driven.host.respond(1, "d14:failure reason8:bad keyse", 403);
    CHECK(driven.host.announced.at(1).failure == "bad keys");
    REQUIRE(driven.announce(3) == SHOAL_OK);
    driven.host.respond(2, "d8:intervali5e5:peers0:e", 500);
    CHECK(driven.host.announced.at(2).status == SHOAL_E_REMOTE);
}

TEST_CASE("what is no tracker's answer is told with the host that sent it", "[tracker]")
{
    Driven driven;
    REQUIRE(driven.announce(1, "http://t.example.org/secret/announce") == SHOAL_OK);
    driven.host.respond(0, "<html>please log in</html>");
    CHECK(driven.host.announced.at(0).status == SHOAL_E_PROTOCOL);
    CHECK(driven.host.announced.at(0).failure.starts_with(
        "t.example.org does not answer as a tracker does (bencode"));
    CHECK(driven.host.announced.at(0).failure.find("secret") == std::string::npos);
}

TEST_CASE("the client's failures keep their kind and are fit to be shown", "[tracker]")
{
    Driven driven;
    std::uint64_t operation = 0;
    for (const auto status : {SHOAL_E_NETWORK, SHOAL_E_REFUSED, SHOAL_E_NOT_FOUND, SHOAL_E_TIMEOUT}) {
        REQUIRE(driven.announce(++operation) == SHOAL_OK);
        driven.host.fail_request(operation - 1, status, "no\x1bway");
        CHECK(driven.host.announced.back().status == status);
        CHECK(driven.host.announced.back().failure == "no\\x1bway");
    }
    CHECK(driven.host.announced.size() == 4);
}

TEST_CASE("T9 the client is told to keep a stranger's URL away from what is no tracker", "[tracker]")
{
    Driven driven;
    REQUIRE(driven.announce(1) == SHOAL_OK);
    REQUIRE(driven.scrape(2, "http://t.example.org/announce", std::string(20, 'h')) == SHOAL_OK);
    REQUIRE(driven.announce(3, "http://127.0.0.1/announce") == SHOAL_OK);
    REQUIRE(driven.host.requests.size() == 3);
    for (const auto& request : driven.host.requests) CHECK(request.local_targets == SHOAL_LOCAL_TRACKERS);
    driven.host.fail_request(0, SHOAL_E_ACCESS, "cannot fetch from t.example.org: 127.0.0.1 is in the local network");
    CHECK(driven.host.announced.at(0).status == SHOAL_E_ACCESS);
    CHECK(driven.host.announced.at(0).failure == "cannot fetch from t.example.org: 127.0.0.1 is in the local network");
}

TEST_CASE("T9 an answer from a place that a redirect should not lead to is not believed", "[tracker]")
{
    Driven driven;
    std::size_t asked = 0;
    for (const auto* place :
         {"http://127.0.0.1/announce", "http://127.0.0.1/secret", "http://10.0.0.1/announce?x=1",
          "http://[::1]/announce", "ftp://t.example.org/announce", "http://localhost/announce"}) {
        REQUIRE(driven.announce(asked + 1) == SHOAL_OK);
        driven.host.respond(asked,
                            "d5:peers6:\x01\x02\x03\x04\x1a\xe1"
                            "e",
                            200, place);
        CHECK(driven.host.announced.at(asked).status < 0);
        CHECK(driven.host.announced.at(asked).peers.empty());
        CHECK(driven.host.announced.at(asked).failure.starts_with("redirected"));
        ++asked;
    }
    REQUIRE(driven.announce(100) == SHOAL_OK);
    driven.host.respond(asked, "d8:intervali5ee", 200,
                        "https://other.example.org/x?" + std::string(9000, 'y'));
    CHECK(driven.host.announced.at(asked).status == SHOAL_OK);
    REQUIRE(driven.announce(101, "http://127.0.0.1:80/announce") == SHOAL_OK);
    driven.host.respond(asked + 1, "d8:intervali5ee", 200, "http://127.0.0.1:81/announce");
    CHECK(driven.host.announced.at(asked + 1).status == SHOAL_OK);
}

TEST_CASE("the answer waits for the names in it", "[tracker]")
{
    Driven driven;
    REQUIRE(driven.announce(1) == SHOAL_OK);
    driven.host.respond(0, two_names);
    CHECK(driven.host.announced.empty());
    REQUIRE(driven.host.lookups.size() == 2);
    CHECK(driven.host.lookups[0].name == "a.exa");
    CHECK(driven.host.lookups[1].port == 82);
    driven.host.resolve(1, {address("5.6.7.8"), address("2001:db8::1")});
    CHECK(driven.host.announced.empty());
    driven.host.fail_lookup(0, SHOAL_E_NOT_FOUND);
    REQUIRE(driven.host.announced.size() == 1);
    CHECK(driven.host.announced[0].status == SHOAL_OK);
    CHECK(texts(driven.host.announced[0].peers)
          == std::vector<std::string>{"1.2.3.4:80", "5.6.7.8:82", "[2001:db8::1]:82"});
    CHECK(driven.host.armed_timers() == 0);
}

TEST_CASE("a slow name server holds an answer up for three seconds, no longer", "[tracker]")
{
    Driven driven;
    REQUIRE(driven.announce(1) == SHOAL_OK);
    driven.host.respond(0, two_names);
    driven.host.resolve(0, {address("5.6.7.8")});
    driven.host.advance(std::chrono::milliseconds{2999});
    CHECK(driven.host.announced.empty());
    driven.host.advance(std::chrono::milliseconds{1});
    REQUIRE(driven.host.announced.size() == 1);
    CHECK(texts(driven.host.announced[0].peers) == std::vector<std::string>{"1.2.3.4:80", "5.6.7.8:81"});
    CHECK(driven.host.lookups[1].is_cancelled);
    driven.host.complete_cancelled();
    CHECK(driven.host.announced.size() == 1);
}

TEST_CASE("names are not waited for beyond the deadline", "[tracker]")
{
    Driven driven;
    driven.patience = seconds{2};
    REQUIRE(driven.announce(1) == SHOAL_OK);
    driven.host.advance(seconds{1});
    driven.host.respond(0, two_names);
    driven.host.advance(seconds{1});
    CHECK(driven.host.announced.size() == 1);
}

TEST_CASE("names that lead nowhere useful, or to far too many places, do no harm", "[tracker]")
{
    Driven driven;
    REQUIRE(driven.announce(1) == SHOAL_OK);
    driven.host.respond(0, two_names);
    driven.host.resolve(0, {address("0.0.0.0"), address("224.0.0.1"), address("1.2.3.4")});
    driven.host.resolve(1, {address("1.1.1.1"), address("1.1.1.2"), address("1.1.1.3"), address("1.1.1.4"),
                            address("1.1.1.5")});
    REQUIRE(driven.host.announced.size() == 1);
    CHECK(texts(driven.host.announced[0].peers)
          == std::vector<std::string>{"1.2.3.4:80", "1.2.3.4:81", "1.1.1.1:82", "1.1.1.2:82", "1.1.1.3:82",
                                      "1.1.1.4:82"});
}

TEST_CASE("without a resolver's help the addresses are told at once", "[tracker]")
{
    Driven driven;
    driven.host.refuses_lookups = true;
    REQUIRE(driven.announce(1) == SHOAL_OK);
    driven.host.respond(0, two_names);
    REQUIRE(driven.host.announced.size() == 1);
    CHECK(texts(driven.host.announced[0].peers) == std::vector<std::string>{"1.2.3.4:80"});
}

TEST_CASE("a cancelled exchange completes once, as cancelled", "[tracker]")
{
    Driven driven;
    REQUIRE(driven.announce(1) == SHOAL_OK);
    REQUIRE(driven.announce(2) == SHOAL_OK);
    driven.cancel(1);
    driven.cancel(1);
    driven.cancel(99);
    CHECK(driven.host.requests[0].is_cancelled);
    CHECK_FALSE(driven.host.requests[1].is_cancelled);
    driven.host.complete_cancelled();
    REQUIRE(driven.host.announced.size() == 1);
    CHECK(driven.host.announced[0].operation == 1);
    CHECK(driven.host.announced[0].status == SHOAL_E_CANCELLED);
    driven.host.respond(1, "de");
    CHECK(driven.host.announced.size() == 2);
}

TEST_CASE("an announce that is cancelled while its names are looked up completes once", "[tracker]")
{
    Driven driven;
    REQUIRE(driven.announce(1) == SHOAL_OK);
    driven.host.respond(0, two_names);
    driven.cancel(1);
    driven.host.complete_cancelled();
    driven.host.advance(seconds{10});
    REQUIRE(driven.host.announced.size() == 1);
    CHECK(driven.host.announced[0].status == SHOAL_E_CANCELLED);
    CHECK(driven.host.armed_timers() == 0);
}

TEST_CASE("what is under way when the plug-in stops completes once", "[tracker]")
{
    Driven driven;
    REQUIRE(driven.announce(1) == SHOAL_OK);
    REQUIRE(driven.announce(2) == SHOAL_OK);
    driven.host.respond(1, two_names);
    driven.end();
    const auto& told = driven.host.announced;
    REQUIRE(told.size() == 2);
    CHECK(told[0].operation == 1);
    CHECK(told[0].status == SHOAL_E_CANCELLED);
    CHECK(told[1].operation == 2);
    CHECK(driven.host.armed_timers() == 0);
}

TEST_CASE("a scrape asks for several torrents and tells what is known of them", "[tracker]")
{
    Driven driven;
    const auto hashes = std::string(20, 'a') + std::string(20, 'b');
    REQUIRE(driven.scrape(1, "http://t.example.org/announce", hashes) == SHOAL_OK);
    CHECK(driven.host.requests[0].url
          == "http://t.example.org/scrape?info_hash=aaaaaaaaaaaaaaaaaaaa&info_hash=bbbbbbbbbbbbbbbbbbbb");
    CHECK(driven.host.requests[0].timeout == seconds{30});
    driven.host.respond(0,
                        "d5:filesd20:bbbbbbbbbbbbbbbbbbbbd8:completei5e10:downloadedi6e10:incompletei7eeee");
    REQUIRE(driven.host.scraped.size() == 1);
    CHECK(driven.host.scraped[0].status == SHOAL_OK);
    REQUIRE(driven.host.scraped[0].entries.size() == 1);
    const auto& entry = driven.host.scraped[0].entries[0];
    CHECK(std::string(entry.info_hash, entry.info_hash + 20) == std::string(20, 'b'));
    CHECK(entry.complete == 5);
    CHECK(entry.downloaded == 6);
    CHECK(entry.incomplete == 7);
    CHECK(driven.host.announced.empty());
}

TEST_CASE("a tracker in the local network can be scraped, too", "[tracker]")
{
    Driven driven;
    const auto hash = std::string(20, 'a');
    std::size_t asked = 0;
    for (const auto* url : {"http://127.0.0.1:6969/announce", "http://10.0.0.1/key/announce.php"}) {
        REQUIRE(driven.scrape(asked + 1, url, hash) == SHOAL_OK);
        driven.host.respond(asked, "d5:filesd20:" + hash + "d8:completei5eeee");
        REQUIRE(driven.host.scraped.size() == asked + 1);
        CHECK(driven.host.scraped[asked].status == SHOAL_OK);
        CHECK(driven.host.scraped[asked].entries.size() == 1);
        ++asked;
    }
}

TEST_CASE("a scrape that fails completes once, however it fails", "[tracker]")
{
    Driven driven;
    const auto hash = std::string(20, 'a');
    CHECK(driven.scrape(1, "http://t.example.org/a", hash) == SHOAL_E_UNSUPPORTED);
    CHECK(driven.scrape(2, "http://127.0.0.1/x", hash) == SHOAL_E_ACCESS);
    CHECK(driven.scrape(3, "http://t.example.org/announce", "") == SHOAL_E_ARGUMENT);
    CHECK(driven.host.requests.empty());
    for (std::uint64_t i = 0; i < 4; ++i)
        REQUIRE(driven.scrape(10 + i, "http://t.example.org/announce", hash) == SHOAL_OK);
    driven.host.respond(0, "<html>");
    driven.host.respond(1, "d14:failure reason2:noe");
    driven.host.respond(2, "nothing", 404);
    driven.cancel(13);
    driven.host.complete_cancelled();
    REQUIRE(driven.host.scraped.size() == 4);
    CHECK(driven.host.scraped[0].status == SHOAL_E_PROTOCOL);
    CHECK(driven.host.scraped[1].status == SHOAL_E_REFUSED);
    CHECK(driven.host.scraped[2].status == SHOAL_E_REFUSED);
    CHECK(driven.host.scraped[3].status == SHOAL_E_CANCELLED);
}

TEST_CASE("a thousand announces at once are kept apart", "[tracker]")
{
    Driven driven;
    for (std::uint64_t i = 0; i < 1000; ++i) REQUIRE(driven.announce(i + 1) == SHOAL_OK);
    for (std::size_t i = 1000; i-- > 0;) {
        driven.host.respond(i, "d8:intervali" + std::to_string(i + 1) + "ee");
        CHECK(driven.host.announced.back().operation == i + 1);
        CHECK(driven.host.announced.back().raw.interval_s == i + 1);
    }
}

} // namespace shoal::http_tracker
