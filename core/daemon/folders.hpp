#pragma once

#include "daemon/variables.hpp"

#include <string>

namespace shoal::daemon {

// Where a daemon keeps what, unless its settings say otherwise: as the XDG base directory specification has it, whose variables count
// when they are absolute paths. Without a home folder these are the places of the system.
struct Folders {
    std::string settings_file;  // …/shoal/shoal.toml
    std::string scripts;        // …/shoal/scripts
    std::string state;          // what outlives the process
    std::string socket;         // where `shoal ctl` looks for it
    std::string download;
};

Folders folders(const Variables& variables);

}  // namespace shoal::daemon
