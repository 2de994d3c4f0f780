#include "net/open_socket.hpp"

#include "net/socket_address.hpp"
#include "net/socket_error.hpp"

#include <cerrno>

#include <netinet/in.h>

namespace shoal::net {

namespace {

bool switch_on(int socket, int level, int option)
{
    const int on = 1;
    return ::setsockopt(socket, level, option, &on, sizeof on) == 0;
}

}  // namespace

Result<Descriptor> open_socket(int type, const Address& address)
{
    Descriptor socket(::socket(address.is_v6() ? AF_INET6 : AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket.is_open()) return socket_error(errno, "open a socket for " + address.to_string());
    return socket;
}

Result<Descriptor> open_bound_socket(int type, const Endpoint& local)
{
    auto socket = open_socket(type, local.address);
    if (!socket) return socket;
    const auto number = socket->number();
    const SocketAddress address(local);
    const bool is_bound = (!local.address.is_v6() || switch_on(number, IPPROTO_IPV6, IPV6_V6ONLY))
                          && (type != SOCK_STREAM || switch_on(number, SOL_SOCKET, SO_REUSEADDR))
                          && ::bind(number, address.get(), address.length) == 0;
    if (!is_bound) return socket_error(errno, "listen on " + local.to_string());
    return socket;
}

}  // namespace shoal::net
