#pragma once

#include "control/settings.hpp"
#include "daemon/folders.hpp"
#include "host/registry.hpp"
#include "session/session.hpp"

namespace shoal::daemon {

// Whether they can be settings: absolute, on one line, UTF-8. Errors: invalid_argument, which names the one that is not.
Result<void> check_folders(const Folders& folders);

// Every setting of a daemon, with the defaults of `shoal get` where that has one.
void declare_settings(control::Settings& settings, const Folders& folders);

// And every one that a plug-in's manifest declares, as plugins.NAME.SETTING. Of two plug-ins of one name that know the same setting
// the first says what it may be.
void declare_plugin_settings(control::Settings& settings, const host::Registry& registry);

// What was said about plug-ins, as a session takes it.
session::PluginSettings plugin_settings(const control::Settings& settings);
// The settings that plug-ins have declared, by name.
std::vector<const control::SettingSchema*> plugin_schemas(const control::Settings& settings);

// What a session that is made now is to be like. Errors: not_found, for a plug-in that somebody named and that is not there.
Result<session::SessionSettings> session_settings(const control::Settings& settings, host::Registry& registry);

// The services that run beside the torrents; of the default what is not there is done without.
std::vector<std::string> service_names(const control::Settings& settings, host::Registry& registry);

// From now on a plug-in that is named has to be there, whoever names it; defaults that are not there are done without. The registry
// outlives the settings.
void require_plugins(control::Settings& settings, host::Registry& registry);

// From now on a script that is to be everybody's picker or choker is loaded before it is. Not what was set before: a daemon begins also
// when a script has been broken meanwhile.
void require_whole_scripts(control::Settings& settings, host::Registry& registry);

// How a torrent that is added now begins, unless whoever adds it says otherwise.
session::AddOptions add_options(const control::Settings& settings);

}  // namespace shoal::daemon
