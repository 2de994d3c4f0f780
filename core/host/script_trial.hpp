#pragma once

#include "host/library.hpp"
#include "host/script_file.hpp"

#include <shoal/result.hpp>

namespace shoal::host {

// Whether the plug-in takes the script: one is made with it, alone, and let go of at once. Runs what the script does while it is loaded.
// Errors: what the plug-in says of it.
Result<void> try_script(const Factory& factory, const ScriptFile& script);

}  // namespace shoal::host
