#include "holepunch.hpp"

SHOAL_PLUGIN(R"json({
  "id": "org.shoal.extension.holepunch", "version": "1.0.0", "license": "MIT",
  "summary": "Brings peers together that cannot be called from outside (BEP 55).",
  "abi": { "major": 1, "minor": 0 },
  "provides": [ { "kind": "shoal.extension/1", "name": "holepunch", "scope": "torrent" } ],
  "requires": [ "shoal.host.extension/1" ],
  "sim_safe": true })json",
             shoal::extension<shoal::holepunch::Holepunch>("holepunch"))
