#include "socket.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace shoal::bench {

namespace {

sockaddr_in address_of(std::string_view endpoint)
{
    const auto colon = endpoint.rfind(':');
    sockaddr_in address{};
    address.sin_family = AF_INET;
    const auto host = std::string(endpoint.substr(0, colon));
    if (colon == std::string_view::npos || inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1) {
        errno = EINVAL;
        give_up(endpoint);
    }
    const auto port = std::string(endpoint.substr(colon + 1));
    address.sin_port = htons(static_cast<std::uint16_t>(std::strtoul(port.c_str(), nullptr, 10)));
    return address;
}

Descriptor tcp_socket()
{
    const int number = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (number < 0) give_up("socket");
    const int on = 1;
    setsockopt(number, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(number, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    return Descriptor(number);
}

bool is_hang_up(int error)
{
    return error == EPIPE || error == ECONNRESET;
}

} // namespace

void give_up(std::string_view what)
{
    std::fprintf(stderr, "%.*s: %s\n", static_cast<int>(what.size()), what.data(), std::strerror(errno));
    std::exit(1);
}

Descriptor::~Descriptor()
{
    if (number_ >= 0) close(number_);
}

Descriptor listen_on(std::string_view endpoint)
{
    auto listener = tcp_socket();
    const auto address = address_of(endpoint);
    if (bind(listener.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0)
        give_up("bind");
    if (listen(listener.number(), 8) < 0) give_up("listen");
    return listener;
}

Descriptor accept_from(const Descriptor& listener)
{
    const int number = accept4(listener.number(), nullptr, nullptr, SOCK_CLOEXEC);
    if (number < 0) give_up("accept");
    const int on = 1;
    setsockopt(number, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return Descriptor(number);
}

Descriptor connect_to(std::string_view endpoint)
{
    const auto address = address_of(endpoint);
    for (int attempt = 0; attempt < 100; ++attempt) {
        auto socket = tcp_socket();
        if (connect(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
            return socket;
        usleep(50'000);
    }
    give_up("connect");
}

bool send_all(const Descriptor& socket, std::span<const std::byte> bytes, bool more)
{
    while (!bytes.empty()) {
        const int flags = MSG_NOSIGNAL | (more ? MSG_MORE : 0);
        const auto sent = send(socket.number(), bytes.data(), bytes.size(), flags);
        if (sent < 0 && is_hang_up(errno)) return false;
        if (sent < 0) give_up("send");
        bytes = bytes.subspan(static_cast<std::size_t>(sent));
    }
    return true;
}

bool send_file(const Descriptor& socket, const Descriptor& file, std::uint64_t offset, std::size_t length)
{
    auto position = static_cast<off_t>(offset);
    while (length > 0) {
        const auto sent = sendfile(socket.number(), file.number(), &position, length);
        if (sent < 0 && is_hang_up(errno)) return false;
        if (sent <= 0) give_up("sendfile");
        length -= static_cast<std::size_t>(sent);
    }
    return true;
}

std::size_t receive_some(const Descriptor& socket, std::span<std::byte> room)
{
    const auto received = recv(socket.number(), room.data(), room.size(), 0);
    if (received < 0 && is_hang_up(errno)) return 0;
    if (received < 0) give_up("recv");
    return static_cast<std::size_t>(received);
}

Descriptor open_to_read(const char* path)
{
    const int number = open(path, O_RDONLY | O_CLOEXEC);
    if (number < 0) give_up(path);
    return Descriptor(number);
}

std::uint64_t size_of(const Descriptor& file)
{
    struct stat facts{};
    if (fstat(file.number(), &facts) < 0) give_up("fstat");
    return static_cast<std::uint64_t>(facts.st_size);
}

void tell(std::string_view line)
{
    std::printf("%.*s\n", static_cast<int>(line.size()), line.data());
    std::fflush(stdout);
}

} // namespace shoal::bench
