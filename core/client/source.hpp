#pragma once

#include "metainfo/magnet.hpp"
#include "metainfo/torrent_file.hpp"

#include <shoal/result.hpp>

#include <string>
#include <variant>

namespace shoal::client {

// What a person names a torrent by: the octets of a .torrent, or where to ask peers for them.
struct FromFile {
    metainfo::TorrentFile metainfo;
    Bytes octets;
};
struct FromMagnet {
    metainfo::Magnet magnet;
    std::string link;
};
using Source = std::variant<FromMagnet, FromFile>;

// The path of a .torrent, a magnet link, or an info-hash in hexadecimal. Blocks. Errors: as metainfo::load and parse_magnet.
Result<Source> read_source(const std::string& text);

}  // namespace shoal::client
