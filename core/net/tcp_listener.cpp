#include "net/tcp_listener.hpp"

#include "net/acceptor.hpp"
#include "net/live_loop.hpp"
#include "net/open_socket.hpp"
#include "net/socket_error.hpp"
#include "net/tcp_stream.hpp"

#include <cerrno>

#include <sys/socket.h>

namespace shoal::net {

Result<std::unique_ptr<environment::Listener>> TcpListener::open(LiveLoop& loop, const Endpoint& local,
                                                                 environment::Network::Accepted accepted)
{
    auto socket = open_bound_socket(SOCK_STREAM, local);
    if (!socket) return socket.error();
    if (::listen(socket->number(), SOMAXCONN) != 0) {
        return socket_error(errno, "listen on " + local.to_string());
    }
    const auto bound = local_endpoint(socket->number());
    auto take = [&loop, accepted = std::move(accepted)](Descriptor connection, const SocketAddress& from) mutable {
        accepted(TcpStream::adopt(loop, std::move(connection), from.endpoint()));
    };
    auto acceptor = std::make_shared<Acceptor>(loop, std::move(*socket), std::move(take));
    return std::unique_ptr<environment::Listener>(new TcpListener(bound, std::move(acceptor)));
}

TcpListener::TcpListener(const Endpoint& local, std::shared_ptr<Acceptor> acceptor)
    : local_(local), acceptor_(std::move(acceptor))
{}

TcpListener::~TcpListener()
{
    acceptor_->close();
}

}  // namespace shoal::net
