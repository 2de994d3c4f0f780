#include "responder.hpp"

#include "numbers.hpp"

#include <catch2/catch.hpp>

namespace shoal::test {

using namespace dht;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

const auto stranger = at("198.51.100.1:6881");

class ResponderFixture {
public:
    explicit ResponderFixture(bool is_v6 = false) : is_v6_(is_v6) {}

    Message ask(Query query, const Endpoint& from = stranger)
    {
        query.transaction = as_bytes("aa");
        query.id = id("77");
        last = responder.answer(query, from, now);
        const auto message = parse_message(last, is_v6_);
        REQUIRE(message);
        return *message;
    }

    Reply reply(const Query& query, const Endpoint& from = stranger)
    {
        const auto message = ask(query, from);
        REQUIRE(std::holds_alternative<Reply>(message));
        return std::get<Reply>(message);
    }

    FailureCode failure(const Query& query, const Endpoint& from = stranger)
    {
        const auto message = ask(query, from);
        REQUIRE(std::holds_alternative<Failure>(message));
        return std::get<Failure>(message).code;
    }

    Bytes token_for(const NodeId& target, const Endpoint& from = stranger)
    {
        const auto token = reply({.method = Method::get_peers, .target = target}, from).token;
        return {token.begin(), token.end()};
    }

    void fill(RoutingTable& where, bool is_v6)
    {
        for (std::uint32_t i = 0; i < 100; ++i) {
            Endpoint endpoint{Address::from_v4(0x50000000 + (i << 8)), 6881};
            if (is_v6) {
                endpoint.address = ip("2001:db8::1");
                store_be(endpoint.address.bytes.data() + 4, i);
            }
            where.on_answer({random_id(numbers), endpoint}, now);
        }
    }

    void announce(const NodeId& torrent, std::uint32_t peers)
    {
        for (std::uint32_t i = 0; i < peers; ++i) {
            const Endpoint from{Address::from_v4(0x60000000 + (i << 8)), 6881};
            const auto token = token_for(torrent, from);
            reply({.method = Method::announce_peer, .target = torrent, .token = token, .is_port_implied = true, .is_seed = i % 2 == 0}, from);
        }
    }

    Numbers numbers;
    Time now{hours{10}};
    Ed25519 scheme;
    RoutingTable table{id("00"), {}};
    RoutingTable sibling{id("00"), {}};
    Responder responder{{}, table, numbers, scheme};
    Bytes last;

private:
    bool is_v6_;
};

} // namespace

TEST_CASE("a ping is answered with our id, and with the address it came from", "[dht]")
{
    ResponderFixture f;
    const auto pong = f.reply({.method = Method::ping});
    CHECK(pong.id == id("00"));
    CHECK(pong.seen_as == stranger);
    CHECK(text(pong.transaction) == "aa");
}

TEST_CASE("find_node is answered with the eight closest good nodes", "[dht]")
{
    ResponderFixture f;
    const Query query{.method = Method::find_node, .target = id("05")};
    CHECK(f.reply(query).nodes->empty()); // there, though empty
    f.fill(f.table, false);
    const auto contacts = read_contacts(*f.reply(query).nodes, false);
    CHECK(contacts == f.table.closest(id("05"), 8, RoutingTable::Quality::good, f.now));
    CHECK(contacts.size() == 8);
    f.now += minutes{16};
    CHECK(f.reply(query).nodes->empty());
}

TEST_CASE("who wants nodes of the other family gets them, and of its own alone otherwise", "[dht]")
{
    ResponderFixture f;
    f.fill(f.table, false);
    f.fill(f.sibling, true);
    f.responder.set_sibling(&f.sibling);
    Query query{.method = Method::find_node, .target = id("05")};
    CHECK_FALSE(f.reply(query).nodes6);
    query.wants_v6 = true;
    CHECK_FALSE(f.reply(query).nodes);
    CHECK(read_contacts(*f.reply(query).nodes6, true).size() == 8);
    query.wants_v4 = true;
    CHECK(read_contacts(*f.reply(query).nodes, false).size() == 8);
    CHECK(f.last.size() <= max_datagram);
}

