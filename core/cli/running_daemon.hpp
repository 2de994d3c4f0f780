#pragma once

#include "cli/exit_code.hpp"
#include "cli/program.hpp"
#include "control/settings.hpp"
#include "daemon/settings_sources.hpp"

namespace shoal::cli {

// Runs until SIGTERM or SIGINT; SIGHUP reads the settings file again. The settings are complete and checked, and have not been started.
ExitCode run_until_stopped(Program& program, control::Settings& settings, const daemon::SettingsPath& file);

}  // namespace shoal::cli
