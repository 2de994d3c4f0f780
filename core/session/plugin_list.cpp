#include "session/plugin_list.hpp"

namespace shoal::session {

Result<std::vector<std::string>> PluginList::found_in(host::Registry& registry, std::string_view kind) const
{
    std::vector<std::string> found;
    for (const auto& name : names) {
        const auto factory = registry.find(kind, name);
        if (factory) found.push_back(name);
        else if (!is_default) return factory.error();
    }
    return found;
}

}  // namespace shoal::session
