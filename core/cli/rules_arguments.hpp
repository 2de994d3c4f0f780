#pragma once

#include "cli/rules_command.hpp"

#include <shoal/result.hpp>

#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace shoal::cli {

// What was typed after `shoal rules`.
struct RulesArguments {
    RulesVerb verb = RulesVerb::none;  // none: another command was typed
    std::string file{};
    std::string title{};
    std::vector<std::string> feeds{};
    std::string feed{};
    std::string now{};
    std::string seen = "none";
    std::string expected{};
    std::string size{};
    std::optional<std::int64_t> seeders{};
    std::string name{};
    std::string output{};
    std::string torrents{};
    std::string socket{};
    bool is_explained = false;
    bool is_json = false;
    bool is_all = false;
};

void declare_rules(CLI::App& app, RulesArguments& typed);
// Errors: invalid_argument.
Result<RulesRequest> rules_request(const RulesArguments& typed);

}  // namespace shoal::cli
