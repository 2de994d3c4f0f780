#pragma once

#include "environment/network.hpp"

#include <memory>

namespace shoal::net {

class DatagramReceiver;
class LiveLoop;

// A bound UDP socket. What the kernel does not take at once is dropped.
class UdpSocket final : public environment::DatagramSocket {
public:
    static Result<std::unique_ptr<environment::DatagramSocket>> open(LiveLoop& loop, const Endpoint& local,
                                                                     environment::Network::Received received);
    ~UdpSocket() override;

    Endpoint local() const override { return local_; }
    void send(const Endpoint& to, ByteView datagram) override;

private:
    UdpSocket(const Endpoint& local, std::shared_ptr<DatagramReceiver> receiver);

    Endpoint local_;
    std::shared_ptr<DatagramReceiver> receiver_;  // shared only with its own event while that runs
};

}  // namespace shoal::net
