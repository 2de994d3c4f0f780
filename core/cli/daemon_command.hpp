#pragma once

#include "cli/exit_code.hpp"
#include "cli/program.hpp"
#include "control/settings.hpp"
#include "daemon/folders.hpp"
#include "daemon/settings_sources.hpp"

#include <functional>

namespace shoal::cli {

struct DaemonRequest {
    enum class Wish { run, check_config, dump_config };

    Wish wish = Wish::run;
    daemon::Folders folders;
    daemon::SettingsSources sources;
};

// What runs once the settings are complete and checked: run_until_stopped.
using RunDaemon = std::function<ExitCode(Program&, control::Settings&, const daemon::SettingsPath&)>;

// `shoal daemon`: brings the settings together, then says whether they are right, shows them, or runs.
ExitCode daemon_command(Program& program, const DaemonRequest& request, const RunDaemon& run);

}  // namespace shoal::cli
