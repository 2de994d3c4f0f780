#pragma once

#include "cli/check_command.hpp"
#include "cli/ctl_arguments.hpp"
#include "cli/daemon_arguments.hpp"
#include "cli/dht_arguments.hpp"
#include "cli/fetch_command.hpp"
#include "cli/rules_arguments.hpp"
#include "cli/search_arguments.hpp"
#include "cli/script_arguments.hpp"
#include "cli/transfer.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace shoal::cli {

enum class Command { none, get, seed, create, show, fetch, plugin_list, plugin_info, plugin_check, tracker, dht, demo, daemon, ctl, search, rules, script };

// What was typed, as CLI11 fills it in; turned into each command's own options afterwards.
struct Arguments {
    Command command = Command::none;
    std::optional<int> exit_code;  // all is said already: help, version, a usage error

    std::string plugins;
    bool checked = false;
    int verbosity = 0;
    bool json = false;
    bool quiet = false;

    std::vector<std::string> sources;
    std::string folder = ".";
    std::string data;
    std::string pickers = "rarest-first,endgame";
    std::string demo_pickers;
    std::string choker = "tit-for-tat";
    std::string storage = "file";
    std::optional<std::string> discoveries;
    std::optional<std::string> extensions;
    std::optional<std::string> source_plugins;
    std::string state;
    bool is_fetching = false;
    std::vector<std::string> select;
    std::vector<std::string> listen;
    std::vector<std::string> peers;
    bool no_privileged_ports = false;
    bool exit = false;
    std::optional<std::int64_t> seed_time;
    std::optional<double> ratio;
    std::optional<std::int64_t> patience;
    std::string down = "0";
    std::string up = "0";
    std::string memory = "64M";
    std::vector<std::string> settings;

    std::string path;
    std::string output;
    std::vector<std::string> trackers;
    std::vector<std::string> web_seeds;
    std::string piece_size;
    bool is_private = false;
    bool force = false;
    std::string comment;

    std::string name;
    std::string size = "96M";
    CheckRequest check;
    DhtArguments dht;
    DaemonArguments daemon;
    CtlArguments ctl;
    RulesArguments rules;
    ScriptRequest script;
    SearchArguments search;
};

// Says on the standard streams what is wrong with them, or the help that was asked for.
Arguments read_arguments(int argc, const char* const* argv);

// Errors: invalid_argument.
Result<TransferOptions> transfer_options(const Arguments& typed);
Result<FetchOptions> fetch_options(const Arguments& typed);
Result<session::PluginSettings> plugin_settings(const std::vector<std::string>& typed);
DisplayKind display_of(const Arguments& typed);
// From where we stand, which a daemon does not know. Empty stays empty.
std::string absolute_path(const std::string& typed);

}  // namespace shoal::cli
