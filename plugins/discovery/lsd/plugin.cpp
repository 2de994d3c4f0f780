#include "lsd.hpp"

#include <shoal/discovery.hpp>

SHOAL_PLUGIN(R"json({
  "id": "org.shoal.discovery.lsd", "version": "1.0.0", "license": "MIT",
  "summary": "Finds peers on the local network (BEP 14).",
  "abi": { "major": 1, "minor": 0 },
  "provides": [ { "kind": "shoal.discovery/1", "name": "lsd", "scope": "session" } ],
  "requires": [ "shoal.host.discovery/1", "shoal.host.udp/1", "shoal.host.timer/1", "shoal.host.random/1",
                "shoal.host.metrics/1" ],
  "permissions": [ "net.udp", "net.multicast" ],
  "sim_safe": true })json",
             shoal::discovery<shoal::lsd::Lsd>("lsd"))
