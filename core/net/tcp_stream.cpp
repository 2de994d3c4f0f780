#include "net/tcp_stream.hpp"

#include "net/socket_address.hpp"
#include "net/socket_error.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

namespace shoal::net {

using environment::IoOutcome;
using environment::IoState;

namespace {

struct Vector {
    std::array<iovec, 64> parts;
    std::size_t count = 0;
    bool is_empty = true;
};

// Const is cast away for the kernel's one iovec type; a write does not touch the octets.
template <class Buffers>
Vector gather(Buffers buffers)
{
    Vector vector;
    for (const auto& buffer : buffers.first(std::min(buffers.size(), vector.parts.size()))) {
        vector.parts[vector.count++] = {const_cast<std::byte*>(buffer.data()), buffer.size()};
        vector.is_empty = vector.is_empty && buffer.empty();
    }
    return vector;
}

msghdr message_of(Vector& vector)
{
    msghdr message{};
    message.msg_iov = vector.parts.data();
    message.msg_iovlen = vector.count;
    return message;
}

IoOutcome moved(ssize_t count)
{
    return {static_cast<std::size_t>(count), IoState::ready};
}

}  // namespace

std::unique_ptr<environment::Stream> TcpStream::adopt(LiveLoop& loop, Descriptor socket,
                                                      const Endpoint& remote)
{
    return std::make_unique<TcpStream>(loop, std::move(socket), remote);
}

TcpStream::TcpStream(LiveLoop& loop, Descriptor socket, const Endpoint& remote)
    : socket_(loop, std::move(socket)), local_(local_endpoint(socket_.number())), remote_(remote)
{
    // Small messages are gathered by whoever writes; Nagle would only delay the last one.
    const int on = 1;
    ::setsockopt(socket_.number(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

IoOutcome TcpStream::read(std::span<const MutableBytes> buffers)
{
    auto vector = gather(buffers);
    if (vector.is_empty) return {};
    auto message = message_of(vector);
    const auto count = vector.count == 1
                           ? ::recv(socket_.number(), vector.parts[0].iov_base, vector.parts[0].iov_len, 0)
                           : ::recvmsg(socket_.number(), &message, 0);
    if (count > 0) return moved(count);
    if (count == 0) return {0, IoState::closed};
    return stopped(false);
}

IoOutcome TcpStream::write(std::span<const ByteView> buffers, bool more_follows)
{
    auto vector = gather(buffers);
    if (vector.is_empty) return {};
    auto message = message_of(vector);
    const bool is_cut = buffers.size() > vector.count;
    const auto count =
        ::sendmsg(socket_.number(), &message, MSG_NOSIGNAL | (more_follows || is_cut ? MSG_MORE : 0));
    return count >= 0 ? moved(count) : stopped(true);
}

IoOutcome TcpStream::send_file(const environment::FileRegion& region)
{
    if (region.length == 0) return {};
    auto offset = static_cast<off_t>(region.offset);
    const auto count = ::sendfile(socket_.number(), region.descriptor, &offset, region.length);
    if (count > 0) return moved(count);
    if (count == 0) {
        // The file is shorter than its region.
        errno = ENODATA;
        return file_stopped();
    }
    const bool is_about_file = errno == EIO || errno == EBADF || errno == EINVAL || errno == EOVERFLOW;
    return is_about_file ? file_stopped() : stopped(true);
}

IoOutcome TcpStream::stopped(bool writing)
{
    const int number = errno;
    if (number == EAGAIN || number == EINTR) return {0, IoState::would_block};
    if (failure_ == 0) failure_ = number;
    const bool is_gone = number == EPIPE || number == ECONNRESET;
    return {0, writing && is_gone ? IoState::closed : IoState::failed};
}

IoOutcome TcpStream::file_stopped()
{
    is_file_failure_ = true;
    failure_ = errno;
    return {0, IoState::failed};
}

Error TcpStream::error() const
{
    if (failure_ == 0) return {};
    if (!is_file_failure_) return socket_error(failure_, remote_.to_string());
    const auto file = "the file sent to " + remote_.to_string();
    if (failure_ == ENODATA) return make_error(Errc::io_error, file + " is shorter than expected");
    return make_error(Errc::io_error, socket_error(failure_, "read " + file).text);
}

}  // namespace shoal::net
