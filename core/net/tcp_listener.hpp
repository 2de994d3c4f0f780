#pragma once

#include "environment/network.hpp"

#include <memory>

namespace shoal::net {

class Acceptor;
class LiveLoop;

// Accepts TCP connections, as acceptor.hpp says.
class TcpListener final : public environment::Listener {
public:
    static Result<std::unique_ptr<environment::Listener>> open(LiveLoop& loop, const Endpoint& local,
                                                               environment::Network::Accepted accepted);
    ~TcpListener() override;

    Endpoint local() const override { return local_; }

private:
    TcpListener(const Endpoint& local, std::shared_ptr<Acceptor> acceptor);

    Endpoint local_;
    std::shared_ptr<Acceptor> acceptor_;  // shared only with its own event while that runs
};

}  // namespace shoal::net
