#pragma once

#include "control/registry.hpp"
#include "control/settings_schema.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::control {

// The reference of all methods and events in Markdown, by name, and of these settings, each with the plug-in whose it is. The same
// registry gives the same page, whatever the order in which it was filled.
std::string reference_page(const Registry& registry, const std::vector<const SettingSchema*>& settings = {});

// A bash script that completes `COMMAND… METHOD NAME=VALUE…` with methods, their arguments and what these may be. `command` is what
// is typed before the method, as {"shoal", "ctl", "call"}.
std::string bash_completion(const Registry& registry, std::span<const std::string_view> command);

}  // namespace shoal::control
