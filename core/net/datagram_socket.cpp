#include "net/datagram_socket.hpp"

#include "net/datagram_receiver.hpp"
#include "net/open_socket.hpp"
#include "net/socket_address.hpp"

#include <sys/socket.h>

namespace shoal::net {

Result<std::unique_ptr<environment::DatagramSocket>> UdpSocket::open(LiveLoop& loop, const Endpoint& local,
                                                                     environment::Network::Received received)
{
    auto socket = open_bound_socket(SOCK_DGRAM, local);
    if (!socket) return socket.error();
    const auto bound = local_endpoint(socket->number());
    auto receiver = std::make_shared<DatagramReceiver>(loop, std::move(*socket), std::move(received));
    return std::unique_ptr<environment::DatagramSocket>(new UdpSocket(bound, std::move(receiver)));
}

UdpSocket::UdpSocket(const Endpoint& local, std::shared_ptr<DatagramReceiver> receiver)
    : local_(local), receiver_(std::move(receiver))
{
}

UdpSocket::~UdpSocket()
{
    receiver_->close();
}

void UdpSocket::send(const Endpoint& to, ByteView datagram)
{
    const SocketAddress address(to);
    ::sendto(receiver_->number(), datagram.data(), datagram.size(), MSG_NOSIGNAL, address.get(),
             address.length);
}

}  // namespace shoal::net
