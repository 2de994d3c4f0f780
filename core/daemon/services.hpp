#pragma once

#include "control/registry.hpp"
#include "host/instance.hpp"
#include "host/log.hpp"
#include "session/session.hpp"

#include <memory>
#include <string>
#include <vector>

namespace shoal::daemon {

// The services that run beside the torrents of a daemon, and what they offer. One that cannot be had, or does not start, is said and
// done without. [loop]
class Services {
public:
    Services(session::Session& session, control::Registry& methods, host::Log log);
    ~Services();

    void start(const std::vector<std::string>& names);
    // They end, and what they offered is withdrawn.
    void stop();

private:
    struct Service {
        std::unique_ptr<host::Instance> instance;
        std::vector<std::string> offered;
    };

    Result<void> begin(const std::string& name);
    void offer(Service& service);

    session::Session& session_;
    control::Registry& methods_;
    host::Log log_;
    std::vector<std::unique_ptr<Service>> running_;
};

}  // namespace shoal::daemon
