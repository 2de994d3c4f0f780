#include "message.hpp"

#include <shoal/bencode.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace shoal::dht {
namespace {


// A datagram of many tiny values would cost more than it is worth: a token of the parser has 16 octets.
constexpr bencode::Limits limits{.depth = 64, .tokens = 2048};

constexpr std::array<std::pair<std::string_view, Method>, 7> methods = {{
    {"ping", Method::ping},
    {"find_node", Method::find_node},
    {"get_peers", Method::get_peers},
    {"announce_peer", Method::announce_peer},
    {"get", Method::get},
    {"put", Method::put},
    {"sample_infohashes", Method::sample_infohashes},
}};

std::optional<NodeId> find_id(const bencode::Node& dict, std::string_view key)
{
    const auto octets = dict.find_bytes(key);
    if (!octets) return std::nullopt;
    const auto id = NodeId::from(*octets);
    return id ? std::optional(*id) : std::nullopt;
}

ByteView find_octets(const bencode::Node& dict, std::string_view key, std::size_t max_size)
{
    const auto octets = dict.find_bytes(key).value_or(ByteView{});
    return octets.size() <= max_size ? octets : ByteView{};
}

ByteView find_exactly(const bencode::Node& dict, std::string_view key, std::size_t size)
{
    const auto octets = dict.find_bytes(key).value_or(ByteView{});
    return octets.size() == size ? octets : ByteView{};
}

bool is_set(const bencode::Node& dict, std::string_view key)
{
    return dict.find_int(key).value_or(0) != 0;
}

BadQuery bad(ByteView transaction, FailureCode code, std::string_view text)
{
    return {{.transaction = transaction, .code = code, .text = text}};
}

void read_wanted(const bencode::Node& arguments, Query& query)
{
    const auto want = arguments.find_list("want");
    if (!want) return;
    for (const auto& family : want->items()) {
        query.wants_v4 |= family.string() == "n4";
        query.wants_v6 |= family.string() == "n6";
    }
}

std::optional<BadQuery> read_announce(const bencode::Node& arguments, Query& query)
{
    query.is_seed = is_set(arguments, "seed");
    query.is_port_implied = is_set(arguments, "implied_port");
    const auto port = arguments.find_int("port").value_or(0);
    const bool is_port = port > 0 && port <= 0xffff;
    if (!is_port && !query.is_port_implied) return bad(query.transaction, FailureCode::protocol, "invalid port");
    if (is_port) query.port = static_cast<std::uint16_t>(port);
    return std::nullopt;
}

std::optional<BadQuery> read_put(const bencode::Node& arguments, Query& query)
{
    const auto value = arguments.find("v");
    if (!value) return bad(query.transaction, FailureCode::protocol, "missing value");
    query.value = value->raw();
    query.salt = arguments.find_bytes("salt").value_or(ByteView{});
    if (query.value.size() > max_item) return bad(query.transaction, FailureCode::value_too_big, "value too big");
    if (query.salt.size() > max_salt) return bad(query.transaction, FailureCode::salt_too_big, "salt too big");
    query.cas = arguments.find_int("cas");
    if (!arguments.find("k")) return std::nullopt;
    query.key = find_exactly(arguments, "k", 32);
    query.signature = find_exactly(arguments, "sig", 64);
    if (query.key.empty()) return bad(query.transaction, FailureCode::protocol, "invalid key");
    if (query.signature.empty()) return bad(query.transaction, FailureCode::bad_signature, "invalid signature");
    if (!query.seq || *query.seq < 0) return bad(query.transaction, FailureCode::protocol, "invalid seq");
    return std::nullopt;
}

/// Its own target, or none where the method has none. A method nobody here knows that has a target is read as
/// find_node, which is how the protocol has grown so far.
std::optional<BadQuery> read_method(const bencode::Node& arguments, std::string_view name, Query& query)
{
    const auto known = std::ranges::find(methods, name, [](const auto& entry) { return entry.first; });
    query.method = known != methods.end() ? known->second : Method::find_node;
    const bool has_info_hash = query.method == Method::get_peers || query.method == Method::announce_peer;
    auto target = find_id(arguments, has_info_hash ? "info_hash" : "target");
    if (known == methods.end() && !target) target = find_id(arguments, "info_hash");
    if (known == methods.end() && !target) {
        return bad(query.transaction, FailureCode::method_unknown, "method unknown");
    }
    if (query.method == Method::ping || query.method == Method::put) return std::nullopt;
    if (!target) return bad(query.transaction, FailureCode::protocol, "missing or invalid target");
    query.target = *target;
    return std::nullopt;
}

Message read_query(const bencode::Node& root, ByteView transaction)
{
    Query query{.transaction = transaction, .is_read_only = is_set(root, "ro")};
    const auto arguments = root.find_dict("a");
    const auto name = root.find_string("q");
    if (!arguments || !name) return bad(transaction, FailureCode::protocol, "missing method or arguments");
    const auto id = find_id(*arguments, "id");
    if (!id) return bad(transaction, FailureCode::protocol, "missing or invalid id");
    query.id = *id;
    if (auto wrong = read_method(*arguments, *name, query)) return *wrong;
    read_wanted(*arguments, query);
    query.is_scrape = is_set(*arguments, "scrape");
    query.wants_no_seeds = is_set(*arguments, "noseed");
    query.token = find_octets(*arguments, "token", max_token);
    query.seq = arguments->find_int("seq");
    std::optional<BadQuery> wrong;
    if (query.method == Method::announce_peer) wrong = read_announce(*arguments, query);
    if (query.method == Method::put) wrong = read_put(*arguments, query);
    if (wrong) return *wrong;
    return query;
}

/// Old clients send all peers in one string.
void read_peer(ByteView compact, bool is_v6, std::vector<Endpoint>& peers)
{
    if (compact.size() == Endpoint::compact6_size) {
        peers.push_back(*Endpoint::from_compact6(compact));
        return;
    }
    if (is_v6 || compact.size() % Endpoint::compact4_size != 0) return;
    for (; !compact.empty(); compact = compact.subspan(Endpoint::compact4_size)) {
        peers.push_back(*Endpoint::from_compact4(compact.first(Endpoint::compact4_size)));
    }
}

std::optional<Endpoint> read_seen_as(const bencode::Node& root)
{
    const auto octets = root.find_bytes("ip").value_or(ByteView{});
    if (octets.size() == Endpoint::compact4_size) return *Endpoint::from_compact4(octets);
    if (octets.size() == Endpoint::compact6_size) return *Endpoint::from_compact6(octets);
    return std::nullopt;
}

void read_item(const bencode::Node& results, Reply& reply)
{
    const auto value = results.find("v");
    if (value && value->raw().size() <= max_item) reply.value = value->raw();
    reply.key = find_exactly(results, "k", 32);
    reply.signature = find_exactly(results, "sig", 64);
    reply.seq = results.find_int("seq");
}

Result<Message> read_reply(const bencode::Node& root, ByteView transaction, bool is_v6)
{
    const auto results = root.find_dict("r");
    const auto id = results ? find_id(*results, "id") : std::nullopt;
    if (!id) return make_error(Errc::bad_input, "a reply without an id");
    Reply reply{.transaction = transaction, .id = *id, .seen_as = read_seen_as(root)};
    reply.nodes = results->find_bytes("nodes");
    reply.nodes6 = results->find_bytes("nodes6");
    reply.token = find_octets(*results, "token", max_token);
    if (const auto values = results->find_list("values")) {
        for (const auto& peer : values->items()) read_peer(peer.bytes().value_or(ByteView{}), is_v6, reply.peers);
    }
    reply.seed_filter = find_exactly(*results, "BFsd", filter_size);
    reply.peer_filter = find_exactly(*results, "BFpe", filter_size);
    read_item(*results, reply);
    reply.interval = results->find_int("interval");
    reply.total = results->find_int("num");
    reply.samples = results->find_bytes("samples");
    if (reply.samples && reply.samples->size() % NodeId::size != 0) reply.samples.reset();
    return Message{std::move(reply)};
}

Message read_failure(const bencode::Node& root, ByteView transaction)
{
    Failure failure{.transaction = transaction};
    const auto list = root.find_list("e");
    if (!list) return failure;
    for (const auto& item : list->items()) {
        if (const auto code = item.integer()) failure.code = FailureCode{*code};
        if (const auto text = item.string()) failure.text = *text;
    }
    return failure;
}

} // namespace

Result<Message> parse_message(ByteView datagram, bool is_v6)
{
    if (datagram.size() > max_received) return make_error(Errc::bad_input, "a datagram of unseemly size");
    // Views into the datagram outlive the document.
    const auto document = bencode::Document::parse_prefix(datagram, limits);
    if (!document) return document.error();
    const auto root = document->root();
    const auto transaction = root.find_bytes("t").value_or(ByteView{});
    if (transaction.empty() || transaction.size() > max_transaction) {
        return make_error(Errc::bad_input, "a message without a transaction");
    }
    const auto kind = root.find_string("y").value_or("");
    if (kind == "q") return read_query(root, transaction);
    if (kind == "r") return read_reply(root, transaction, is_v6);
    if (kind == "e") return Message{read_failure(root, transaction)};
    return make_error(Errc::bad_input, "neither query nor reply nor failure");
}

} // namespace shoal::dht
