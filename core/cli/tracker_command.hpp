#pragma once

#include "cli/exit_code.hpp"
#include "cli/program.hpp"
#include "session/session.hpp"

#include <string>
#include <vector>

namespace shoal::cli {

// `shoal tracker`: the embedded tracker until SIGINT or SIGTERM.
ExitCode tracker(Program& program, session::PluginSettings settings);

// Starts the service; the URLs to announce to, each another way to the same tracker.
Result<std::vector<std::string>> start_tracker(host::Instance& tracker);

}  // namespace shoal::cli
