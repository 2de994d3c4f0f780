#pragma once

#include "cli/program.hpp"
#include "cli/swarm_options.hpp"
#include "session/source.hpp"

#include <string>

namespace shoal::cli {

// What the user named, for a command that has no session of its own. Blocks, until it is interrupted.
Result<session::Source> read_source(Program& program, const SwarmOptions& swarm, const std::string& typed);

}  // namespace shoal::cli
