#pragma once

#include "environment/network.hpp"

#include <cstdint>
#include <memory>
#include <unordered_map>

namespace shoal::net {

// The system's resolver (getaddrinfo) on threads of its own, so that a dead name server holds up neither the
// loop nor the disk. Answers are in the order of RFC 6724, without repeats. A numeric address is answered
// without a look-up. Destroying it does not wait for a look-up that hangs: that thread ends by itself later.
// [loop]
class LiveResolver final : public environment::Resolver {
public:
    explicit LiveResolver(environment::Loop& loop);
    ~LiveResolver() override;

    // Errors: bad_input (not a host name), not_found, network_error (the name server did not answer).
    environment::OperationId resolve(const std::string& name, Resolved done) override;
    void cancel(environment::OperationId operation) override;

private:
    class Lookups;
    struct Waiting {
        std::unordered_map<environment::OperationId, Resolved> done;
    };

    environment::Loop& loop_;
    std::shared_ptr<Waiting> waiting_;  // tasks on their way through the loop hold it weakly
    std::shared_ptr<Lookups> lookups_;  // shared with its threads
    std::uint64_t next_operation_ = 1;
};

}  // namespace shoal::net
