#pragma once

#include "cli/interruption.hpp"
#include "cli/program.hpp"
#include "control/settings.hpp"
#include "daemon/live_client.hpp"
#include "embed/passing_folder.hpp"

#include <memory>
#include <optional>
#include <string>

namespace shoal::cli {

// Scripts, feeds and rules at work in our own process, for commands that need no daemon: the control plane of a client that listens on
// nothing, looks for nobody, runs the scripts of no folder and keeps nothing.
class Workshop {
public:
    // Blocks. Services that are not among the plug-ins are done without: what they offer is not found then.
    static Result<std::unique_ptr<Workshop>> open(Program& program);
    // Blocks until the services have ended.
    ~Workshop();

    // Blocks. Errors: the method's own; cancelled after SIGINT or SIGTERM.
    Result<control::Value> call(const std::string& method, control::Value::Map arguments);
    control::Registry& methods() { return client_->methods(); }

private:
    explicit Workshop(Program& program) : program_(program) {}
    Result<void> begin();
    Result<void> set_up(const std::string& folder);

    Program& program_;
    embed::PassingFolder folder_;
    control::Settings settings_;
    std::unique_ptr<daemon::LiveClient> client_;
    std::shared_ptr<bool> is_interrupted_ = std::make_shared<bool>(false);  // the loop's handlers outlive us
    std::optional<Interruption> interruption_;
};

}  // namespace shoal::cli
