#pragma once

#include "environment/network.hpp"
#include "net/watched_descriptor.hpp"

#include <memory>
#include <optional>

namespace shoal::net {

// Hands over what arrives at a UDP descriptor, at most 64 datagrams a wake-up, so that a flood leaves the rest of the
// loop its turn. It is kept alive through its own event, in which close() may come.
class DatagramReceiver final : public WatchedDescriptor::Events,
                               public std::enable_shared_from_this<DatagramReceiver> {
public:
    DatagramReceiver(LiveLoop& loop, Descriptor socket, environment::Network::Received received);

    void close() { socket_.reset(); }
    // Of the open socket.
    int number() const { return socket_->number(); }

    void on_readable() override;
    void on_writable() override {}

private:
    std::unique_ptr<std::byte[]> buffer_;
    environment::Network::Received received_;
    std::optional<WatchedDescriptor> socket_;
};

}  // namespace shoal::net
