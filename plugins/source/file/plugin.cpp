#include "file_source.hpp"

SHOAL_PLUGIN(R"json({
  "id": "org.shoal.source.file", "version": "1.0.0", "license": "MIT",
  "summary": "Reads the .torrent at a path.",
  "abi": { "major": 1, "minor": 0 },
  "provides": [ { "kind": "shoal.source/1", "name": "file", "scope": "session" } ],
  "requires": [ "shoal.host.source/1", "shoal.host.workers/1" ],
  "sim_safe": false })json",
             shoal::source<shoal::file_source::FileSource>("file"))
