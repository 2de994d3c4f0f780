#include "net/datagram_receiver.hpp"

#include "net/socket_address.hpp"

#include <cerrno>

#include <sys/socket.h>

namespace shoal::net {

namespace {

constexpr int datagrams_per_event = 64;
constexpr std::size_t largest_datagram = 65'536;

}  // namespace

DatagramReceiver::DatagramReceiver(LiveLoop& loop, Descriptor socket,
                                   environment::Network::Received received)
    : buffer_(std::make_unique_for_overwrite<std::byte[]>(largest_datagram)), received_(std::move(received))
{
    socket_.emplace(loop, std::move(socket));
    socket_->set_events(this);
    socket_->want_read(true);
}

void DatagramReceiver::on_readable()
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

}  // namespace shoal::net
