#include "responder.hpp"

#include <algorithm>

namespace shoal::dht {
namespace {

// A reply with an item of full length and its signature does not fit the 1,024 octets of BEP 32; this fits Ethernet.
constexpr std::size_t max_item_reply = 1400;
constexpr std::size_t nodes_told = 8;

Bytes failure(const Query& query, FailureCode code, std::string_view text)
{
    return encode(Failure{.transaction = query.transaction, .code = code, .text = text});
}

/// Who is in our local network is no business of anybody outside, who could not reach it either.
bool may_hear_of(const Endpoint& asker, const Endpoint& named)
{
    return may_name(asker.address, named);
}

/// How many peers fit into what a reply leaves free.
std::size_t peers_that_fit(const Reply& reply, bool is_v6)
{
    constexpr std::size_t list = 10; // "6:valuesle"
    const std::size_t each = is_v6 ? 3 + Endpoint::compact6_size : 2 + Endpoint::compact4_size;
    const auto used = encode(reply).size() + list;
    return used >= max_datagram ? 0 : (max_datagram - used) / each;
}

} // namespace

Bytes Responder::answer(const Query& query, const Endpoint& from, Time now)
{
    Reserve reserve;
    Reply reply{.transaction = query.transaction, .id = table_.own_id(), .seen_as = from};
    switch (query.method) {
    case Method::ping: return encode(reply);
    case Method::announce_peer: return announce(query, from, reply, now);
    case Method::put: return put(query, from, reply, now);
    case Method::get_peers: return get_peers(query, from, reply, reserve, now);
    case Method::get: return get(query, from, reply, reserve, now);
    case Method::find_node:
    case Method::sample_infohashes: break;
    }
    add_nodes(query, from, reply, reserve, now);
    return query.method == Method::sample_infohashes ? sample(reply, reserve, now) : encode(reply);
}

void Responder::add_nodes(const Query& query, const Endpoint& from, Reply& reply, Reserve& reserve, Time now) const
{
    const bool is_told = query.wants_v4 || query.wants_v6;
    const auto fill = [&](bool is_v6, Bytes& room) {
        const auto* table = is_v6 == from.address.v6 ? &table_ : sibling_;
        if (table == nullptr) return;
        auto closest = table->closest(query.target, nodes_told, RoutingTable::Quality::good, now);
        std::erase_if(closest, [&](const Contact& contact) { return !may_hear_of(from, contact.endpoint); });
        room = write_contacts(closest);
        (is_v6 ? reply.nodes6 : reply.nodes) = ByteView(room);
    };
    if (is_told ? query.wants_v4 : !from.address.v6) fill(false, reserve.nodes);
    if (is_told ? query.wants_v6 : from.address.v6) fill(true, reserve.nodes6);
}

void Responder::add_token(const Query& query, const Endpoint& from, Reply& reply, Reserve& reserve, Time now)
{
    reserve.token = tokens_.token_for(from.address, query.target, now);
    reply.token = reserve.token;
}

Bytes Responder::get_peers(const Query& query, const Endpoint& from, Reply& reply, Reserve& reserve, Time now)
{
    add_token(query, from, reply, reserve, now);
    if (query.is_scrape && peers_.scrape(query.target, reserve.filters, now)) {
        reply.seed_filter = reserve.filters.seeds.view();
        reply.peer_filter = reserve.filters.peers.view();
        // With the filters there is room for the nodes of one family (BEP 33).
        Query own_family = query;
        own_family.wants_v4 = own_family.wants_v6 = false;
        add_nodes(own_family, from, reply, reserve, now);
    } else {
        add_nodes(query, from, reply, reserve, now);
    }
    const auto room = peers_that_fit(reply, from.address.v6);
    reply.peers = peers_.peers(query.target, room, query.wants_no_seeds, now);
    std::erase_if(reply.peers, [&](const Endpoint& peer) { return !may_hear_of(from, peer); });
    return encode(reply);
}

Bytes Responder::get(const Query& query, const Endpoint& from, Reply& reply, Reserve& reserve, Time now)
{
    add_token(query, from, reply, reserve, now);
    add_nodes(query, from, reply, reserve, now);
    const auto* item = items_.find(query.target, now);
    if (item != nullptr && item->author) reply.seq = item->author->seq;
    const bool is_known = item != nullptr && item->author && query.seq && item->author->seq <= *query.seq;
    if (item != nullptr && !is_known) {
        reply.value = item->value;
        if (item->author) {
            reply.key = item->author->key.bytes;
            reply.signature = item->author->signature.bytes;
        }
    }
    auto datagram = encode(reply);
    if (datagram.size() <= max_item_reply) return datagram;
    reply.nodes.reset();
    reply.nodes6.reset();
    return encode(reply);
}

Bytes Responder::announce(const Query& query, const Endpoint& from, const Reply& reply, Time now)
{
    if (!tokens_.is_valid(query.token, from.address, query.target, now)) {
        return failure(query, FailureCode::protocol, "invalid token");
    }
    const Endpoint peer{from.address, query.is_port_implied ? from.port : query.port};
    if (!peers_.announce(query.target, peer, query.is_seed, now)) {
        return failure(query, FailureCode::server, "too many torrents");
    }
    if (on_announced_) on_announced_(query.target, peer);
    return encode(reply);
}

Bytes Responder::put(const Query& query, const Endpoint& from, const Reply& reply, Time now)
{
    Item item{Bytes(query.value.begin(), query.value.end()), std::nullopt};
    if (!query.key.empty()) {
        item.author = Authorship{*PublicKey::from(query.key), Bytes(query.salt.begin(), query.salt.end()),
                                 query.seq.value_or(0), *Signature::from(query.signature)};
    }
    if (!tokens_.is_valid(query.token, from.address, target_of(item), now)) {
        return failure(query, FailureCode::protocol, "invalid token");
    }
    switch (items_.put(item, query.cas, from.address, table_.own_id(), now)) {
    case ItemStore::Outcome::stored: break;
    case ItemStore::Outcome::bad_signature: return failure(query, FailureCode::bad_signature, "invalid signature");
    case ItemStore::Outcome::seq_too_low: return failure(query, FailureCode::seq_too_low, "seq less than current");
    case ItemStore::Outcome::cas_mismatch: return failure(query, FailureCode::cas_mismatch, "cas mismatch");
    case ItemStore::Outcome::no_room: return failure(query, FailureCode::server, "no room");
    case ItemStore::Outcome::taken: return failure(query, FailureCode::generic, "the target is that of another item");
    }
    return encode(reply);
}

Bytes Responder::sample(Reply& reply, Reserve& reserve, Time now)
{
    const bool is_everything = peers_.torrents() <= settings_.samples;
    if (is_everything || sampled_.empty() || now - sampled_at_ >= settings_.sample_interval) {
        sampled_ = peers_.sample(settings_.samples);
        sampled_at_ = now;
    }
    for (const auto& info_hash : sampled_) {
        reserve.samples.insert(reserve.samples.end(), info_hash.bytes.begin(), info_hash.bytes.end());
    }
    reply.samples = ByteView(reserve.samples);
    reply.interval = std::chrono::duration_cast<std::chrono::seconds>(settings_.sample_interval).count();
    reply.total = static_cast<std::int64_t>(peers_.torrents());
    return encode(reply);
}

void Responder::expire(Time now)
{
    peers_.expire(now);
    items_.expire(now);
}

} // namespace shoal::dht
