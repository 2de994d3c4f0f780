#include "donthave.hpp"

SHOAL_PLUGIN(R"json({
  "id": "org.shoal.extension.donthave", "version": "1.0.0", "license": "MIT",
  "summary": "Hears that a peer has lost a piece (BEP 54).",
  "abi": { "major": 1, "minor": 0 },
  "provides": [ { "kind": "shoal.extension/1", "name": "donthave", "scope": "torrent" } ],
  "requires": [ "shoal.host.extension/1", "shoal.host.torrent/1" ],
  "sim_safe": true })json",
             shoal::extension<shoal::donthave::DontHave>("donthave"))
