// The info dict of a torrent: names, files, geometry and hashes (BEP 3, BEP 47).
#pragma once

#include "metainfo/limits.hpp"
#include "metainfo/torrent_file.hpp"

#include <shoal/bencode.hpp>
#include <shoal/result.hpp>

namespace shoal::metainfo {

/// Everything of the TorrentFile that lies in `info`; the bytes are copied. Errors: as parse().
[[nodiscard]] Result<TorrentFile> read_info(bencode::Node info, const Limits& limits);

} // namespace shoal::metainfo
