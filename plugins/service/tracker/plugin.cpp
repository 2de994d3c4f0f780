#include "tracker_service.hpp"

#include <shoal/service.hpp>

SHOAL_PLUGIN(R"json({
  "id": "org.shoal.service.tracker", "version": "1.0.0", "license": "MIT",
  "summary": "An embedded HTTP and UDP tracker for demonstrations and private swarms (BEP 3, 7, 15, 23, 48).",
  "abi": { "major": 1, "minor": 0 },
  "provides": [ { "kind": "shoal.service/1", "name": "tracker", "scope": "session" } ],
  "requires": [ "shoal.host.http_server/1", "shoal.host.timer/1", "shoal.host.random/1",
                "shoal.host.settings/1", "shoal.host.udp/1" ],
  "permissions": [ "net.listen", "net.udp" ],
  "settings": {
    "listen": { "type": "text", "default": "127.0.0.1:0", "scope": "session", "live": false,
        "help": "addresses and ports to answer at, with commas between; port 0: any free one, the same for all" },
    "udp": { "type": "bool", "default": true, "scope": "session", "live": false,
        "help": "answer at the UDP port of that number, too" },
    "interval": { "type": "int", "default": 1800, "min": 1, "max": 86400, "unit": "s",
        "scope": "session", "live": false,
        "help": "how often a peer should announce; one that is silent twice as long is forgotten" },
    "max_torrents": { "type": "int", "default": 10000, "min": 1, "max": 10000000, "unit": "torrents",
        "scope": "session", "live": false,
        "help": "more are refused" },
    "max_peers": { "type": "int", "default": 50000, "min": 1, "max": 10000000, "unit": "peers",
        "scope": "session", "live": false,
        "help": "of all torrents together, about 300 bytes each; more are refused" },
    "open": { "type": "bool", "default": true, "scope": "session", "live": false,
        "help": "serve any torrent, not just those in 'allowed'" },
    "allowed": { "type": "text", "default": "", "scope": "session", "live": false,
        "help": "info-hashes (40 hexadecimal digits, separated by commas) to serve always" },
    "trust_ip": { "type": "bool", "default": false, "scope": "session", "live": false,
        "help": "believe the address that a peer says it has (ip=), e.g. behind a proxy" } },
  "sim_safe": true })json",
             shoal::service<shoal::embedded_tracker::TrackerService>("tracker"))
