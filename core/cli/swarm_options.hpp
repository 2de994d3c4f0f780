#pragma once

#include "host/registry.hpp"
#include "session/plugin_list.hpp"
#include "session/session.hpp"

#include <string>
#include <vector>

namespace shoal::cli {

using session::PluginList;

// How torrents and their peers are found, for every command that needs some.
struct SwarmOptions {
    PluginList discoveries;
    PluginList extensions;
    PluginList sources{{"magnet", "http", "file"}, true};
    std::vector<Endpoint> listen{};
    std::vector<Endpoint> listen_if_possible{};
    std::vector<Endpoint> peers{};
    session::PluginSettings plugin_settings{};

    // Puts what concerns a session into its settings. Errors: not_found, for plug-ins that are not there.
    Result<void> apply_to(session::SessionSettings& settings, host::Registry& registry) const;
};

}  // namespace shoal::cli
