#pragma once

#include "net/descriptor.hpp"

#include <shoal/endpoint.hpp>
#include <shoal/result.hpp>

namespace shoal::net {

// `type` is SOCK_STREAM or SOCK_DGRAM; the family is that of the address. Non-blocking, closed on exec.
Result<Descriptor> open_socket(int type, const Address& address);

// The same, bound. A stream's port can be taken again while old connections linger; IPv6 is IPv6 alone.
Result<Descriptor> open_bound_socket(int type, const Endpoint& local);

}  // namespace shoal::net
