#pragma once

#include "cli/exit_code.hpp"
#include "cli/program.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace shoal::cli {

enum class RulesVerb { none, test, why, diff, save, import };

// What was typed after `shoal rules`.
struct RulesRequest {
    RulesVerb verb = RulesVerb::none;
    std::string file{};               // of rules, or what is imported
    std::vector<std::string> feeds{}; // FILE or NAME=FILE
    std::optional<std::int64_t> now{};
    std::string seen = "none";        // or live, or a file
    std::string expected{};           // a file
    std::string title{};
    std::string feed{};
    std::optional<std::int64_t> size{};
    std::optional<std::int64_t> seeders{};
    std::string name{};               // of the script that an edited file replaces
    std::string output{};
    std::string torrents{};           // a folder of .torrent files, for rules with peek
    std::string socket{};
    bool is_explained = false;
    bool is_json = false;
    bool is_all = false;              // bodies
};

// `shoal rules …`: test and import need no daemon, nor does why when it is given a file. other: the decisions are not what was expected; usage: a rule
// is wrong.
ExitCode rules(Program& program, const RulesRequest& request);

// "1767614400", "2026-01-05", "2026-01-05T12:00", with or without a Z: UTC. Errors: invalid_argument.
Result<std::int64_t> parse_moment(const std::string& text);

}  // namespace shoal::cli
