#pragma once

#include "environment/network.hpp"

#include <memory>
#include <unordered_map>

namespace shoal::net {

class LiveLoop;

// The outgoing connections that are under way. [loop]
class TcpConnector {
public:
    explicit TcpConnector(LiveLoop& loop);
    ~TcpConnector();

    environment::OperationId connect(const Endpoint& to, environment::Duration timeout,
                                     environment::Network::Connected done);
    void cancel(environment::OperationId operation);

private:
    class Attempt;

    void finish(environment::OperationId operation, Result<std::unique_ptr<environment::Stream>> outcome);

    LiveLoop& loop_;
    std::unordered_map<environment::OperationId, std::unique_ptr<Attempt>> attempts_;
    std::uint64_t next_operation_ = 1;
};

}  // namespace shoal::net