TEST_CASE("D5 without a token, with a wrong one or a stale one nothing is announced", "[dht]")
{
    ResponderFixture f;
    Query query{.method = Method::announce_peer, .target = id("05"), .port = 7000};
    CHECK(f.failure(query) == FailureCode::protocol);
    query.token = as_bytes("12345678");
    CHECK(f.failure(query) == FailureCode::protocol);
    const auto token = f.token_for(id("05"));
    query.token = token;
    CHECK(f.failure(query, at("198.51.100.2:6881")) == FailureCode::protocol);
    CHECK(f.responder.peers().torrents() == 0);
    CHECK(f.reply(query).id == id("00"));
    CHECK(f.responder.peers().peers_of(id("05")) == 1);
    f.now += minutes{11};
    CHECK(f.failure(query) == FailureCode::protocol);
}

TEST_CASE("D5 with an implied port the peer is where the query comes from", "[dht]")
{
    ResponderFixture f;
    const auto token = f.token_for(id("05"));
    f.reply({.method = Method::announce_peer, .target = id("05"), .token = token, .port = 1, .is_port_implied = true});
    CHECK(f.reply({.method = Method::get_peers, .target = id("05")}).peers == std::vector{stranger});
}

TEST_CASE("D3 nobody outside is told who is in the local network", "[dht]")
{
    ResponderFixture f;
    const auto neighbour = at("192.168.1.7:6881");
    f.table.on_answer({id("05"), neighbour}, f.now);
    f.table.on_answer({id("06"), at("80.0.0.1:6881")}, f.now);
    const auto token = f.token_for(id("05"), neighbour);
    f.reply({.method = Method::announce_peer, .target = id("05"), .token = token, .is_port_implied = true}, neighbour);
    const Query query{.method = Method::get_peers, .target = id("05")};
    auto told = f.reply(query);
    CHECK(told.peers.empty());
    CHECK(read_contacts(*told.nodes, false).size() == 1);
    told = f.reply(query, at("192.168.1.8:6881"));
    CHECK(told.peers == std::vector{neighbour});
    CHECK(read_contacts(*told.nodes, false).size() == 2);
}

TEST_CASE("values fill the datagram and no more, with nodes and a token beside them", "[dht]")
{
    ResponderFixture f;
    f.fill(f.table, false);
    f.announce(id("05"), 300);
    const auto reply = f.reply({.method = Method::get_peers, .target = id("05")});
    CHECK(reply.peers.size() > 60);
    CHECK(f.last.size() <= max_datagram);
    CHECK(f.last.size() > max_datagram - 20);
    CHECK(reply.token.size() == Tokens::size);
    CHECK(read_contacts(*reply.nodes, false).size() == 8);
}

TEST_CASE("a scrape brings filters of seeds and of others, within the datagram", "[dht]")
{
    ResponderFixture f;
    f.fill(f.table, false);
    f.fill(f.sibling, true);
    f.responder.set_sibling(&f.sibling);
    f.announce(id("05"), 100);
    const auto reply = f.reply({.method = Method::get_peers, .target = id("05"), .wants_v4 = true, .wants_v6 = true, .is_scrape = true});
    BloomFilter seeds;
    REQUIRE(reply.seed_filter.size() == filter_size);
    seeds.unite(reply.seed_filter);
    CHECK(seeds.estimate() == Approx(50).margin(3));
    CHECK(reply.peer_filter.size() == filter_size);
    CHECK(f.last.size() <= max_datagram);
    CHECK_FALSE(reply.nodes6);
    CHECK(f.reply({.method = Method::get_peers, .target = id("06"), .is_scrape = true}).seed_filter.empty());
}

