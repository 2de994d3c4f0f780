#include "http_tracker.hpp"

#include <shoal/tracker.hpp>

SHOAL_PLUGIN(R"json({
  "id": "org.shoal.tracker.http", "version": "1.0.0", "license": "MIT",
  "summary": "Announces to and scrapes HTTP and HTTPS trackers (BEP 3, 7, 23, 48).",
  "abi": { "major": 1, "minor": 0 },
  "provides": [ { "kind": "shoal.tracker/1", "name": "http", "scope": "session" } ],
  "requires": [ "shoal.host.tracker/1", "shoal.host.http/1", "shoal.host.resolver/1", "shoal.host.timer/1" ],
  "permissions": [ "net.http", "net.resolve" ],
  "schemes": [ "http", "https" ],
  "sim_safe": true })json",
             shoal::tracker<shoal::http_tracker::HttpTracker>("http"))
