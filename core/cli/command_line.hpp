#pragma once

namespace shoal::cli {

// Parses the arguments and runs the command. Returns the process's exit code.
int run_command_line(int argc, char** argv);

}  // namespace shoal::cli
