#include "udp_answers.hpp"

#include <shoal/random.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace shoal::embedded_tracker {
namespace {

using bep15::AnnounceReply;
using bep15::AnnounceRequest;
using bep15::ConnectReply;
using bep15::ConnectRequest;
using bep15::ErrorReply;
using bep15::ScrapeReply;
using bep15::ScrapeRequest;
using std::chrono::minutes;
using std::chrono::seconds;

Hash20 torrent(char octet)
{
    Hash20 hash;
    hash.bytes.fill(static_cast<std::byte>(octet));
    return hash;
}

/// A tracker and the clients that ask it, with a clock of the test's own.
struct UdpPlace {
    explicit UdpPlace(const Settings& settings = {})
        : tracker(settings, [this](auto bound) { return random.below(bound); }), answers(tracker, Hash32{})
    {
    }

    std::optional<Bytes> ask(const std::string& from, ByteView packet)
    {
        return answers.answer(*Endpoint::parse(from), packet, now);
    }

    std::uint64_t connect(const std::string& from)
    {
        const auto answer = ask(from, bep15::encode(ConnectRequest{1}));
        REQUIRE(answer);
        return std::get<ConnectReply>(*bep15::decode_reply(*answer, false)).connection;
    }

    template <class Reply>
    Reply reply(const std::string& from, ByteView packet)
    {
        const auto answer = ask(from, packet);
        REQUIRE(answer);
        auto decoded = bep15::decode_reply(*answer, from.starts_with('['));
        REQUIRE(decoded);
        REQUIRE(std::holds_alternative<Reply>(*decoded));
        return std::get<Reply>(std::move(*decoded));
    }

    AnnounceRequest request(const std::string& from, char client)
    {
        AnnounceRequest made{.connection = connect(from), .transaction = 9, .info_hash = torrent('t')};
        made.peer_id.bytes.fill(static_cast<std::byte>(client));
        made.left = 5;
        made.num_want = 0xffffffff;
        made.port = static_cast<std::uint16_t>(1000 + client);
        return made;
    }

    AnnounceReply announce(const std::string& from, char client)
    {
        return reply<AnnounceReply>(from, bep15::encode(request(from, client)));
    }

    std::string refusal(const std::string& from, ByteView packet) { return reply<ErrorReply>(from, packet).message; }

    std::string stats()
    {
        const auto answer =
            tracker.answer({.method = "GET", .target = "/stats", .from = Address{}, .now = now});
        return std::string(as_text(answer.body));
    }

    seconds now{1000};
    RandomStream random{1, 1};
    EmbeddedTracker tracker;
    UdpAnswers answers;
};

std::vector<std::string> texts(const AnnounceReply& reply)
{
    std::vector<std::string> out;
    for (const auto& peer : reply.peers) out.push_back(peer.to_string());
    std::ranges::sort(out);
    return out;
}

using Texts = std::vector<std::string>;

} // namespace

TEST_CASE("two peers find each other by datagrams, neither finds itself", "[service]")
{
    UdpPlace place;
    const auto first = place.announce("10.0.0.1:5", 'A');
    CHECK(first.transaction == 9);
    CHECK(first.interval == 1800);
    CHECK(texts(first).empty());
    const auto second = place.announce("10.0.0.2:5", 'B');
    CHECK(texts(second) == Texts{"10.0.0.1:1065"});
    CHECK(second.leechers == 2);
    CHECK(second.seeds == 0);
    CHECK(texts(place.announce("10.0.0.1:6", 'A')) == Texts{"10.0.0.2:1066"});
}

TEST_CASE("who asks by HTTP and who asks by datagrams are in the same swarm", "[service]")
{
    UdpPlace place;
    place.announce("10.0.0.1:5", 'A');
    const auto answer = place.tracker.answer(
        {.method = "GET",
         .target = "/announce?info_hash=tttttttttttttttttttt&peer_id=hhhhhhhhhhhhhhhhhhhh&port=80&left=0&compact=1",
         .from = *Address::parse("10.0.0.3"),
         .now = place.now});
    CHECK(as_text(answer.body).find("5:peers6:") != std::string_view::npos);
    const auto reply = place.announce("10.0.0.1:5", 'A');
    CHECK(texts(reply) == Texts{"10.0.0.3:80"});
    CHECK(reply.seeds == 1);
}

