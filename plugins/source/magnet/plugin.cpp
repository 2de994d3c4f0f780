#include "magnet_source.hpp"

SHOAL_PLUGIN(R"json({
  "id": "org.shoal.source.magnet", "version": "1.0.0", "license": "MIT",
  "summary": "Takes magnet links and bare info-hashes (BEP 9).",
  "abi": { "major": 1, "minor": 0 },
  "provides": [ { "kind": "shoal.source/1", "name": "magnet", "scope": "session" } ],
  "requires": [ "shoal.host.source/1", "shoal.host.timer/1" ],
  "sim_safe": true })json",
             shoal::source<shoal::magnet_source::MagnetSource>("magnet"))
