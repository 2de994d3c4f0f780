#pragma once

#include "control/settings.hpp"
#include "daemon/variables.hpp"

#include <shoal/result.hpp>

#include <string>
#include <vector>

namespace shoal::daemon {

// A settings file that was named must be there; the one of the usual place need not.
struct SettingsPath {
    std::string path;
    bool is_named = false;
};

// Where settings come from, the weakest first.
struct SettingsSources {
    SettingsPath file;
    Variables variables;  // SHOAL_RATES_DOWN=1M
    std::vector<control::Settings::Given> flags;
};

// Lays them all. What comes back are warnings: variables that look as if they were meant for us. Errors have a line for each thing
// that is wrong, with its origin.
Result<std::vector<std::string>> load_settings(control::Settings& settings, const SettingsSources& sources);

struct Reloaded {
    std::vector<std::string> changed;  // names, in force now
    std::vector<std::string> waiting;  // that the next start will bring
};

// Reads the file again, for SIGHUP. When it is broken nothing changes.
Result<Reloaded> reload(control::Settings& settings, const SettingsPath& file);

// Where a daemon listens that is started with these variables and the usual file: what else they say, and whether it is right, is the
// daemon's business.
std::string socket_of(const Variables& variables);

// "name=value", as typed. Errors: invalid_argument.
Result<control::Settings::Given> typed_setting(const std::string& text);

}  // namespace shoal::daemon
