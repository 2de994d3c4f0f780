#include "message.hpp"

#include <shoal/bencode.hpp>

namespace shoal::dht {
namespace {

using bencode::Writer;

// Who we are, in the manner of peer ids; then the version.
constexpr std::string_view client_version("SH\0\1", 4);

std::string_view name_of(Method method)
{
    switch (method) {
    case Method::ping: return "ping";
    case Method::find_node: return "find_node";
    case Method::get_peers: return "get_peers";
    case Method::announce_peer: return "announce_peer";
    case Method::get: return "get";
    case Method::put: return "put";
    case Method::sample_infohashes: return "sample_infohashes";
    }
    return "ping";
}

void write_octets(Writer& out, std::string_view key, ByteView octets)
{
    if (!octets.empty()) out.key(key).bytes(octets);
}

void write_octets(Writer& out, std::string_view key, const std::optional<ByteView>& octets)
{
    if (octets) out.key(key).bytes(*octets);
}

void write_integer(Writer& out, std::string_view key, const std::optional<std::int64_t>& value)
{
    if (value) out.key(key).integer(*value);
}

void write_flag(Writer& out, std::string_view key, bool is_set)
{
    if (is_set) out.key(key).integer(1);
}

void write_end(Writer& out, ByteView transaction, std::string_view kind)
{
    out.key("t").bytes(transaction).key("v").string(client_version).key("y").string(kind).end_dict();
}

void write_want(Writer& out, const Query& query)
{
    if (!query.wants_v4 && !query.wants_v6) return;
    out.key("want").begin_list();
    if (query.wants_v4) out.string("n4");
    if (query.wants_v6) out.string("n6");
    out.end_list();
}

// Each writes the arguments of its method in the order of their keys.

void write_announce(Writer& out, const Query& query)
{
    out.key("id").bytes(query.id.bytes);
    out.key("implied_port").integer(query.is_port_implied ? 1 : 0);
    out.key("info_hash").bytes(query.target.bytes);
    out.key("port").integer(query.port); // also when it is implied, for nodes that do not know that (BEP 5)
    write_flag(out, "seed", query.is_seed);
    out.key("token").bytes(query.token);
}

void write_put(Writer& out, const Query& query)
{
    write_integer(out, "cas", query.cas);
    out.key("id").bytes(query.id.bytes);
    write_octets(out, "k", query.key);
    write_octets(out, "salt", query.salt);
    write_integer(out, "seq", query.seq);
    write_octets(out, "sig", query.signature);
    out.key("token").bytes(query.token).key("v").raw(query.value);
}

void write_search(Writer& out, const Query& query)
{
    out.key("id").bytes(query.id.bytes);
    if (query.method == Method::get_peers) out.key("info_hash").bytes(query.target.bytes);
    write_flag(out, "noseed", query.wants_no_seeds);
    write_flag(out, "scrape", query.is_scrape);
    write_integer(out, "seq", query.seq);
    if (query.method != Method::get_peers) out.key("target").bytes(query.target.bytes);
    write_want(out, query);
}

void write_arguments(Writer& out, const Query& query)
{
    out.key("a").begin_dict();
    switch (query.method) {
    case Method::ping: out.key("id").bytes(query.id.bytes); break;
    case Method::announce_peer: write_announce(out, query); break;
    case Method::put: write_put(out, query); break;
    case Method::find_node:
    case Method::get_peers:
    case Method::get:
    case Method::sample_infohashes: write_search(out, query); break;
    }
    out.end_dict();
}

void write_peers(Writer& out, const std::vector<Endpoint>& peers)
{
    if (peers.empty()) return;
    out.key("values").begin_list();
    for (const auto& peer : peers) {
        Bytes compact;
        peer.append_compact(compact);
        out.bytes(compact);
    }
    out.end_list();
}

} // namespace

Bytes encode(const Query& query)
{
    Writer out;
    out.begin_dict();
    write_arguments(out, query);
    out.key("q").string(name_of(query.method));
    write_flag(out, "ro", query.is_read_only);
    write_end(out, query.transaction, "q");
    return out.take();
}

Bytes encode(const Reply& reply)
{
    Writer out;
    out.begin_dict();
    if (reply.seen_as) {
        Bytes compact;
        reply.seen_as->append_compact(compact);
        out.key("ip").bytes(compact);
    }
    out.key("r").begin_dict();
    write_octets(out, "BFpe", reply.peer_filter);
    write_octets(out, "BFsd", reply.seed_filter);
    out.key("id").bytes(reply.id.bytes);
    write_integer(out, "interval", reply.interval);
    write_octets(out, "k", reply.key);
    write_octets(out, "nodes", reply.nodes);
    write_octets(out, "nodes6", reply.nodes6);
    write_integer(out, "num", reply.total);
    write_octets(out, "samples", reply.samples);
    write_integer(out, "seq", reply.seq);
    write_octets(out, "sig", reply.signature);
    write_octets(out, "token", reply.token);
    if (!reply.value.empty()) out.key("v").raw(reply.value);
    write_peers(out, reply.peers);
    out.end_dict();
    write_end(out, reply.transaction, "r");
    return out.take();
}

Bytes encode(const Failure& failure)
{
    Writer out;
    out.begin_dict().key("e").begin_list();
    out.integer(static_cast<std::int64_t>(failure.code)).string(failure.text).end_list();
    write_end(out, failure.transaction, "e");
    return out.take();
}

} // namespace shoal::dht
