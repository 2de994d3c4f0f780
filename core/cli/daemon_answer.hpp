#pragma once

#include "cli/program.hpp"
#include "control/value.hpp"

#include <shoal/result.hpp>

#include <string>

namespace shoal::cli {

// Asks the daemon that runs for one thing, and waits. `socket` empty: where it is by default. Errors: the method's own; refused, with what to do,
// when nobody answers; cancelled after SIGINT or SIGTERM.
Result<control::Value> daemon_answer(Program& program, const std::string& socket, const std::string& method, control::Value::Map arguments);

}  // namespace shoal::cli
