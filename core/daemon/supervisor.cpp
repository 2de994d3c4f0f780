#include "daemon/supervisor.hpp"

#include "net/descriptor.hpp"

#include <shoal/utf8.hpp>

#include <fmt/format.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <ctime>
#include <system_error>

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

namespace shoal::daemon {

namespace {

std::optional<std::uint64_t> number_in(const Variables& variables, std::string_view name)
{
    const auto* text = find(variables, name);
    if (text == nullptr) return std::nullopt;
    std::uint64_t number = 0;
    const auto* end = text->data() + text->size();
    const auto [rest, problem] = std::from_chars(text->data(), end, number);
    return problem == std::errc{} && rest == end ? std::optional(number) : std::nullopt;
}

std::optional<environment::Duration> interval(const Variables& variables)
{
    constexpr std::uint64_t longest = 1'000'000ULL * 86400 * 365;
    const auto allowed = number_in(variables, "WATCHDOG_USEC");
    if (!allowed || *allowed == 0 || *allowed > longest) return std::nullopt;
    // Meant for another process, whose environment we inherited.
    if (find(variables, "WATCHDOG_PID") != nullptr && number_in(variables, "WATCHDOG_PID") != static_cast<std::uint64_t>(::getpid())) {
        return std::nullopt;
    }
    return std::chrono::microseconds{*allowed / 2};
}

std::uint64_t monotonic_microseconds()
{
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000 + static_cast<std::uint64_t>(now.tv_nsec) / 1000;
}

std::string status_line(std::string_view text)
{
    return fmt::format("STATUS={}", printable(text));  // a line feed would begin another word of the protocol
}

struct UnixAddress {
    sockaddr_un storage{};
    socklen_t length = 0;
};

// "@name": in the abstract namespace, which begins with a null octet and has none at the end.
UnixAddress unix_address(const std::string& name)
{
    UnixAddress address;
    address.storage.sun_family = AF_UNIX;
    std::memcpy(address.storage.sun_path, name.data(), name.size());
    const bool is_abstract = name.front() == '@';
    if (is_abstract) address.storage.sun_path[0] = '\0';
    address.length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size() + (is_abstract ? 0 : 1));
    return address;
}

Error cannot_tell(const std::string& address, int number)
{
    const auto code = number == ENOENT || number == ECONNREFUSED ? Errc::not_found
                      : number == EACCES || number == EPERM      ? Errc::permission_denied
                                                                 : Errc::io_error;
    return make_error(code, fmt::format("cannot tell the service manager at {} how we are: {}", printable(address),
                                        std::generic_category().message(number)));
}

}  // namespace

Supervisor::Supervisor(const Variables& variables) : alive_interval_(interval(variables))
{
    const auto* address = find(variables, "NOTIFY_SOCKET");
    if (address == nullptr) return;
    const bool is_known = address->front() == '/' || address->front() == '@';
    if (is_known && address->size() < sizeof(sockaddr_un::sun_path)) address_ = *address;
}

Result<void> Supervisor::send(const std::string& message) const
{
    if (!is_there()) return {};
    const net::Descriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!socket.is_open()) return cannot_tell(address_, errno);
    const timeval patience{.tv_sec = 1, .tv_usec = 0};
    ::setsockopt(socket.number(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    const auto to = unix_address(address_);
    const auto sent = ::sendto(socket.number(), message.data(), message.size(), MSG_NOSIGNAL,
                               reinterpret_cast<const sockaddr*>(&to.storage), to.length);
    if (sent < 0) return cannot_tell(address_, errno);
    return {};
}

Result<void> Supervisor::ready(std::string_view status)
{
    return send("READY=1\n" + status_line(status));
}

Result<void> Supervisor::reloading()
{
    return send(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", monotonic_microseconds()));
}

Result<void> Supervisor::stopping(std::string_view status)
{
    return send("STOPPING=1\n" + status_line(status));
}

Result<void> Supervisor::status(std::string_view text)
{
    return send(status_line(text));
}

Result<void> Supervisor::alive()
{
    return send("WATCHDOG=1");
}

}  // namespace shoal::daemon
