#include "net/tcp_listener.hpp"

#include "net/live_loop.hpp"
#include "net/open_socket.hpp"
#include "net/socket_address.hpp"
#include "net/socket_error.hpp"
#include "net/tcp_stream.hpp"

#include <cerrno>
#include <chrono>
#include <optional>

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

// It is kept alive through its own event, in which the listener may be destroyed.
class TcpListener::Acceptor final : public WatchedDescriptor::Events,
                                    public std::enable_shared_from_this<Acceptor> {
public:
    Acceptor(LiveLoop& loop, Descriptor socket, environment::Network::Accepted accepted)
        : local(local_endpoint(socket.number())), loop_(loop), rest_(loop), accepted_(std::move(accepted))
    {
        socket_.emplace(loop, std::move(socket));
        socket_->set_events(this);
        socket_->want_read(true);
    }

    void close()
    {
        socket_.reset();
        rest_.cancel();
    }

    void on_readable() override
    {
        const auto self = shared_from_this();
        for (int i = 0; i < accepts_per_event && socket_; ++i) {
            SocketAddress from;
            Descriptor accepted(
                ::accept4(socket_->number(), from.get(), &from.length, SOCK_NONBLOCK | SOCK_CLOEXEC));
            if (accepted.is_open()) {
                accepted_(TcpStream::adopt(loop_, std::move(accepted), from.endpoint()));
            } else if (errno == EAGAIN) {
                return;
            } else if (!is_of_one_connection(errno)) {
                return rest_a_while();
            }
        }
    }

    void on_writable() override {}

    const Endpoint local;

private:
    // Out of descriptors or memory: the connection stays in the backlog, and asking at once again would spin.
    void rest_a_while()
    {
        socket_->want_read(false);
        rest_.start(rest, [this] { socket_->want_read(true); });
    }

    LiveLoop& loop_;
    environment::Timer rest_;
    environment::Network::Accepted accepted_;
    std::optional<WatchedDescriptor> socket_;
};

Result<std::unique_ptr<environment::Listener>> TcpListener::open(LiveLoop& loop, const Endpoint& local,
                                                                 environment::Network::Accepted accepted)
{
    auto socket = open_bound_socket(SOCK_STREAM, local);
    if (!socket) return socket.error();
    if (::listen(socket->number(), SOMAXCONN) != 0) {
        return socket_error(errno, "listen on " + local.to_string());
    }
    auto acceptor = std::make_shared<Acceptor>(loop, std::move(*socket), std::move(accepted));
    return std::unique_ptr<environment::Listener>(new TcpListener(std::move(acceptor)));
}

TcpListener::TcpListener(std::shared_ptr<Acceptor> acceptor) : acceptor_(std::move(acceptor)) {}

TcpListener::~TcpListener()
{
    acceptor_->close();
}

Endpoint TcpListener::local() const
{
    return acceptor_->local;
}

}  // namespace shoal::net
