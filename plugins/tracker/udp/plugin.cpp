#include "udp_tracker.hpp"

#include <shoal/tracker.hpp>

SHOAL_PLUGIN(R"json({
  "id": "org.shoal.tracker.udp", "version": "1.0.0", "license": "MIT",
  "summary": "Announces to and scrapes UDP trackers (BEP 15, 41).",
  "abi": { "major": 1, "minor": 0 },
  "provides": [ { "kind": "shoal.tracker/1", "name": "udp", "scope": "session" } ],
  "requires": [ "shoal.host.tracker/1", "shoal.host.udp/1", "shoal.host.resolver/1", "shoal.host.timer/1",
                "shoal.host.random/1" ],
  "permissions": [ "net.udp", "net.resolve" ],
  "schemes": [ "udp" ],
  "sim_safe": true })json",
             shoal::tracker<shoal::udp_tracker::UdpTracker>("udp"))
