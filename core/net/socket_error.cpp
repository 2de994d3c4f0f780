#include "net/socket_error.hpp"

#include <cerrno>
#include <system_error>

namespace shoal::net {

namespace {

Errc code_of(int number)
{
    switch (number) {
    case ECONNREFUSED: return Errc::refused;
    case ETIMEDOUT: return Errc::timed_out;
    case EACCES:
    case EPERM: return Errc::permission_denied;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM: return Errc::limit_exceeded;
    case EAFNOSUPPORT: return Errc::unsupported;
    case EIO: return Errc::io_error;
    default: return Errc::network_error;
    }
}

}  // namespace

Error socket_error(int number, const std::string& doing)
{
    return make_error(code_of(number), doing + ": " + std::generic_category().message(number));
}

}  // namespace shoal::net
