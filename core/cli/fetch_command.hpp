#pragma once

#include "cli/exit_code.hpp"
#include "cli/program.hpp"
#include "cli/swarm_options.hpp"

#include <chrono>
#include <string>

namespace shoal::cli {

struct FetchOptions {
    std::string source;  // what the user called it
    SwarmOptions swarm;
    std::string output{};  // the .torrent to write; empty: none
    bool replaces = false;
    bool is_json = false;
    std::chrono::seconds patience{300};  // 0: for ever
};

// `shoal show --fetch`: gets a torrent's metadata from peers and says what is in it. Nothing is written but the .torrent that was
// asked for.
ExitCode fetch(Program& program, const FetchOptions& options);

}  // namespace shoal::cli
