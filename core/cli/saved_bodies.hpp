#pragma once

#include "cli/exit_code.hpp"
#include "cli/program.hpp"
#include "cli/rules_command.hpp"

#include <shoal/result.hpp>

#include <string>

namespace shoal::cli {

// `shoal rules save FEED`: what the daemon keeps of a feed, as it came. The newest goes to the output, or is printed; with is_all each goes to
// a file with a number, the oldest first. An output that is a folder gets files that are called after the feed. Nothing that is there is written over. Errors: not_found, there is no such feed, or nothing of it
// is kept; invalid_argument, a file is there already; those of a daemon and of files.
Result<ExitCode> save_bodies(Program& program, const RulesRequest& request);

// "tv/daily" is of a file: "tv_daily".
std::string file_name_of(const std::string& feed);

}  // namespace shoal::cli
