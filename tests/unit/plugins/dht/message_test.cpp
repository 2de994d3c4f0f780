#include "message.hpp"

#include "contact.hpp"
#include "numbers.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace shoal::test {

using namespace dht;

namespace {

const std::string own_id = "abcdefghij0123456789";

Message read(std::string_view datagram, bool is_v6 = false)
{
    const auto message = parse_message(as_bytes(datagram), is_v6);
    REQUIRE(message);
    return *message;
}

Query query(std::string_view datagram)
{
    const auto message = read(datagram);
    REQUIRE(std::holds_alternative<Query>(message));
    return std::get<Query>(message);
}

Reply reply(std::string_view datagram, bool is_v6 = false)
{
    const auto message = read(datagram, is_v6);
    REQUIRE(std::holds_alternative<Reply>(message));
    return std::get<Reply>(message);
}

FailureCode refused(std::string_view datagram)
{
    const auto message = read(datagram);
    REQUIRE(std::holds_alternative<BadQuery>(message));
    CHECK(text(std::get<BadQuery>(message).failure.transaction) == "aa");
    return std::get<BadQuery>(message).failure.code;
}

bool is_nothing(std::string_view datagram)
{
    return !parse_message(as_bytes(datagram), false);
}

std::string put(const std::string& arguments)
{
    return "d1:ad" + arguments + "e1:q3:put1:t2:aa1:y1:qe";
}

std::string octets(std::size_t count)
{
    return std::to_string(count) + ":" + std::string(count, 'x');
}

} // namespace

TEST_CASE("the queries of BEP 5's examples are read", "[dht]")
{
    CHECK(query("d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qe").method == Method::ping);
    const auto find = query("d1:ad2:id20:abcdefghij01234567896:target20:mnopqrstuvwxyz123456e1:q9:find_node1:t2:aa1:y1:qe");
    CHECK(find.method == Method::find_node);
    CHECK(text(find.target.bytes) == "mnopqrstuvwxyz123456");
    const auto peers =
        query("d1:ad2:id20:abcdefghij01234567899:info_hash20:mnopqrstuvwxyz123456e1:q9:get_peers1:t2:aa1:y1:qe");
    CHECK(peers.method == Method::get_peers);
    CHECK(text(peers.id.bytes) == own_id);
    CHECK(text(peers.target.bytes) == "mnopqrstuvwxyz123456");
    const auto announced = query("d1:ad2:id20:abcdefghij012345678912:implied_porti1e9:info_hash20:mnopqrstuvwxyz1234564:"
                                 "porti6881e5:token8:aoeusnthe1:q13:announce_peer1:t2:aa1:y1:qe");
    CHECK(announced.method == Method::announce_peer);
    CHECK(announced.is_port_implied);
    CHECK(announced.port == 6881);
    CHECK(text(announced.token) == "aoeusnth");
    CHECK_FALSE(announced.is_seed);
}

TEST_CASE("the replies of BEP 5's examples are read", "[dht]")
{
    const auto pong = reply("d1:rd2:id20:mnopqrstuvwxyz123456e1:t2:aa1:y1:re");
    CHECK(text(pong.id.bytes) == "mnopqrstuvwxyz123456");
    CHECK(text(pong.transaction) == "aa");
    const auto peers = reply("d1:rd2:id20:abcdefghij01234567895:token8:aoeusnth6:valuesl6:axje.u6:idhtnmee1:t2:aa1:y1:re");
    CHECK(text(peers.token) == "aoeusnth");
    REQUIRE(peers.peers.size() == 2);
    CHECK(peers.peers[0] == at("97.120.106.101:11893"));
    const auto failed = read("d1:eli201e23:A Generic Error Ocurrede1:t2:aa1:y1:ee");
    CHECK(std::get<Failure>(failed).code == FailureCode::generic);
    CHECK(std::get<Failure>(failed).text == "A Generic Error Ocurred");
}

TEST_CASE("what BEP 32, 33, 42, 43 and 51 add is read", "[dht]")
{
    const auto asked = query("d1:ad2:id20:abcdefghij01234567899:info_hash20:mnopqrstuvwxyz1234566:noseedi1e6:scrapei1e4:"
                             "wantl2:n42:n62:x9ee1:q9:get_peers2:roi1e1:t2:aa1:v4:XX001:y1:qe");
    CHECK(asked.wants_v4);
    CHECK(asked.wants_v6);
    CHECK(asked.is_scrape);
    CHECK(asked.wants_no_seeds);
    CHECK(asked.is_read_only);
    const auto answered = reply("d2:ip6:abcdef1:rd4:BFpe256:" + std::string(256, 'p') + "4:BFsd256:" + std::string(256, 's')
                                + "2:id20:abcdefghij01234567898:intervali60e3:numi3e7:samples40:" + std::string(40, 'h')
                                + "e1:t2:aa1:y1:re");
    CHECK(answered.seen_as == at("97.98.99.100:25958"));
    CHECK(answered.peer_filter.size() == 256);
    CHECK(answered.interval == 60);
    CHECK(answered.total == 3);
    CHECK(answered.samples->size() == 40);
}

