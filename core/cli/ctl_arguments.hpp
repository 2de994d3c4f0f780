#pragma once

#include "cli/ctl_command.hpp"

#include <shoal/result.hpp>

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace shoal::cli {

// What was typed after `shoal ctl`.
struct CtlArguments {
    std::string verb;  // empty: another command was typed
    std::string socket;
    bool is_json = false;
    std::vector<std::string> words;  // torrents, sources, a filter, events, assignments
    std::string torrent;
    std::string path;  // or a folder
    std::string new_path;
    std::string name;  // of a setting or a method
    std::string value;
    std::string folder;
    std::string label;
    std::string fields;
    std::vector<std::string> select;
    std::vector<std::string> peers;
    bool is_stopped = false;
    bool removes_data = false;
};

void declare_ctl(CLI::App& app, CtlArguments& typed);
// Errors: invalid_argument.
Result<CtlRequest> ctl_request(const CtlArguments& typed);

// "key=value": a value is JSON if it can be read as such, and a text otherwise. Errors: invalid_argument.
Result<control::Value::Map> assignments(const std::vector<std::string>& words);
control::Value typed_value(const std::string& text);

}  // namespace shoal::cli
