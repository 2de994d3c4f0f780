#pragma once

#include "cli/exit_code.hpp"
#include "cli/program.hpp"
#include "metainfo/create.hpp"

#include <string>

namespace shoal::cli {

struct CreateRequest {
    std::string path;
    std::string output;
    metainfo::CreateOptions options;
    bool has_bar = false;  // the error stream is a terminal
    bool replaces = false; // an existing output is overwritten
};

// `shoal create PATH -o OUT`: hashes on all cores, writes the torrent, prints its magnet link.
ExitCode create(Program& program, const CreateRequest& request);

}  // namespace shoal::cli
