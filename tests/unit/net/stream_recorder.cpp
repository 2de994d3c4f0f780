#include "stream_recorder.hpp"

#include "net/socket_address.hpp"

#include <shoal/random.hpp>

#include <array>

namespace shoal::net::test {

using environment::IoState;

StreamPair connected_pair(Machine& machine)
{
    StreamPair pair;
    auto listener = machine.network.listen(loopback(), [&](auto stream) { pair.second = std::move(stream); });
    REQUIRE(listener);
    machine.network.connect((*listener)->local(), std::chrono::seconds{5}, [&](auto stream) {
        REQUIRE(stream);
        pair.first = std::move(*stream);
    });
    REQUIRE(machine.turn_until([&] { return pair.first && pair.second; }));
    return pair;
}

Descriptor raw_connection(const Endpoint& to)
{
    Descriptor socket(::socket(to.address.is_v6() ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const SocketAddress address(to);
    REQUIRE(::connect(socket.number(), address.get(), address.length) == 0);
    return socket;
}

StreamRecorder::StreamRecorder(std::unique_ptr<environment::Stream> end) : stream(std::move(end))
{
    stream->set_events(this);
    stream->want_read(true);
}

void StreamRecorder::send(ByteView octets)
{
    outbox.insert(outbox.end(), octets.begin(), octets.end());
    stream->want_write(true);
}

void StreamRecorder::on_readable()
{
    std::array<std::byte, 65'536> room;
    const auto buffer = MutableBytes(room);
    const auto outcome = stream->read({&buffer, 1});
    received.insert(received.end(), room.begin(), room.begin() + static_cast<std::ptrdiff_t>(outcome.bytes));
    last_read = outcome.state;
    if (last_read == IoState::closed || last_read == IoState::failed) stream->want_read(false);
}

void StreamRecorder::on_writable()
{
    const auto rest = ByteView(outbox).subspan(sent);
    const auto outcome = stream->write({&rest, 1}, false);
    sent += outcome.bytes;
    last_write = outcome.state;
    const bool is_over = last_write == IoState::closed || last_write == IoState::failed;
    if (has_sent_all() || is_over) stream->want_write(false);
}

Bytes sample(std::size_t length)
{
    Bytes octets(length);
    RandomStream(1, 2).fill(octets);
    return octets;
}

}  // namespace shoal::net::test
