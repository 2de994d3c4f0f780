#include "event_names.hpp"

#include <shoal/alike.hpp>
#include <shoal/name_glob.hpp>
#include <shoal/utf8.hpp>

#include <algorithm>

namespace shoal::script_lua {

std::vector<std::string> event_names(const Value& listed)
{
    std::vector<std::string> names;
    if (listed.as_list() == nullptr) return names;
    for (const auto& event : *listed.as_list()) {
        const auto* name = event.as_map() == nullptr ? nullptr : event.as_map()->find("name");
        if (name != nullptr && name->as_text() != nullptr) names.push_back(*name->as_text());
    }
    return names;
}

std::optional<std::string> untold(const std::string& event, const std::vector<std::string>& known)
{
    const bool is_told = event.starts_with(told_by_scripts) || std::ranges::any_of(known, [&](const auto& name) { return matches_name(event, name); });
    if (is_told) return std::nullopt;
    const std::vector<std::string_view> names(known.begin(), known.end());
    return to_valid_utf8("nobody tells " + event + suggestion(event, names));
}

std::vector<std::string> untold_of(const std::vector<ListenerReport>& handlers, const std::vector<std::string>& known)
{
    std::vector<std::string> warnings;
    for (const auto& handler : handlers) {
        if (handler.priority) continue; // its hook was looked at when it was named
        if (const auto why = untold(handler.event, known)) warnings.push_back(to_valid_utf8("handler " + handler.name + " waits in vain: " + *why));
    }
    return warnings;
}

} // namespace shoal::script_lua
