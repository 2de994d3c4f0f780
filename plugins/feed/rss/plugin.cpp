#include "rss_service.hpp"

SHOAL_PLUGIN(R"json({
  "id": "org.shoal.feed.rss", "version": "1.0.0", "license": "MIT",
  "summary": "Reads RSS, Atom and Torznab feeds, tells what is new in them, and searches indexers (Jackett, Prowlarr).",
  "abi": { "major": 1, "minor": 0 },
  "provides": [ { "kind": "shoal.service/1", "name": "rss", "scope": "session" } ],
  "requires": [ "shoal.host.http/1", "shoal.host.control/1", "shoal.host.workers/1", "shoal.host.timer/1", "shoal.host.random/1",
                "shoal.host.calendar/1", "shoal.host.settings/1", "shoal.host.events/1", "shoal.host.methods/1" ],
  "optional": [ "shoal.host.store/1" ],
  "permissions": [ "net.http", "control" ],
  "settings": {
    "interval": { "type": "int", "default": 1800, "min": 60, "max": 2592000, "unit": "s", "scope": "session", "live": false,
        "help": "how often a feed is read whose 'every' says nothing, unless it asks for longer itself" },
    "folder": { "type": "text", "default": "", "scope": "session", "live": false,
        "help": "where the last bodies of feeds are kept; empty: feeds in the setting folders.state" },
    "keep": { "type": "int", "default": 10, "min": 0, "max": 1000, "unit": "bodies", "scope": "session", "live": false,
        "help": "how many bodies of each feed are kept, for rules to be tried on" },
    "keep_size": { "type": "int", "default": 33554432, "min": 0, "max": 1099511627776, "unit": "octets", "scope": "session", "live": false,
        "help": "most octets of the bodies of one feed; the newest is kept in any case" } },
  "sim_safe": false })json",
             shoal::service<shoal::rss::RssService>("rss"))
