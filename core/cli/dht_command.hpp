#pragma once

#include "cli/exit_code.hpp"
#include "cli/program.hpp"
#include "session/session.hpp"

#include <string>
#include <vector>

namespace shoal::cli {

// A question to the DHT, as one of the methods that its plug-in offers.
struct DhtRequest {
    std::string method;  // "dht.get"
    control::Value::Map arguments;
    std::vector<std::string> nodes{};  // HOST:PORT to begin at, instead of the public routers
    session::PluginSettings plugin_settings{};
    bool is_json = false;
};

// `shoal dht …`: one question to the DHT and its answer, for people and experiments. The node lives as long as the question; unless
// its settings say otherwise it takes a free port and only asks (BEP 43).
ExitCode dht(Program& program, const DhtRequest& request);

}  // namespace shoal::cli
