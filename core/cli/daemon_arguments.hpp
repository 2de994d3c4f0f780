#pragma once

#include "cli/daemon_command.hpp"

#include <shoal/result.hpp>

#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace shoal::cli {

struct Arguments;

// What was typed after `shoal daemon`.
struct DaemonArguments {
    bool is_asked = false;
    std::optional<std::string> config;
    std::optional<std::string> socket;
    bool is_check = false;
    bool is_dump = false;
    std::vector<std::string> settings;
};

void declare_daemon(CLI::App& app, DaemonArguments& typed);
// With what was typed for all commands: --state and -v are settings of a daemon. Errors: invalid_argument.
Result<DaemonRequest> daemon_request(const Arguments& typed, daemon::Variables variables);

}  // namespace shoal::cli
