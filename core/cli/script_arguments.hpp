#pragma once

#include "cli/script_command.hpp"

namespace CLI {
class App;
}

namespace shoal::cli {

// What was typed after `shoal script`; its verb is none when another command was.
void declare_script(CLI::App& app, ScriptRequest& typed);

}  // namespace shoal::cli
