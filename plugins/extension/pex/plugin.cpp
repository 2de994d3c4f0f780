#include "peer_exchange.hpp"

SHOAL_PLUGIN(R"json({
  "id": "org.shoal.extension.pex", "version": "1.0.0", "license": "MIT",
  "summary": "Finds peers by asking peers, and tells them of others (BEP 11).",
  "abi": { "major": 1, "minor": 0 },
  "provides": [ { "kind": "shoal.extension/1", "name": "pex", "scope": "torrent" } ],
  "requires": [ "shoal.host.extension/1", "shoal.host.timer/1", "shoal.host.random/1" ],
  "sim_safe": true })json",
             shoal::extension<shoal::peer_exchange::PeerExchange>("pex"))
