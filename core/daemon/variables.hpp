#pragma once

#include <map>
#include <string>
#include <string_view>

namespace shoal::daemon {

// Environment variables of a process: passed to whoever reads some, so that a test can make them up.
using Variables = std::map<std::string, std::string, std::less<>>;

// Ours. Not while another thread changes them.
Variables process_variables();

// Null: it is not there, or empty, which is the same to all who read some.
const std::string* find(const Variables& variables, std::string_view name);

}  // namespace shoal::daemon
