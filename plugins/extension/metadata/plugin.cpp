#include "metadata_exchange.hpp"

SHOAL_PLUGIN(R"json({
  "id": "org.shoal.extension.metadata", "version": "1.0.0", "license": "MIT",
  "summary": "Fetches and serves the metadata of a torrent (BEP 9).",
  "abi": { "major": 1, "minor": 0 },
  "provides": [ { "kind": "shoal.extension/1", "name": "metadata", "scope": "torrent" } ],
  "requires": [ "shoal.host.extension/1", "shoal.host.timer/1" ],
  "sim_safe": true })json",
             shoal::extension<shoal::metadata_exchange::MetadataExchange>("metadata"))
