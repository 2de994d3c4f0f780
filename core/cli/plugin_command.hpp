#pragma once

#include "cli/exit_code.hpp"
#include "host/registry.hpp"

#include <iosfwd>
#include <string_view>

namespace shoal::cli {

// `shoal plugin list`: one line for each thing a plug-in offers, then the files that cannot be used and why.
// As JSON: one array. Returns the exit code, 0.
int plugin_list(const host::Registry& registry, bool json, std::ostream& out);

// `shoal plugin info NAME`: everything the manifest says. `name`: what a plug-in offers, its id, or the path
// of its file, which need not have been scanned. bad_input when there is none, which is then said on `err`.
ExitCode plugin_info(host::Registry& registry, std::string_view name, bool json, std::ostream& out,
                     std::ostream& err);

}  // namespace shoal::cli