TEST_CASE("an answer has the peers of the family that it goes out by", "[service]")
{
    UdpPlace place;
    place.announce("10.0.0.1:5", 'A');
    place.announce("[2001:db8::1]:5", 'B');
    CHECK(texts(place.announce("10.0.0.2:5", 'C')) == Texts{"10.0.0.1:1065"});
    const auto six = place.announce("[2001:db8::2]:5", 'D');
    CHECK(texts(six) == Texts{"[2001:db8::1]:1066"});
    CHECK(six.leechers == 4);
}

TEST_CASE("T7 nobody gets more than he sent who has not shown that he receives it", "[service]")
{
    UdpPlace place;
    place.announce("10.0.0.1:5", 'A');
    const auto connect = bep15::encode(ConnectRequest{7});
    const auto answer = place.ask("10.9.9.9:5", connect);
    REQUIRE(answer);
    CHECK(answer->size() == connect.size());

    auto request = place.request("10.0.0.1:5", 'B');
    CHECK_FALSE(place.ask("10.9.9.9:5", bep15::encode(request))); // the id of somebody else
    request.connection = bep15::protocol_id;
    CHECK_FALSE(place.ask("10.0.0.1:5", bep15::encode(request)));
    CHECK_FALSE(place.ask("10.9.9.9:5", bep15::encode(ScrapeRequest{.connection = 1, .info_hashes = {torrent('t')}})));
    CHECK(place.stats().find("refused 0\n") != std::string::npos);
}

TEST_CASE("T7 packets that are too short or nonsense are not answered", "[service]")
{
    UdpPlace place;
    const auto announce = bep15::encode(place.request("10.0.0.1:5", 'A'));
    for (std::size_t size = 0; size < announce.size(); ++size) {
        CHECK_FALSE(place.ask("10.0.0.1:5", ByteView(announce).first(size)));
    }
    CHECK_FALSE(place.ask("10.0.0.1:5", as_bytes("GET /announce HTTP/1.1\r\n\r\n")));
    CHECK(place.ask("10.0.0.1:5", announce));
}

TEST_CASE("T7 a connection id is accepted for two minutes, and not for ever", "[service]")
{
    UdpPlace place;
    const auto request = bep15::encode(place.request("10.0.0.1:5", 'A'));
    place.now += minutes{2};
    CHECK(place.ask("10.0.0.1:5", request));
    place.now += minutes{2};
    CHECK_FALSE(place.ask("10.0.0.1:5", request));
}

TEST_CASE("events and what is left make seeds, downloads and empty places", "[service]")
{
    UdpPlace place;
    auto request = place.request("10.0.0.1:5", 'A');
    place.announce("10.0.0.2:5", 'B');
    request.left = 0;
    request.event = 1;
    const auto completed = place.reply<AnnounceReply>("10.0.0.1:5", bep15::encode(request));
    CHECK(completed.seeds == 1);
    CHECK(completed.leechers == 1);
    const ScrapeRequest scrape{.connection = request.connection, .info_hashes = {torrent('t')}};
    CHECK(place.reply<ScrapeReply>("10.0.0.1:5", bep15::encode(scrape)).torrents
          == std::vector<bep15::ScrapeCounts>{{1, 1, 1}});
    request.event = 3;
    const auto stopped = place.reply<AnnounceReply>("10.0.0.1:5", bep15::encode(request));
    CHECK(stopped.peers.empty());
    CHECK(stopped.seeds == 0);
    request.event = 77;
    CHECK(place.reply<AnnounceReply>("10.0.0.1:5", bep15::encode(request)).seeds == 1);
}

