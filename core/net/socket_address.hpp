#pragma once

#include <shoal/endpoint.hpp>

#include <sys/socket.h>

namespace shoal::net {

// An Endpoint in the form the kernel takes.
struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t length = sizeof(sockaddr_storage);

    SocketAddress() = default;
    explicit SocketAddress(const Endpoint& endpoint);

    sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
    int family() const { return storage.ss_family; }

    // Neither IPv4 nor IPv6: 0.0.0.0:0.
    Endpoint endpoint() const;
};

Endpoint local_endpoint(int socket);

}  // namespace shoal::net
