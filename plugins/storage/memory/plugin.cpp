#include "memory_storage.hpp"

namespace shoal::memory_storage {
namespace {

class Plugin final : public MemoryStorage {
public:
    explicit Plugin(Host& host)
        : MemoryStorage(static_cast<std::uint64_t>(host.settings().integer("max_bytes")))
    {
    }
};

} // namespace
} // namespace shoal::memory_storage

SHOAL_PLUGIN(R"json({
  "id": "org.shoal.storage.memory", "version": "1.0.0", "license": "MIT",
  "summary": "Keeps a torrent in memory alone; nothing is left when it is closed.",
  "abi": { "major": 1, "minor": 0 },
  "provides": [ { "kind": "shoal.storage/1", "name": "memory", "scope": "torrent" } ],
  "requires": [ "shoal.host.settings/1" ],
  "settings": {
    "max_bytes": { "type": "int", "default": 4294967296, "min": 0, "max": 1125899906842624, "unit": "bytes",
                   "scope": "torrent", "live": false,
                   "help": "memory that a torrent may take; beyond it the disk counts as full" } },
  "sim_safe": true })json",
             shoal::storage<shoal::memory_storage::Plugin>("memory"))
