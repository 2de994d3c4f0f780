// Names of events that nobody tells: with a typing error in it a handler would wait for ever.
#pragma once

#include "script.hpp"

#include <shoal/value.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::script_lua {

/// What the names of events begin with that scripts tell each other.
inline constexpr std::string_view told_by_scripts = "user.";

/// The names in what events.list answers.
std::vector<std::string> event_names(const Value& listed);

/// "nobody tells NAME", with the name that was meant, or nothing: it is one of the known names, a glob of some, or scripts tell it.
std::optional<std::string> untold(const std::string& event, const std::vector<std::string>& known);

/// The same of what handlers wait for, each with its handler.
std::vector<std::string> untold_of(const std::vector<ListenerReport>& handlers, const std::vector<std::string>& known);

} // namespace shoal::script_lua
