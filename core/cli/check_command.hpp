#pragma once

#include "cli/exit_code.hpp"
#include "host/registry.hpp"

#include <iosfwd>
#include <string>

namespace shoal::cli {

struct CheckRequest {
    std::string name;            // a name, an id, a library's path or a script's
    bool leaves_blocks = false;  // a picker that is only for some blocks, as one for the endgame
    bool keeps_nothing = false;  // a storage that forgets when it is closed
};

// `shoal plugin check NAME`: holds a picker, a choker or a storage to sentences that are true of every one, with the defaults of its
// settings, and prints which are true of it. Runs its code in this process. bad_input: it cannot be checked; other: it breaks a promise.
ExitCode plugin_check(host::Registry& registry, const CheckRequest& request, std::ostream& out, std::ostream& err);

}  // namespace shoal::cli