TEST_CASE("a scrape by datagram answers in the order of the question, zeros for what is unknown", "[service]")
{
    UdpPlace place;
    place.announce("10.0.0.1:5", 'A');
    ScrapeRequest scrape{.connection = place.connect("10.0.0.1:5"),
                         .transaction = 3,
                         .info_hashes = {torrent('x'), torrent('t'), torrent('t')}};
    const auto reply = place.reply<ScrapeReply>("10.0.0.1:5", bep15::encode(scrape));
    CHECK(reply.transaction == 3);
    CHECK(reply.torrents == std::vector<bep15::ScrapeCounts>{{0, 0, 0}, {0, 0, 1}, {0, 0, 1}});
    scrape.info_hashes.assign(74, torrent('t'));
    CHECK(place.reply<ScrapeReply>("10.0.0.1:5", bep15::encode(scrape)).torrents.size() == 74);
    scrape.info_hashes.assign(75, torrent('t'));
    CHECK(place.refusal("10.0.0.1:5", bep15::encode(scrape)) == "at most 74 torrents in one scrape");
    scrape.info_hashes.clear();
    CHECK(place.refusal("10.0.0.1:5", bep15::encode(scrape)) == "info_hash is missing");
}

TEST_CASE("what is wrong with an announce by datagram is told in words, and counted", "[service]")
{
    UdpPlace place({.is_open = false, .allowed = {torrent('a')}});
    auto request = place.request("10.0.0.1:5", 'A');
    CHECK(place.refusal("10.0.0.1:5", bep15::encode(request)) == "this tracker does not serve this torrent");
    request.info_hash = torrent('a');
    request.port = 0;
    CHECK(place.refusal("10.0.0.1:5", bep15::encode(request)) == "port 0 cannot be connected to");
    CHECK(place.stats().find("refused 2\n") != std::string::npos);
}

TEST_CASE("an answer fits in one frame and has no more peers than wanted", "[service]")
{
    UdpPlace place;
    for (std::uint32_t i = 0; i < 500; ++i) {
        const auto four = Endpoint{Address::from_v4(0x0a000000 + i), 5}.to_string();
        place.announce(four, 'A');
        place.announce("[2001:db8::" + std::to_string(1000 + i) + "]:5", 'B');
    }
    const auto size_for = [&](const std::string& from, std::uint32_t wanted) {
        auto request = place.request(from, 'Z');
        request.num_want = wanted;
        const auto answer = place.ask(from, bep15::encode(request));
        REQUIRE(answer->size() <= UdpAnswers::longest_answer);
        return std::get<AnnounceReply>(*bep15::decode_reply(*answer, from.starts_with('['))).peers.size();
    };
    CHECK(size_for("10.1.0.1:5", 0) == 0);
    CHECK(size_for("10.1.0.1:5", 7) == 7);
    CHECK(size_for("10.1.0.1:5", 0xffffffff) == 50);
    CHECK(size_for("10.1.0.1:5", 100'000) == 200);
    CHECK(size_for("[2001:db8::1]:5", 100'000) == 76);
}

TEST_CASE("the address in a datagram counts when the user says so, and only for IPv4", "[service]")
{
    for (const bool trusts : {false, true}) {
        UdpPlace place({.trusts_ip = trusts});
        auto request = place.request("10.0.0.1:5", 'A');
        request.ip = 0x01020304;
        place.reply<AnnounceReply>("10.0.0.1:5", bep15::encode(request));
        CHECK(texts(place.announce("10.0.0.2:5", 'B')) == Texts{trusts ? "1.2.3.4:1065" : "10.0.0.1:1065"});
        auto six = place.request("[2001:db8::1]:5", 'C');
        six.ip = 0x01020304;
        place.reply<AnnounceReply>("[2001:db8::1]:5", bep15::encode(six));
        CHECK(texts(place.announce("[2001:db8::2]:5", 'D')) == Texts{"[2001:db8::1]:1067"});
    }
}

} // namespace shoal::embedded_tracker
