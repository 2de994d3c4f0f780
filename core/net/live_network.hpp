#pragma once

#include "net/tcp_connector.hpp"

namespace shoal::net {

// TCP and UDP sockets of the machine. IPv6 sockets carry IPv6 alone: who wants both listens twice. [loop]
class LiveNetwork final : public environment::Network {
public:
    explicit LiveNetwork(LiveLoop& loop) : loop_(loop), connector_(loop) {}

    environment::OperationId connect(const Endpoint& to, environment::Duration timeout,
                                     Connected done) override;
    void cancel_connect(environment::OperationId operation) override;
    Result<std::unique_ptr<environment::Listener>> listen(const Endpoint& local, Accepted accepted) override;
    Result<std::unique_ptr<environment::DatagramSocket>> open_datagram(const Endpoint& local,
                                                                       Received received) override;
    Result<std::unique_ptr<environment::DatagramSocket>> open_group(const Endpoint& group,
                                                                    Received received) override;

private:
    LiveLoop& loop_;
    TcpConnector connector_;
};

}  // namespace shoal::net
