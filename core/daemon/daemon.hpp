#pragma once

#include "cli/exit_code.hpp"
#include "cli/program.hpp"
#include "control/settings.hpp"
#include "daemon/settings_sources.hpp"

namespace shoal::daemon {

// Runs until SIGTERM or SIGINT; SIGHUP reads the settings file again. The settings are complete and checked, and have not been started.
cli::ExitCode run_daemon(cli::Program& program, control::Settings& settings, const SettingsPath& file);

}  // namespace shoal::daemon
