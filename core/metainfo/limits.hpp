// How much of a stranger's torrent or magnet link is believed. Defaults of the design, all of them settings.
#pragma once

#include <shoal/bencode.hpp>

#include <cstddef>
#include <cstdint>

namespace shoal::metainfo {

struct Limits {
    std::size_t torrent_size = 32U << 20; // bytes of a .torrent
    std::size_t info_size = 16U << 20;    // bytes of an info dict that came from peers (BEP 9)
    std::size_t magnet_size = 64U << 10;  // bytes of a magnet link
    bencode::Limits bencode{};            // depth 64, 3 M values

    // Paths on disk, the torrent's name included; bytes of UTF-8.
    std::size_t component_size = 255;
    std::size_t path_size = 4096;
    std::size_t path_depth = 64;

    // Of each kind; what comes after is ignored, the torrent is not refused for it.
    std::size_t trackers = 1000;
    std::size_t web_seeds = 1000;
    std::size_t nodes = 1000; // DHT nodes (BEP 5) of a .torrent, peers (x.pe) of a magnet link
};

} // namespace shoal::metainfo
