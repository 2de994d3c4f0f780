#pragma once

#include "cli/exit_code.hpp"
#include "cli/fetch_command.hpp"
#include "cli/program.hpp"
#include "metainfo/torrent_file.hpp"

namespace shoal::cli {

void print_torrent(Program& program, const metainfo::TorrentFile& torrent, bool json);

// `shoal show FILE|MAGNET|URL`: what a torrent or a magnet link says; nothing but the URL is contacted, nothing written.
ExitCode show(Program& program, const FetchOptions& options);

}  // namespace shoal::cli
