#pragma once

#include "metainfo/magnet.hpp"
#include "metainfo/torrent_file.hpp"

#include <string>
#include <variant>

namespace shoal::session {

// What somebody named a torrent by comes to: the octets of a .torrent, or where to ask peers for them.
struct FromFile {
    metainfo::TorrentFile metainfo;
    Bytes octets;
};
struct FromMagnet {
    metainfo::Magnet magnet;
    std::string link;
};
using Source = std::variant<FromMagnet, FromFile>;

}  // namespace shoal::session
