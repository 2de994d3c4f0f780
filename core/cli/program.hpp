#pragma once

#include "host/log.hpp"
#include "host/registry.hpp"
#include "host/sinks.hpp"
#include "net/live_environment.hpp"

#include <iosfwd>
#include <string>
#include <vector>

namespace shoal::cli {

class ScreenLog;

// What every command works with; made by main, alive until the end.
struct Program {
    net::LiveEnvironment& live;
    host::Registry& registry;
    host::Log log;
    std::ostream& out;
    std::ostream& err;
    bool checked = false;
    std::vector<std::string> arguments;  // as given, for the command to resume
    ScreenLog* screen = nullptr;         // where log lines end up beside a display
    host::KeptValues* kept = nullptr;    // what plug-ins keep between runs
};

}  // namespace shoal::cli
