#pragma once

#include "control/settings.hpp"

#include <shoal/result.hpp>

#include <string>
#include <vector>

namespace shoal::daemon {

// What a TOML file says, with the line of each as its origin: "/etc/shoal/shoal.toml line 12". The names are not checked yet; blocks.
// Errors name the file and, where there is one, the line: not_found, permission_denied, io_error, bad_input, limit_exceeded (a megabyte).
Result<std::vector<control::Settings::Given>> read_settings_file(const std::string& path);

// All settings as a settings file that says the same, each with what it is for and where its value comes from.
std::string dump_settings(const control::Settings& settings);

}  // namespace shoal::daemon
