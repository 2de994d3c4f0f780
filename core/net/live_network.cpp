#include "net/live_network.hpp"

#include "net/datagram_socket.hpp"
#include "net/group_socket.hpp"
#include "net/tcp_listener.hpp"

namespace shoal::net {

environment::OperationId LiveNetwork::connect(const Endpoint& to, environment::Duration timeout,
                                              Connected done)
{
    return connector_.connect(to, timeout, std::move(done));
}

void LiveNetwork::cancel_connect(environment::OperationId operation)
{
    connector_.cancel(operation);
}

Result<std::unique_ptr<environment::Listener>> LiveNetwork::listen(const Endpoint& local, Accepted accepted)
{
    return TcpListener::open(loop_, local, std::move(accepted));
}

Result<std::unique_ptr<environment::DatagramSocket>> LiveNetwork::open_datagram(const Endpoint& local,
                                                                                Received received)
{
    return UdpSocket::open(loop_, local, std::move(received));
}

Result<std::unique_ptr<environment::DatagramSocket>> LiveNetwork::open_group(const Endpoint& group,
                                                                             Received received)
{
    auto interfaces = [v6 = group.address.is_v6()] { return multicast_interfaces(v6); };
    return GroupSocket::open(loop_, {.group = group, .interfaces = std::move(interfaces)}, std::move(received));
}

}  // namespace shoal::net