TEST_CASE("what we write can be read again, and is canonical", "[dht]")
{
    Query asked{.transaction = as_bytes("abcd"), .method = Method::put, .id = id("01"), .target = id("02"),
                .token = as_bytes("token"), .value = as_bytes("5:hello"), .seq = 4, .cas = 3};
    const std::string key(32, 'k');
    const std::string signature(64, 's');
    asked.key = as_bytes(key);
    asked.signature = as_bytes(signature);
    asked.salt = as_bytes("salt");
    asked.is_read_only = true;
    const auto datagram = encode(asked);
    CHECK(text(datagram)
          == "d1:ad3:casi3e2:id20:\x01" + std::string(19, '\0') + "1:k32:" + key + "4:salt4:salt3:seqi4e3:sig64:"
                 + signature + "5:token5:token1:v5:helloe1:q3:put2:roi1e1:t4:abcd1:v4:SH" + std::string("\0\1", 2)
                 + "1:y1:qe");
    const std::string octets = text(datagram);  // what was read points into it
    const auto again = query(octets);
    CHECK(again.seq == 4);
    CHECK(again.cas == 3);
    CHECK(text(again.value) == "5:hello");
    CHECK(text(again.salt) == "salt");
}

TEST_CASE("an announcement has a port even where it is implied", "[dht]")
{
    const Query asked{.transaction = as_bytes("aa"), .method = Method::announce_peer, .id = id("61"), .target = id("62"),
                      .token = as_bytes("tt"), .port = 7000, .is_port_implied = true, .is_seed = true};
    const auto datagram = text(encode(asked));
    CHECK(datagram.find("12:implied_porti1e9:info_hash20:") != datagram.npos);
    CHECK(datagram.find("4:porti7000e4:seedi1e5:token2:tt") != datagram.npos);
}

TEST_CASE("a reply says how the other side is seen", "[dht]")
{
    const Reply answered{.transaction = as_bytes("aa"), .id = id("61"), .seen_as = at("97.98.99.100:25958")};
    CHECK(text(encode(answered)).starts_with("d2:ip6:abcdef1:rd2:id20:a"));
}

TEST_CASE("queries that cannot be answered are refused with the code that says why", "[dht]")
{
    CHECK(refused("d1:ad2:id20:abcdefghij0123456789e1:q4:pong1:t2:aa1:y1:qe") == FailureCode::method_unknown);
    CHECK(refused("d1:ad2:id19:abcdefghij012345678e1:q4:ping1:t2:aa1:y1:qe") == FailureCode::protocol);
    CHECK(refused("d1:q4:ping1:t2:aa1:y1:qe") == FailureCode::protocol);
    CHECK(refused("d1:ad2:id20:abcdefghij01234567896:target3:abce1:q9:find_node1:t2:aa1:y1:qe") == FailureCode::protocol);
}

TEST_CASE("an unknown method with a target is taken for find_node", "[dht]")
{
    const auto asked =
        query("d1:ad2:id20:abcdefghij01234567896:target20:mnopqrstuvwxyz123456e1:q8:find_foo1:t2:aa1:y1:qe");
    CHECK(asked.method == Method::find_node);
    CHECK(text(asked.target.bytes) == "mnopqrstuvwxyz123456");
}

TEST_CASE("odd clients are understood: keys out of order, all peers in one string, text after the message", "[dht]")
{
    CHECK(query("d1:y1:q1:q4:ping1:t2:aa1:ad2:id20:abcdefghij0123456789eeGET / HTTP").method == Method::ping);
    CHECK(reply("d1:rd2:id20:abcdefghij01234567896:valuesl12:abcdefghijklee1:t2:aa1:y1:re").peers.size() == 2);
    CHECK(reply("d1:rd2:id20:abcdefghij01234567896:valuesl18:abcdefghijklmnopqree1:t2:aa1:y1:re", true).peers.size() == 1);
}

TEST_CASE("what has no transaction, no kind or no id is no message", "[dht]")
{
    CHECK(is_nothing(""));
    CHECK(is_nothing("hello"));
    CHECK(is_nothing("i5e"));
    CHECK(is_nothing("d1:y1:qe"));
    CHECK(is_nothing("d1:t0:1:y1:qe"));
    CHECK(is_nothing("d1:t2:aa1:y1:ze"));
    CHECK(is_nothing("d1:rd2:id3:abce1:t2:aa1:y1:re"));
    CHECK(is_nothing("d1:t33:" + std::string(33, 't') + "1:y1:qe"));
    CHECK(is_nothing("d1:t2:aa1:x9000:" + std::string(9000, 'x') + "1:y1:qe"));
    CHECK(is_nothing(std::string(200, 'l')));
}

