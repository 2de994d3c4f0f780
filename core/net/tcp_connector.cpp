#include "net/tcp_connector.hpp"

#include "net/live_loop.hpp"
#include "net/open_socket.hpp"
#include "net/socket_address.hpp"
#include "net/socket_error.hpp"
#include "net/tcp_stream.hpp"

#include <cerrno>
#include <optional>

#include <sys/socket.h>

namespace shoal::net {

namespace {

using Outcome = Result<std::unique_ptr<environment::Stream>>;

std::string connecting_to(const Endpoint& to)
{
    return "connect to " + to.to_string();
}

}  // namespace

// One connection under way. Whatever ends it, it is the timer or the socket that says so: never inline.
class TcpConnector::Attempt final : public WatchedDescriptor::Events {
public:
    Attempt(TcpConnector& connector, environment::OperationId operation, const Endpoint& to)
        : connector_(connector), operation_(operation), to_(to), timer_(connector.loop_)
    {}

    void start(environment::Duration timeout)
    {
        auto socket = open_socket(SOCK_STREAM, to_.address);
        if (!socket) return fail_soon(socket.error());
        const SocketAddress address(to_);
        if (::connect(socket->number(), address.get(), address.length) != 0 && errno != EINPROGRESS) {
            return fail_soon(socket_error(errno, connecting_to(to_)));
        }
        socket_.emplace(connector_.loop_, std::move(*socket));
        socket_->set_events(this);
        socket_->want_write(true);
        timer_.start(timeout, [this] {
            finish(make_error(Errc::timed_out, connecting_to(to_) + ": no answer in time"));
        });
    }

    void on_readable() override {}

    void on_writable() override
    {
        int number = 0;
        socklen_t length = sizeof number;
        ::getsockopt(socket_->number(), SOL_SOCKET, SO_ERROR, &number, &length);
        if (number != 0) return finish(socket_error(number, connecting_to(to_)));
        SocketAddress peer;
        if (::getpeername(socket_->number(), peer.get(), &peer.length) != 0) return;  // not yet
        // Where nobody listens on this machine, the kernel may pick that port as our end and connect us to us.
        if (local_endpoint(socket_->number()) == to_) {
            return finish(socket_error(ECONNREFUSED, connecting_to(to_)));
        }
        finish(TcpStream::adopt(connector_.loop_, socket_->release(), to_));
    }

    environment::Network::Connected done;

private:
    void fail_soon(Error error)
    {
        timer_.start({}, [this, error = std::move(error)] { finish(error); });
    }

    // Destroys this.
    void finish(Outcome outcome) { connector_.finish(operation_, std::move(outcome)); }

    TcpConnector& connector_;
    const environment::OperationId operation_;
    const Endpoint to_;
    environment::Timer timer_;
    std::optional<WatchedDescriptor> socket_;
};

TcpConnector::TcpConnector(LiveLoop& loop) : loop_(loop) {}

TcpConnector::~TcpConnector() = default;

environment::OperationId TcpConnector::connect(const Endpoint& to, environment::Duration timeout,
                                               environment::Network::Connected done)
{
    const environment::OperationId operation{next_operation_++};
    auto attempt = std::make_unique<Attempt>(*this, operation, to);
    attempt->done = std::move(done);
    attempt->start(timeout);
    attempts_.emplace(operation, std::move(attempt));
    return operation;
}

void TcpConnector::cancel(environment::OperationId operation)
{
    attempts_.extract(operation);
}

void TcpConnector::finish(environment::OperationId operation, Outcome outcome)
{
    auto done = std::move(attempts_.at(operation)->done);
    attempts_.erase(operation);
    done(std::move(outcome));
}

}  // namespace shoal::net
