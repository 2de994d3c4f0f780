#include "http_source.hpp"

SHOAL_PLUGIN(R"json({
  "id": "org.shoal.source.http", "version": "1.0.0", "license": "MIT",
  "summary": "Fetches the .torrent at an HTTP or HTTPS address.",
  "abi": { "major": 1, "minor": 0 },
  "provides": [ { "kind": "shoal.source/1", "name": "http", "scope": "session" } ],
  "requires": [ "shoal.host.source/1", "shoal.host.http/1" ],
  "permissions": [ "net.http" ],
  "sim_safe": true })json",
             shoal::source<shoal::http_source::HttpSource>("http"))
