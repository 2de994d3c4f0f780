#pragma once

#include "control/settings.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::daemon {

// Among the library's values: what was set at run time, which outlives the process.
inline constexpr std::string_view run_time_value = "settings.run_time";

// Sets it as it was set. What is no setting any more, because its plug-in is gone, is left out; a line for each comes back.
std::vector<std::string> set_as_before(control::Settings& settings, const std::map<std::string, control::Value>& values);

// The same for who only wants to see: of the library at `database`, which a daemon may have open. One that is not there says nothing.
std::vector<std::string> set_as_in(control::Settings& settings, const std::string& database);

}  // namespace shoal::daemon
