#pragma once

#include "cli/program.hpp"
#include "control/value.hpp"
#include "environment/network.hpp"

#include <shoal/result.hpp>

#include <memory>
#include <string>

namespace shoal::cli {

// A connection to the daemon that runs. `socket` empty: where its settings say. Errors: refused, with what to do, when nobody answers.
Result<std::unique_ptr<environment::Stream>> daemon_connection(Program& program, const std::string& socket);

// Asks it for one thing, and waits. Errors: those of a connection; the method's own; cancelled after SIGINT or SIGTERM.
Result<control::Value> daemon_answer(Program& program, const std::string& socket, const std::string& method, control::Value::Map arguments);

}  // namespace shoal::cli
