#include "cli/swarm_options.hpp"

#include <shoal/abi/discovery.h>
#include <shoal/abi/extension.h>
#include <shoal/abi/source.h>

namespace shoal::cli {

Result<void> SwarmOptions::apply_to(session::SessionSettings& settings, host::Registry& registry) const
{
    auto discovery_names = discoveries.found_in(registry, SHOAL_KIND_DISCOVERY);
    if (!discovery_names) return discovery_names.error();
    auto extension_names = extensions.found_in(registry, SHOAL_KIND_EXTENSION);
    if (!extension_names) return extension_names.error();
    auto source_names = sources.found_in(registry, SHOAL_KIND_SOURCE);
    if (!source_names) return source_names.error();
    settings.listen = listen;
    settings.listen_if_possible = listen_if_possible;
    settings.discoveries = std::move(*discovery_names);
    settings.extensions = std::move(*extension_names);
    settings.sources = std::move(*source_names);
    settings.plugins = plugin_settings;
    return {};
}

}  // namespace shoal::cli