TEST_CASE("items are put and got, with a token, and not again to whom has them", "[dht]")
{
    ResponderFixture f;
    const auto item = *make_mutable(as_bytes("5:hello"), as_bytes("salt"), 4, SecretKey{}, f.scheme);
    const auto target = target_of(item);
    Query put{.method = Method::put, .value = item.value, .key = item.author->key.bytes,
              .signature = item.author->signature.bytes, .salt = item.author->salt, .seq = 4};
    CHECK(f.failure(put) == FailureCode::protocol);
    const auto token = f.token_for(target);
    put.token = token;
    f.reply(put);
    auto reply = f.reply({.method = Method::get, .target = target});
    CHECK(verified_item(reply, target, as_bytes("salt"), f.scheme) == item);
    reply = f.reply({.method = Method::get, .target = target, .seq = 3});
    CHECK(text(reply.value) == "5:hello");
    reply = f.reply({.method = Method::get, .target = target, .seq = 4});
    CHECK(reply.value.empty());
    CHECK(reply.key.empty());
    CHECK(reply.seq == 4);
}

TEST_CASE("D6 the codes of BEP 44: 206 for a signature, 302 for an old seq, 301 for another version than expected", "[dht]")
{
    ResponderFixture f;
    const auto item = *make_mutable(as_bytes("5:hello"), {}, 4, SecretKey{}, f.scheme);
    const auto token = f.token_for(target_of(item));
    Query put{.method = Method::put, .token = token, .value = item.value, .key = item.author->key.bytes,
              .signature = item.author->signature.bytes, .seq = 4};
    f.reply(put);
    put.cas = 3;
    CHECK(f.failure(put) == FailureCode::cas_mismatch);
    put.cas.reset();
    put.seq = 5;
    CHECK(f.failure(put) == FailureCode::bad_signature);
    const auto older = *make_mutable(as_bytes("5:hello"), {}, 3, SecretKey{}, f.scheme);
    put.seq = 3;
    put.signature = older.author->signature.bytes;
    CHECK(f.failure(put) == FailureCode::seq_too_low);
}

TEST_CASE("an item of full length goes out in one datagram of Ethernet's size", "[dht]")
{
    ResponderFixture f;
    f.fill(f.table, false);
    const auto value = "996:" + std::string(996, 'x');
    const auto item = *make_mutable(as_bytes(value), {}, 1, SecretKey{}, f.scheme);
    const auto token = f.token_for(target_of(item));
    f.reply({.method = Method::put, .token = token, .value = item.value, .key = item.author->key.bytes,
             .signature = item.author->signature.bytes, .seq = 1});
    CHECK(verified_item(f.reply({.method = Method::get, .target = target_of(item)}), target_of(item), {}, f.scheme));
    CHECK(f.last.size() <= 1400);
}

TEST_CASE("D9 a sample has 20 info-hashes, and stays the same for six hours", "[dht]")
{
    ResponderFixture f;
    const Query query{.method = Method::sample_infohashes, .target = id("05")};
    CHECK(f.reply(query).samples->empty()); // there, though empty
    for (int i = 0; i < 100; ++i) f.announce(id(std::to_string(100 + i) + "1"), 1);
    const auto first = f.reply(query);
    CHECK(first.interval == 21'600);
    CHECK(first.total == 100);
    REQUIRE(first.samples->size() == 20 * NodeId::size);
    const auto samples = text(*first.samples);
    f.now += minutes{20};
    CHECK(text(*f.reply(query).samples) == samples);
    f.now += hours{6};
    CHECK(text(*f.reply(query).samples) != samples);
}

TEST_CASE("by IPv6 peers and nodes are those of the IPv6 network", "[dht]")
{
    ResponderFixture f(true);
    f.fill(f.table, true);
    const auto asker = at("[2001:db8:9::1]:6881");
    const auto token = f.token_for(id("05"), asker);
    f.reply({.method = Method::announce_peer, .target = id("05"), .token = token, .port = 7000}, asker);
    const auto reply = f.reply({.method = Method::get_peers, .target = id("05")}, asker);
    CHECK(reply.peers == std::vector{at("[2001:db8:9::1]:7000")});
    CHECK_FALSE(reply.nodes);
    CHECK(read_contacts(*reply.nodes6, true).size() == 8);
    CHECK(reply.seen_as == asker);
}

} // namespace shoal::test
