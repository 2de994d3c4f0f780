#include "net/acceptor.hpp"

#include "net/live_loop.hpp"

#include <cerrno>
#include <chrono>

#include <sys/socket.h>

namespace shoal::net {

namespace {

constexpr int accepts_per_event = 64;
constexpr auto rest = std::chrono::milliseconds{100};

// Of the connection that was to be accepted, not of the listener: accept(2) says to treat them like a retry.
bool is_of_one_connection(int number)
{
    switch (number) {
    case ECONNABORTED:
    case EINTR:
    case EPERM:
    case EPROTO:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case EOPNOTSUPP:
    case ENETDOWN:
    case ENETUNREACH: return true;
    default: return false;
    }
}

}  // namespace

Acceptor::Acceptor(LiveLoop& loop, Descriptor socket, Accepted accepted)
    : rest_(loop), accepted_(std::move(accepted))
{
    socket_.emplace(loop, std::move(socket));
    socket_->set_events(this);
    socket_->want_read(true);
}

void Acceptor::close()
{
    socket_.reset();
    rest_.cancel();
}

void Acceptor::on_readable()
{
    const auto self = shared_from_this();
    for (int i = 0; i < accepts_per_event && socket_; ++i) {
        SocketAddress from;
        Descriptor accepted(::accept4(socket_->number(), from.get(), &from.length, SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (accepted.is_open()) {
            accepted_(std::move(accepted), from);
        } else if (errno == EAGAIN) {
            return;
        } else if (!is_of_one_connection(errno)) {
            return rest_a_while();
        }
    }
}

// Out of descriptors or memory: the connection stays in the backlog, and asking at once again would spin.
void Acceptor::rest_a_while()
{
    socket_->want_read(false);
    rest_.start(rest, [this] { socket_->want_read(true); });
}

}  // namespace shoal::net
