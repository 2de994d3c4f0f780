#include "net/datagram_socket.hpp"

#include "net/live_loop.hpp"
#include "net/open_socket.hpp"
#include "net/socket_address.hpp"
#include "net/watched_descriptor.hpp"

#include <cerrno>
#include <optional>

#include <sys/socket.h>

namespace shoal::net {

namespace {

constexpr int datagrams_per_event = 64;
constexpr std::size_t largest_datagram = 65'536;

}  // namespace

// It is kept alive through its own event, in which the socket may be destroyed.
class UdpSocket::Receiver final : public WatchedDescriptor::Events,
                                  public std::enable_shared_from_this<Receiver> {
public:
    Receiver(LiveLoop& loop, Descriptor socket, environment::Network::Received received)
        : local(local_endpoint(socket.number())),
          buffer_(std::make_unique_for_overwrite<std::byte[]>(largest_datagram)),
          received_(std::move(received))
    {
        socket_.emplace(loop, std::move(socket));
        socket_->set_events(this);
        socket_->want_read(true);
    }

    void close() { socket_.reset(); }

    void send(const Endpoint& to, ByteView datagram)
    {
        const SocketAddress address(to);
        ::sendto(socket_->number(), datagram.data(), datagram.size(), MSG_NOSIGNAL, address.get(),
                 address.length);
    }

    void on_readable() override
    {
        const auto self = shared_from_this();
        for (int i = 0; i < datagrams_per_event && socket_; ++i) {
            SocketAddress from;
            const auto length =
                ::recvfrom(socket_->number(), buffer_.get(), largest_datagram, 0, from.get(), &from.length);
            if (length >= 0) {
                received_(from.endpoint(), {buffer_.get(), static_cast<std::size_t>(length)});
            } else if (errno == EAGAIN) {
                return;
            }
            // Any other error is an ICMP message about something sent before; reading it took it away.
        }
    }

    void on_writable() override {}

    const Endpoint local;

private:
    std::unique_ptr<std::byte[]> buffer_;
    environment::Network::Received received_;
    std::optional<WatchedDescriptor> socket_;
};

Result<std::unique_ptr<environment::DatagramSocket>> UdpSocket::open(LiveLoop& loop, const Endpoint& local,
                                                                     environment::Network::Received received)
{
    auto socket = open_bound_socket(SOCK_DGRAM, local);
    if (!socket) return socket.error();
    auto receiver = std::make_shared<Receiver>(loop, std::move(*socket), std::move(received));
    return std::unique_ptr<environment::DatagramSocket>(new UdpSocket(std::move(receiver)));
}

UdpSocket::UdpSocket(std::shared_ptr<Receiver> receiver) : receiver_(std::move(receiver)) {}

UdpSocket::~UdpSocket()
{
    receiver_->close();
}

Endpoint UdpSocket::local() const
{
    return receiver_->local;
}

void UdpSocket::send(const Endpoint& to, ByteView datagram)
{
    receiver_->send(to, datagram);
}

}  // namespace shoal::net
