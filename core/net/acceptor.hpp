#pragma once

#include "environment/loop.hpp"
#include "net/socket_address.hpp"
#include "net/watched_descriptor.hpp"

#include <memory>
#include <optional>

namespace shoal::net {

// Takes the connections of a listening socket, whatever its family. When the process runs out of descriptors it
// rests 100 ms and goes on, as do the clients waiting in the backlog; a connection that died there is skipped.
// Kept alive through its own event, in which its owner may close it. [loop]
class Acceptor final : public WatchedDescriptor::Events, public std::enable_shared_from_this<Acceptor> {
public:
    // The socket is connected and non-blocking.
    using Accepted = UniqueFunction<void(Descriptor socket, const SocketAddress& from)>;

    // `socket` listens already.
    Acceptor(LiveLoop& loop, Descriptor socket, Accepted accepted);

    // Accepts no more.
    void close();

    void on_readable() override;
    void on_writable() override {}

private:
    void rest_a_while();

    environment::Timer rest_;
    Accepted accepted_;
    std::optional<WatchedDescriptor> socket_;
};

}  // namespace shoal::net
