#pragma once

#include "cli/exit_code.hpp"
#include "cli/program.hpp"
#include "metainfo/torrent_file.hpp"

#include <string>

namespace shoal::cli {

void print_torrent(Program& program, const metainfo::TorrentFile& torrent, bool json);

// `shoal show FILE|MAGNET`: what a torrent or a magnet link says; nothing is contacted, nothing written.
ExitCode show(Program& program, const std::string& source, bool json);

}  // namespace shoal::cli
