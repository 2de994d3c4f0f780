#include "rules_service.hpp"

SHOAL_PLUGIN(R"json({
  "id": "org.shoal.feed.rules", "version": "1.0.0", "license": "MIT",
  "summary": "Takes from feeds what rules say, adds it, remembers it when it was added, and explains every decision.",
  "abi": { "major": 1, "minor": 0 },
  "provides": [ { "kind": "shoal.service/1", "name": "rules", "scope": "session" } ],
  "requires": [ "shoal.host.control/1", "shoal.host.timer/1", "shoal.host.calendar/1", "shoal.host.events/1", "shoal.host.methods/1" ],
  "optional": [ "shoal.host.store/1", "shoal.host.workers/1" ],
  "permissions": [ "control" ],
  "settings": {},
  "sim_safe": true })json",
             shoal::service<shoal::feed_rules::RulesService>("rules"))
