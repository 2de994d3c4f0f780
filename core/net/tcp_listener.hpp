#pragma once

#include "environment/network.hpp"

#include <memory>

namespace shoal::net {

class LiveLoop;

// Accepts TCP connections. When the process runs out of descriptors it rests 100 ms and goes on, as do the
// clients waiting in the backlog; a connection that died there is skipped.
class TcpListener final : public environment::Listener {
public:
    static Result<std::unique_ptr<environment::Listener>> open(LiveLoop& loop, const Endpoint& local,
                                                               environment::Network::Accepted accepted);
    ~TcpListener() override;

    Endpoint local() const override;

private:
    class Acceptor;
    explicit TcpListener(std::shared_ptr<Acceptor> acceptor);

    std::shared_ptr<Acceptor> acceptor_;  // shared only with its own event while that runs
};

}  // namespace shoal::net
