#include "net/socket_address.hpp"

#include <algorithm>
#include <cstring>

#include <netinet/in.h>

namespace shoal::net {

SocketAddress::SocketAddress(const Endpoint& endpoint)
{
    const auto address = endpoint.address.view();
    if (endpoint.address.is_v6()) {
        sockaddr_in6 v6{};
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(endpoint.port);
        std::memcpy(&v6.sin6_addr, address.data(), address.size());
        length = sizeof v6;
        std::memcpy(&storage, &v6, sizeof v6);
    } else {
        sockaddr_in v4{};
        v4.sin_family = AF_INET;
        v4.sin_port = htons(endpoint.port);
        std::memcpy(&v4.sin_addr, address.data(), address.size());
        length = sizeof v4;
        std::memcpy(&storage, &v4, sizeof v4);
    }
}

Endpoint SocketAddress::endpoint() const
{
    Endpoint endpoint;
    if (family() == AF_INET6) {
        sockaddr_in6 v6;
        std::memcpy(&v6, &storage, sizeof v6);
        endpoint.address.v6 = true;
        std::memcpy(endpoint.address.bytes.data(), &v6.sin6_addr, sizeof v6.sin6_addr);
        endpoint.port = ntohs(v6.sin6_port);
    } else if (family() == AF_INET) {
        sockaddr_in v4;
        std::memcpy(&v4, &storage, sizeof v4);
        std::memcpy(endpoint.address.bytes.data(), &v4.sin_addr, sizeof v4.sin_addr);
        endpoint.port = ntohs(v4.sin_port);
    }
    return endpoint;
}

Endpoint local_endpoint(int socket)
{
    SocketAddress address;
    if (::getsockname(socket, address.get(), &address.length) != 0) return {};
    return address.endpoint();
}

}  // namespace shoal::net
