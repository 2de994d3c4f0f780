#pragma once

#include "host/registry.hpp"
#include "session/session.hpp"

#include <string>
#include <vector>

namespace shoal::cli {

// Plug-ins of one kind, as the user or we ourselves named them.
struct PluginList {
    std::vector<std::string> names;
    bool is_default = false;  // then what is not there is done without

    // Errors: not_found, of what the user named.
    Result<std::vector<std::string>> found_in(host::Registry& registry, std::string_view kind) const;
};

// How peers are found, for every command that needs some.
struct SwarmOptions {
    PluginList discoveries;
    PluginList extensions;
    std::vector<Endpoint> listen{};
    std::vector<Endpoint> listen_if_possible{};
    std::vector<Endpoint> peers{};
    session::PluginSettings plugin_settings{};

    // Puts what concerns a session into its settings. Errors: not_found, for plug-ins that are not there.
    Result<void> apply_to(session::SessionSettings& settings, host::Registry& registry) const;
};

}  // namespace shoal::cli
