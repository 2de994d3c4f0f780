#pragma once

#include "control/settings.hpp"
#include "daemon/folders.hpp"
#include "host/registry.hpp"
#include "session/session.hpp"

#include <vector>

namespace shoal::daemon {

// Every setting of a daemon, with the defaults of `shoal get` where that has one.
void declare_settings(control::Settings& settings, const Folders& folders);

// And every one that a plug-in's manifest declares, as plugins.NAME.SETTING. Of two plug-ins of one name that know the same setting the first
// says what it may be.
void declare_plugin_settings(control::Settings& settings, const host::Registry& registry);

// Settings of plug-ins that somebody said something about, as a session takes them.
session::PluginSettings plugin_settings(const control::Settings& settings);

// What a session that is made now is to be like; `discoveries` and `extensions` are for whoever knows which plug-ins there are.
// The settings have been checked.
session::SessionSettings session_settings(const control::Settings& settings);

}  // namespace shoal::daemon
