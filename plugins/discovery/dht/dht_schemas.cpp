#include "dht_schemas.hpp"

#include <string>
#include <utility>

namespace shoal::dht {
namespace {

using Type = Value::Type;

constexpr int default_patience = 60; // seconds

Field optional(std::string name, Type type, std::string help)
{
    return {.name = std::move(name), .type = type, .help = std::move(help)};
}

Field needed(std::string name, Type type, std::string help)
{
    return {.name = std::move(name), .type = type, .help = std::move(help), .is_required = true};
}

Field info_hash()
{
    return needed("info_hash", Type::bytes, "40 hexadecimal digits");
}

Field salt()
{
    return optional("salt", Type::null, "text or bytes: one of several items under a key");
}

Field timeout()
{
    return {.name = "timeout", .type = Type::integer, .help = "seconds, 1 to 600", .fallback = default_patience};
}

} // namespace

MethodSchema lookup_schema()
{
    return {.name = "dht.lookup",
            .help = "the peers of a torrent",
            .arguments = {info_hash(),
                          {.name = "scrape", .type = Type::boolean, .help = "estimate how many there are (BEP 33)", .fallback = false},
                          timeout()},
            .answer = "peers (texts); asked and answered (nodes); complete; with scrape seeds_estimate and peers_estimate",
            .errors = {Errc::network_error, Errc::timed_out}};
}

MethodSchema announce_schema()
{
    return {.name = "dht.announce",
            .help = "looks up the peers of a torrent, and says that we are one, too",
            .arguments = {info_hash(),
                          {.name = "port", .type = Type::integer, .help = "where we take connections; 0: the DHT's own", .fallback = 0},
                          {.name = "seed", .type = Type::boolean, .help = "we have everything (BEP 33)", .fallback = false},
                          timeout()},
            .answer = "peers (texts); stored: nodes that took it; asked and answered (nodes); complete",
            .errors = {Errc::network_error, Errc::timed_out}};
}

MethodSchema get_schema()
{
    return {.name = "dht.get",
            .help = "an item (BEP 44), by target or by key",
            .arguments = {optional("target", Type::bytes, "40 hexadecimal digits"),
                          optional("key", Type::bytes, "of a mutable item, 64 hexadecimal digits"), salt(), timeout()},
            .answer = "found, target; then value, bencoded and copies; of a mutable item key, seq and signature",
            .errors = {Errc::network_error, Errc::timed_out}};
}

MethodSchema put_schema()
{
    return {.name = "dht.put",
            .help = "stores an item (BEP 44)",
            .arguments = {optional("value", Type::null, "ints, texts, bytes, lists and maps"),
                          optional("bencoded", Type::bytes, "the same in bencode, instead"),
                          optional("secret", Type::bytes, "64 hexadecimal digits: makes it mutable, under the key that belongs to them"),
                          salt(), optional("seq", Type::integer, "version; absent: one more than what is there"),
                          optional("cas", Type::integer, "only if this version is there"), timeout()},
            .answer = "target; stored: nodes that took it; of a mutable item key and seq",
            .errors = {Errc::network_error, Errc::refused, Errc::timed_out}};
}

MethodSchema sample_schema()
{
    return {.name = "dht.sample",
            .help = "torrents that nodes near a target know (BEP 51)",
            .arguments = {optional("target", Type::bytes, "40 hexadecimal digits; absent: near us"), timeout()},
            .answer = "info_hashes (texts); total; sampling_nodes; asked and answered (nodes); complete",
            .errors = {Errc::network_error, Errc::timed_out}};
}

MethodSchema ping_schema()
{
    return {.name = "dht.ping",
            .help = "is there a node?",
            .arguments = {needed("node", Type::text, "address and port, as 1.2.3.4:6881 or [::1]:6881")},
            .answer = "id; milliseconds; sees_us_as",
            .errors = {Errc::network_error, Errc::refused, Errc::timed_out}};
}

MethodSchema stats_schema()
{
    return {.name = "dht.stats",
            .help = "how the DHT is doing",
            .arguments = {{.name = "join", .type = Type::boolean, .help = "look for others first", .fallback = false}, timeout()},
            .answer = "ipv4 and ipv6: null, or id, address, nodes, torrents, items, counters and an estimate of the network's size",
            .errors = {Errc::network_error}};
}

} // namespace shoal::dht
