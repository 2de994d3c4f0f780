#include "embedded_tracker.hpp"

#include <shoal/bencode.hpp>
#include <shoal/random.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>

namespace shoal::embedded_tracker {
namespace {

using std::chrono::seconds;

/// A tracker and the clients that ask it, with a clock of the test's own.
struct Place {
    explicit Place(const Settings& settings = {})
        : tracker(settings, [this](auto bound) { return random.below(bound); })
    {
    }

    Answer ask(const std::string& target, std::string_view from = "10.0.0.1")
    {
        return tracker.answer({.method = "GET", .target = target, .from = *Address::parse(from), .now = now});
    }

    std::string announce(char client, const std::string& more = {}, std::string_view from = "10.0.0.1")
    {
        const auto answer =
            ask("/announce?info_hash=" + std::string(20, torrent) + "&peer_id=" + std::string(20, client)
                    + "&port=" + std::to_string(1000 + client) + "&left=5&compact=1" + more,
                from);
        CHECK(answer.status == 200);
        return std::string(as_text(answer.body));
    }

    std::string text(const std::string& target) { return std::string(as_text(ask(target).body)); }

    char torrent = 't';
    seconds now{1000};
    RandomStream random{1, 1};
    EmbeddedTracker tracker;
};

bencode::Document parsed(const std::string& body)
{
    auto document = bencode::Document::parse(as_bytes(body));
    REQUIRE(document);
    CHECK(document->is_canonical());
    return std::move(*document);
}

std::vector<std::string> peers_in(const std::string& body)
{
    const auto document = parsed(body);
    std::vector<std::string> out;
    auto four = *document.root().find_bytes("peers");
    for (; !four.empty(); four = four.subspan(6))
        out.push_back(Endpoint::from_compact4(four.first(6))->to_string());
    auto six = document.root().find_bytes("peers6").value_or(ByteView{});
    for (; !six.empty(); six = six.subspan(18))
        out.push_back(Endpoint::from_compact6(six.first(18))->to_string());
    std::ranges::sort(out);
    return out;
}

using Texts = std::vector<std::string>;

std::string failure_in(const std::string& body)
{
    return std::string(parsed(body).root().find_string("failure reason").value_or("none"));
}

std::int64_t number_in(const std::string& body, std::string_view key)
{
    return parsed(body).root().find_int(key).value_or(-1);
}

} // namespace

TEST_CASE("two peers find each other, neither finds itself", "[service]")
{
    Place place;
    CHECK(peers_in(place.announce('A')).empty());
    CHECK(peers_in(place.announce('B', "", "10.0.0.2")) == Texts{"10.0.0.1:1065"});
    CHECK(peers_in(place.announce('A')) == Texts{"10.0.0.2:1066"});
    place.torrent = 'u';
    CHECK(peers_in(place.announce('C')).empty());
}

TEST_CASE("an answer has the counts and the intervals", "[service]")
{
    Place place({.interval = seconds{60}});
    place.announce('A', "&left=0");
    place.announce('B');
    const auto body = place.announce('C');
    CHECK(number_in(body, "complete") == 1);
    CHECK(number_in(body, "incomplete") == 2);
    CHECK(number_in(body, "downloaded") == 0);
    CHECK(number_in(body, "interval") == 60);
    CHECK(number_in(body, "min interval") == 30);
    Place hasty({.interval = seconds{1}});
    CHECK(number_in(hasty.announce('A'), "min interval") == 1);
}

TEST_CASE("peers of IPv6 are in a list of their own, mapped ones are not", "[service]")
{
    Place place;
    place.announce('A', "", "2001:db8::1");
    place.announce('B', "", "::ffff:10.0.0.2");
    const auto body = place.announce('C');
    CHECK(parsed(body).root().find_bytes("peers")->size() == 6);
    CHECK(parsed(body).root().find_bytes("peers6")->size() == 18);
    CHECK(peers_in(body) == Texts{"10.0.0.2:1066", "[2001:db8::1]:1065"});
}

TEST_CASE("without compact=1 peers are dicts, with their ids unless the client wants none", "[service]")
{
    Place place;
    place.announce('A', "", "2001:db8::1");
    const auto plain = place.announce('B', "&compact=0");
    const auto document = parsed(plain);
    const auto peers = *document.root().find_list("peers");
    REQUIRE(peers.size() == 1);
    const auto peer = *peers.items().begin();
    CHECK(peer.find_string("ip") == "2001:db8::1");
    CHECK(peer.find_string("peer id") == std::string(20, 'A'));
    CHECK(peer.find_int("port") == 1065);
    CHECK(place.announce('B', "&compact=0&no_peer_id=1").find("peer id") == std::string::npos);
    CHECK_FALSE(document.root().find("peers6"));
}

TEST_CASE("a peer that stops is gone at once and gets no peers", "[service]")
{
    Place place;
    place.announce('A');
    place.announce('B');
    const auto goodbye = place.announce('A', "&event=stopped");
    CHECK(peers_in(goodbye).empty());
    CHECK(number_in(goodbye, "incomplete") == 1);
    CHECK(peers_in(place.announce('B')).empty());
    CHECK(number_in(place.announce('B', "&event=stopped"), "incomplete") == 0);
    CHECK(place.text("/stats").find("torrents 0\npeers 0\n") == 0);
}

TEST_CASE("stopping what was never started leaves nothing behind", "[service]")
{
    Place place;
    CHECK(peers_in(place.announce('A', "&event=stopped")).empty());
    CHECK(place.text("/stats").find("torrents 0\npeers 0\n") == 0);
}

TEST_CASE("a peer that is silent for two intervals is forgotten", "[service]")
{
    Place place({.interval = seconds{10}});
    place.announce('A');
    place.now += seconds{10};
    place.announce('B');
    place.now += seconds{9};
    CHECK(peers_in(place.announce('B')) == Texts{"10.0.0.1:1065"});
    place.now += seconds{1};
    CHECK(peers_in(place.announce('B')).empty());
    CHECK(place.tracker.next_expiry() == seconds{1040});
    place.tracker.expire(seconds{1040});
    CHECK_FALSE(place.tracker.next_expiry());
}

TEST_CASE("a finished download is counted once, and its peer is a seed", "[service]")
{
    Place place;
    place.announce('A');
    place.announce('A', "&event=completed&left=0");
    const auto body = place.announce('A', "&event=completed&left=0");
    CHECK(number_in(body, "complete") == 1);
    CHECK(number_in(body, "incomplete") == 0);
    CHECK(number_in(body, "downloaded") == 1);
}

TEST_CASE("a client that comes back with another id takes its former place", "[service]")
{
    Place place;
    place.announce('A');
    const auto body = place.announce('B', "&port=1065");
    CHECK(peers_in(body).empty());
    CHECK(number_in(body, "incomplete") == 1);
}

TEST_CASE("no more peers are told than asked for, and never more than two hundred", "[service]")
{
    Place place;
    for (int i = 1; i <= 300; ++i)
        place.announce('A', "&port=" + std::to_string(i) + "&peer_id=" + std::to_string(10'000 + i)
                                + "abcdefghijklmno");
    CHECK(peers_in(place.announce('Z')).size() == 50);
    CHECK(peers_in(place.announce('Z', "&numwant=7")).size() == 7);
    CHECK(peers_in(place.announce('Z', "&numwant=0")).empty());
    CHECK(peers_in(place.announce('Z', "&numwant=5000")).size() == 200);
}

TEST_CASE("the address is the one a question comes from, whatever it says", "[service]")
{
    Place place;
    place.announce('A', "&ip=8.8.8.8");
    CHECK(peers_in(place.announce('B')) == Texts{"10.0.0.1:1065"});
}

TEST_CASE("the address that a client names is believed when the user says so", "[service]")
{
    Place place({.trusts_ip = true});
    place.announce('A', "&ip=8.8.8.8");
    place.announce('B', "&ip=2001:db8::1");
    place.announce('C', "&ip=no.address.example");
    CHECK(peers_in(place.announce('D')) == Texts{"10.0.0.1:1067", "8.8.8.8:1065", "[2001:db8::1]:1066"});
    CHECK(failure_in(place.announce('E', "&ip=0.0.0.0")) == "nobody can be connected to at 0.0.0.0");
    CHECK(failure_in(place.announce('E', "&ip=224.0.0.1")) == "nobody can be connected to at 224.0.0.1");
}

TEST_CASE("what is wrong with an announce is told as its failure reason", "[service]")
{
    Place place;
    CHECK(failure_in(place.announce('A', "&port=0")) == "port 0 cannot be connected to");
    CHECK(failure_in(place.announce('A', "&info_hash=x")) == "info_hash has 1 bytes, not 20");
    CHECK(failure_in(place.announce('A', "&x=%")) == "a '%' without two hexadecimal digits after it");
    CHECK(place.text("/stats").find("refused 3\n") != std::string::npos);
}

TEST_CASE("a closed tracker refuses other torrents, also to forget them", "[service]")
{
    Place place({.is_open = false, .allowed = {*Hash20::from(as_bytes("tttttttttttttttttttt"))}});
    CHECK(failure_in(place.announce('A')) == "none");
    place.torrent = 'u';
    CHECK(failure_in(place.announce('A')) == "this tracker does not serve this torrent");
    CHECK(failure_in(place.announce('A', "&event=stopped")) == "this tracker does not serve this torrent");
}

TEST_CASE("a full tracker says so", "[service]")
{
    Place place({.max_torrents = 1, .max_peers = 2});
    place.announce('A');
    place.torrent = 'u';
    CHECK(failure_in(place.announce('A')) == "this tracker has as many torrents as it takes");
    place.torrent = 't';
    place.announce('B');
    CHECK(failure_in(place.announce('C')) == "this tracker has as many peers as it takes");
    CHECK(failure_in(place.announce('A')) == "none");
}

TEST_CASE("a scrape tells of the torrents it names, as far as they are known", "[service]")
{
    Place place;
    place.announce('A', "&left=0");
    place.announce('B');
    place.torrent = 'u';
    place.announce('A', "&event=completed&left=0");
    const auto body = place.text("/scrape?info_hash=" + std::string(20, 'u') + "&info_hash="
                                 + std::string(20, 't') + "&info_hash=" + std::string(20, 'x'));
    const auto document = parsed(body);
    const auto files = *document.root().find_dict("files");
    CHECK(files.size() == 2);
    const auto t = *files.find_dict(std::string(20, 't'));
    CHECK(t.find_int("complete") == 1);
    CHECK(t.find_int("incomplete") == 1);
    CHECK(t.find_int("downloaded") == 0);
    CHECK(files.find_dict(std::string(20, 'u'))->find_int("downloaded") == 1);
    CHECK(failure_in(place.text("/scrape")) == "info_hash is missing");
    CHECK(parsed(place.text("/scrape?info_hash=" + std::string(20, 'x'))).root().find_dict("files")->size()
          == 0);
}

TEST_CASE("the statistics are plain lines", "[service]")
{
    Place place;
    place.announce('A', "&event=completed&left=0");
    place.announce('B');
    place.text("/scrape?info_hash=" + std::string(20, 't'));
    place.announce('C', "&port=0");
    CHECK(place.text("/stats")
          == "torrents 1\npeers 2\nseeds 1\ncompleted 1\nannounces 2\nscrapes 1\nrefused 1\n");
}

TEST_CASE("other paths and methods are not there", "[service]")
{
    Place place;
    for (const auto* target : {"/", "", "/announce/", "/ANNOUNCE", "/../stats", "*", "http://x/announce"}) {
        INFO(target);
        CHECK(place.ask(target).status == 404);
    }
    const auto from = *Address::parse("10.0.0.1");
    CHECK(place.tracker.answer({.method = "POST", .target = "/announce", .from = from, .now = {}}).status
          == 405);
    CHECK(place.tracker.answer({.method = "HEAD", .target = "/stats", .from = from, .now = {}}).status
          == 200);
}

TEST_CASE("any octets as a target get an answer", "[service]")
{
    Place place;
    RandomStream random(5, 6);
    const std::string good = "/announce?info_hash=tttttttttttttttttttt&peer_id=%00%ff" + std::string(18, 'p')
                             + "&port=6881&left=0&compact=1";
    for (int i = 0; i < 20'000; ++i) {
        auto target = good;
        for (int changes = 0; changes < 3; ++changes) {
            target[random.below(target.size())] = static_cast<char>(random.next());
        }
        const auto answer = place.ask(target);
        CHECK((answer.status == 404 || bencode::Document::parse(answer.body)));
    }
}

TEST_CASE("info-hashes in the settings are hexadecimal, with commas or spaces between", "[service]")
{
    const std::string a(40, 'a');
    const std::string b(40, 'B');
    CHECK(parse_info_hashes("")->empty());
    CHECK(parse_info_hashes(" ,\t\n")->empty());
    CHECK(parse_info_hashes(a)->size() == 1);
    CHECK(parse_info_hashes(a + ", " + b + "\n" + a + ",")->size() == 2);
    CHECK_FALSE(parse_info_hashes(a.substr(1)));
    CHECK_FALSE(parse_info_hashes(a + "a"));
    CHECK_FALSE(parse_info_hashes(a + ";" + b));
    CHECK_FALSE(parse_info_hashes(std::string(40, 'g')));
}

} // namespace shoal::embedded_tracker