TEST_CASE("D3 nodes of a wrong length are no nodes, however long they are", "[dht]")
{
    const auto with_nodes = [](std::size_t size) {
        return "d1:rd2:id20:abcdefghij01234567895:nodes" + octets(size) + "e1:t2:aa1:y1:re";
    };
    CHECK(read_contacts(*reply(with_nodes(52)).nodes, false).size() == 2);
    CHECK(read_contacts(*reply(with_nodes(53)).nodes, false).empty());
    CHECK(read_contacts(*reply(with_nodes(25)).nodes, false).empty());
    CHECK(read_contacts(*reply(with_nodes(52)).nodes, true).empty());
    CHECK(read_contacts(*reply(with_nodes(76)).nodes, true).size() == 2);
    CHECK(is_nothing(with_nodes(10'010)));
}

TEST_CASE("D3 nobody names addresses that cannot be, nor what is near us unless it is near itself", "[dht]")
{
    const auto far_away = ip("203.0.113.5");
    const auto near = ip("192.168.1.5");
    for (const auto* named : {"198.51.100.1:0", "0.0.0.0:6881", "0.1.2.3:6881", "224.0.0.1:6881", "255.255.255.255:6881",
                              "[::]:6881", "[ff02::1]:6881", "[::ffff:198.51.100.1]:6881"}) {
        CHECK_FALSE(may_name(far_away, at(named)));
        CHECK_FALSE(may_name(near, at(named)));
    }
    for (const auto* named : {"10.1.2.3:6881", "192.168.1.1:6881", "[fd00::1]:6881"}) {
        CHECK_FALSE(may_name(far_away, at(named)));
        CHECK(may_name(near, at(named)));
    }
    CHECK_FALSE(may_name(near, at("127.0.0.1:6881")));
    CHECK(may_name(ip("127.0.0.1"), at("127.0.0.1:6881")));
    CHECK(may_name(far_away, at("198.51.100.1:6881")));
}

TEST_CASE("D4 a token longer than 64 octets is none", "[dht]")
{
    const auto with_token = [](std::size_t size) {
        return "d1:rd2:id20:abcdefghij01234567895:token" + octets(size) + "e1:t2:aa1:y1:re";
    };
    CHECK(reply(with_token(64)).token.size() == 64);
    CHECK(reply(with_token(65)).token.empty());
    CHECK(reply(with_token(4000)).token.empty());
}

TEST_CASE("D5 an announcement without a port is refused", "[dht]")
{
    const auto with_port = [](std::string_view port) {
        return "d1:ad2:id20:abcdefghij01234567899:info_hash20:mnopqrstuvwxyz123456" + std::string(port)
               + "5:token1:xe1:q13:announce_peer1:t2:aa1:y1:qe";
    };
    CHECK(query(with_port("4:porti1e")).port == 1);
    for (const auto* port : {"", "4:porti0e", "4:porti-1e", "4:porti65536e", "4:port2:80"}) {
        CHECK(refused(with_port(port)) == FailureCode::protocol);
    }
}

TEST_CASE("D6 a value above 1,000 octets, a salt above 64 and broken keys are refused", "[dht]")
{
    const std::string id = "2:id20:" + own_id;
    const std::string key = "1:k" + octets(32);
    const std::string end = "3:seqi1e3:sig" + octets(64) + "5:token1:x";
    CHECK(query(put(id + "5:token1:x1:v" + octets(996))).value.size() == 1000);
    CHECK(refused(put(id + "5:token1:x1:v" + octets(997))) == FailureCode::value_too_big);
    CHECK(refused(put(id + "5:token1:x")) == FailureCode::protocol);
    CHECK(query(put(id + key + "4:salt" + octets(64) + end + "1:vi1e")).salt.size() == 64);
    CHECK(refused(put(id + key + "4:salt" + octets(65) + end + "1:vi1e")) == FailureCode::salt_too_big);
    CHECK(refused(put(id + "1:k" + octets(31) + end + "1:vi1e")) == FailureCode::protocol);
    CHECK(refused(put(id + key + "3:seqi1e3:sig" + octets(63) + "1:vi1e")) == FailureCode::bad_signature);
    CHECK(refused(put(id + key + "3:sig" + octets(64) + "1:vi1e")) == FailureCode::protocol);
    CHECK(refused(put(id + key + "3:seqi-1e3:sig" + octets(64) + "1:vi1e")) == FailureCode::protocol);
}

} // namespace shoal::test
