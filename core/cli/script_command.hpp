#pragma once

#include "cli/exit_code.hpp"
#include "cli/program.hpp"

#include <optional>
#include <string>
#include <vector>

namespace shoal::cli {

enum class ScriptVerb { none, create, test, run, status };

// What was typed after `shoal script`.
struct ScriptRequest {
    ScriptVerb verb = ScriptVerb::none;
    std::string name{};               // of a script
    std::string kind{};               // of a new one: automation, rules, picker
    std::string folder{};             // where a new one goes
    std::vector<std::string> paths{}; // tests, and folders of them
    std::string event{};
    std::string torrent{};
    std::string payload{};            // JSON
    std::string handler{};
    std::optional<double> timeout{};  // seconds to wait for handlers
    std::string socket{};
    bool is_json = false;
};

// `shoal script …`: new and test need no daemon. other: a test, or a handler, failed;
// interrupted: a handler was not over in time, and goes on.
ExitCode script(Program& program, const ScriptRequest& request);

// What a new script begins with, and its test; the latter empty: there is none.
struct ScriptTemplate {
    std::string script;
    std::string test;
};
ScriptTemplate script_template(const std::string& kind, const std::string& name);

}  // namespace shoal::cli
