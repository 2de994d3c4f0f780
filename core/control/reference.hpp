#pragma once

#include "control/registry.hpp"
#include "control/settings_schema.hpp"

#include <string>
#include <vector>

namespace shoal::control {

// The reference of all methods and events in Markdown, by name, and of these settings, each with the plug-in whose it is. The same
// registry gives the same page, whatever the order in which it was filled.
std::string reference_page(const Registry& registry, const std::vector<const SettingSchema*>& settings = {});

}  // namespace shoal::control
