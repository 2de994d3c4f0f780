#pragma once

#include "environment/network.hpp"

#include <memory>

namespace shoal::net {

class LiveLoop;

// A bound UDP socket. It hands over at most 64 datagrams a wake-up, so that a flood leaves the rest of the
// loop its turn. What the kernel does not take at once is dropped.
class UdpSocket final : public environment::DatagramSocket {
public:
    static Result<std::unique_ptr<environment::DatagramSocket>> open(LiveLoop& loop, const Endpoint& local,
                                                                     environment::Network::Received received);
    ~UdpSocket() override;

    Endpoint local() const override;
    void send(const Endpoint& to, ByteView datagram) override;

private:
    class Receiver;
    explicit UdpSocket(std::shared_ptr<Receiver> receiver);

    std::shared_ptr<Receiver> receiver_;  // shared only with its own event while that runs
};

}  // namespace shoal::net
