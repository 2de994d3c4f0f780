#include "file_storage.hpp"

namespace shoal::file_storage {
namespace {

class Plugin final : public FileStorage {
public:
    explicit Plugin(Host& host)
        : FileStorage({.descriptors = static_cast<std::size_t>(host.settings().integer("descriptors"))})
    {
    }
};

} // namespace
} // namespace shoal::file_storage

SHOAL_PLUGIN(R"json({
  "id": "org.shoal.storage.file", "version": "1.0.0", "license": "MIT",
  "summary": "Keeps a torrent as files in its folder, .part until they are complete.",
  "abi": { "major": 1, "minor": 0 },
  "provides": [ { "kind": "shoal.storage/1", "name": "file", "scope": "torrent" } ],
  "requires": [ "shoal.host.settings/1" ],
  "permissions": [ "fs.download" ],
  "settings": {
    "descriptors": { "type": "int", "default": 128, "min": 2, "max": 65536, "unit": "files",
                     "scope": "torrent", "live": false,
                     "help": "files that a torrent keeps open at most" } },
  "sim_safe": false })json",
             shoal::storage<shoal::file_storage::Plugin>("file"))
