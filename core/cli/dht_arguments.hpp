#pragma once

#include "cli/dht_command.hpp"

#include <shoal/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace shoal::cli {

// What was typed after `shoal dht`.
struct DhtArguments {
    std::string method;  // empty: another command was typed
    std::string what;    // the target, info-hash, value or node
    std::string key;
    std::string salt;
    std::string secret;
    std::optional<std::int64_t> seq;
    std::optional<std::int64_t> cas;
    std::optional<std::int64_t> port;
    std::int64_t timeout = 60;
    bool is_seed = false;
    bool scrapes = false;
    bool is_json = false;
    std::vector<std::string> nodes;
    std::vector<std::string> settings;
};

void declare_dht(CLI::App& app, DhtArguments& typed);
// Errors: invalid_argument.
Result<DhtRequest> dht_request(const DhtArguments& typed);

}  // namespace shoal::cli
