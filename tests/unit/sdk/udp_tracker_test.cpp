#include <shoal/udp_tracker.hpp>

#include <shoal/hex.hpp>
#include <shoal/random.hpp>

#include <catch2/catch.hpp>

#include <string>

namespace shoal::bep15 {
namespace {

Hash20 hash(char octet)
{
    Hash20 made;
    made.bytes.fill(static_cast<std::byte>(octet));
    return made;
}

AnnounceRequest full_announce()
{
    AnnounceRequest request{.connection = 0x0102030405060708,
                            .transaction = 0x090a0b0c,
                            .info_hash = hash('h'),
                            .downloaded = 1,
                            .left = 2,
                            .uploaded = 3,
                            .event = 2,
                            .ip = 0x04050607,
                            .key = 5,
                            .num_want = 0xffffffff,
                            .port = 0x1ae1,
                            .url_data = "/a?b"};
    request.peer_id.bytes.fill(std::byte{'p'});
    return request;
}

template <class Request>
Request round_trip(const Request& request)
{
    const auto decoded = decode_request(encode(request));
    REQUIRE(decoded);
    REQUIRE(std::holds_alternative<Request>(*decoded));
    return std::get<Request>(*decoded);
}

template <class Reply>
Reply reply_round_trip(const Reply& reply, bool is_v6 = false)
{
    const auto decoded = decode_reply(encode(reply), is_v6);
    REQUIRE(decoded);
    REQUIRE(std::holds_alternative<Reply>(*decoded));
    return std::get<Reply>(*decoded);
}

std::string url_data_of(std::string_view options)
{
    auto request = full_announce();
    request.url_data.clear();
    auto packet = encode(request);
    REQUIRE(packet.size() == 98);
    const auto octets = as_bytes(options);
    packet.insert(packet.end(), octets.begin(), octets.end());
    return std::get<AnnounceRequest>(*decode_request(packet)).url_data;
}

using namespace std::string_view_literals;

} // namespace

TEST_CASE("requests have the octets of BEP 15", "[udp_tracker]")
{
    CHECK(to_hex(encode(ConnectRequest{0x01020304})) == "0000041727101980" "00000000" "01020304");
    std::string h, p;
    for (int i = 0; i < 20; ++i) {
        h += "68";
        p += "70";
    }
    CHECK(to_hex(encode(full_announce()))
          == "0102030405060708" "00000001" "090a0b0c" + h + p
                 + "0000000000000001" "0000000000000002" "0000000000000003" "00000002" "04050607" "00000005"
                   "ffffffff" "1ae1" "02042f613f62");
    CHECK(to_hex(encode(ScrapeRequest{1, 2, {hash('h')}})) == "0000000000000001" "00000002" "00000002" + h);
}

TEST_CASE("replies have the octets of BEP 15", "[udp_tracker]")
{
    CHECK(to_hex(encode(ConnectReply{1, 2})) == "00000000" "00000001" "0000000000000002");
    const AnnounceReply announce{1, 1800, 2, 3, {*Endpoint::parse("1.2.3.4:6881")}};
    CHECK(to_hex(encode(announce)) == "00000001" "00000001" "00000708" "00000002" "00000003" "01020304" "1ae1");
    CHECK(to_hex(encode(ScrapeReply{1, {{1, 2, 3}}})) == "00000002" "00000001" "00000001" "00000002" "00000003");
    CHECK(to_hex(encode(ErrorReply{1, "no"})) == "00000003" "00000001" "6e6f");
}

TEST_CASE("packets come back as they went", "[udp_tracker]")
{
    CHECK(round_trip(ConnectRequest{7}) == ConnectRequest{7});
    CHECK(round_trip(full_announce()) == full_announce());
    const ScrapeRequest scrape{1, 2, {hash('a'), hash('b')}};
    CHECK(round_trip(scrape) == scrape);
    CHECK(reply_round_trip(ConnectReply{1, 2}) == ConnectReply{1, 2});
    const AnnounceReply four{1, 2, 3, 4, {*Endpoint::parse("1.2.3.4:5"), *Endpoint::parse("0.0.0.0:0")}};
    CHECK(reply_round_trip(four) == four);
    const AnnounceReply six{1, 2, 3, 4, {*Endpoint::parse("[2001:db8::1]:5")}};
    CHECK(reply_round_trip(six, true) == six);
    const ScrapeReply counts{1, {{1, 2, 3}, {4, 5, 6}}};
    CHECK(reply_round_trip(counts) == counts);
    CHECK(reply_round_trip(ErrorReply{1, "no\n"}) == ErrorReply{1, "no\n"});
}

TEST_CASE("URL data of any length goes in options of 255 octets at most", "[udp_tracker]")
{
    for (const std::size_t size : {0, 1, 254, 255, 256, 510, 511, 1000}) {
        auto request = full_announce();
        request.url_data = std::string(size, 'u');
        CHECK(encode(request).size() == 98 + size + 2 * ((size + 254) / 255));
        CHECK(round_trip(request) == request);
    }
}

TEST_CASE("options are read as BEP 41 has them, and torn ones end them", "[udp_tracker]")
{
    CHECK(url_data_of("\x02\x0c/dir?a=b&c=d"sv) == "/dir?a=b&c=d");
    CHECK(url_data_of("\x02\x0c/dir?a=b&c=d\x01\x01\x00"sv) == "/dir?a=b&c=d");
    CHECK(url_data_of("\x02\x00"sv).empty());
    CHECK(url_data_of("\x02\x01" "a\x01\x02\x01" "b"sv) == "ab");
    CHECK(url_data_of("\x07\x03xyz\x02\x01" "a"sv) == "a"); // one that is not known yet
    CHECK(url_data_of("\x00\x02\x01" "a"sv).empty());       // after the end
    CHECK(url_data_of("\x02"sv).empty());
    CHECK(url_data_of("\x02\x01" "a\x02\x05" "b"sv) == "a");
    CHECK(url_data_of("\xff"sv).empty());
}

TEST_CASE("T7 truncated packets are refused at every length below BEP 15's", "[udp_tracker]")
{
    const auto announce = encode(full_announce());
    for (std::size_t size = 0; size < 98; ++size) CHECK_FALSE(decode_request(ByteView(announce).first(size)));
    const auto connect = encode(ConnectRequest{1});
    for (std::size_t size = 0; size < 16; ++size) CHECK_FALSE(decode_request(ByteView(connect).first(size)));
    const auto connected = encode(ConnectReply{1, 2});
    for (std::size_t size = 0; size < 16; ++size) CHECK_FALSE(decode_reply(ByteView(connected).first(size), false));
    const auto announced = encode(AnnounceReply{});
    for (std::size_t size = 0; size < 20; ++size) CHECK_FALSE(decode_reply(ByteView(announced).first(size), false));
    CHECK(decode_reply(ByteView(announced).first(12), false).error().text
          == "an announce reply of 12 bytes, where at least 20 belong");
}

TEST_CASE("T3 a list of peers that is no whole number of them loses its tail", "[udp_tracker]")
{
    auto packet = encode(AnnounceReply{.peers = {*Endpoint::parse("1.2.3.4:5"), *Endpoint::parse("1.2.3.4:6")}});
    packet.pop_back();
    CHECK(std::get<AnnounceReply>(*decode_reply(packet, false)).peers.size() == 1);
    CHECK(std::get<AnnounceReply>(*decode_reply(packet, true)).peers.empty());
    auto scrape = encode(ScrapeReply{1, {{1, 2, 3}}});
    scrape.pop_back();
    CHECK(std::get<ScrapeReply>(*decode_reply(scrape, false)).torrents.empty());
}

TEST_CASE("packets longer than BEP 15's are as good, and unknown actions are not", "[udp_tracker]")
{
    auto connect = encode(ConnectRequest{1});
    connect.resize(100);
    CHECK(decode_request(connect));
    auto connected = encode(ConnectReply{1, 2});
    connected.resize(100);
    CHECK(decode_reply(connected, false));
    connected[3] = std::byte{4};
    CHECK(decode_reply(connected, false).error().text == "a reply with the unknown action 4");
    connect[0] = std::byte{1}; // not the protocol's number
    CHECK_FALSE(decode_request(connect));
}

TEST_CASE("any octets are a packet or an error", "[udp_tracker]")
{
    RandomStream random(1, 2);
    for (int i = 0; i < 20'000; ++i) {
        Bytes packet(random.below(200));
        random.fill(packet);
        if (packet.size() > 12) packet[11] = std::byte(random.below(4));
        if (packet.size() > 4) packet[3] = std::byte(random.below(5));
        const auto reply = decode_reply(packet, i % 2 == 0);
        CHECK((reply || !reply.error().text.empty()));
        const auto request = decode_request(packet);
        CHECK((request || !request.error().text.empty()));
    }
}

} // namespace shoal::bep15
