#pragma once

#include <shoal/endpoint.hpp>

#include <algorithm>

namespace shoal::torrent {

// Whom a limit for one address takes together: the address, mapped or not, and of IPv6 its /64, which is what one customer has.
inline Address neighbourhood(const Address& address)
{
    auto shared = address.unmapped();
    if (shared.v6 && !shared.is_loopback()) std::fill(shared.bytes.begin() + 8, shared.bytes.end(), std::byte{0});
    return shared;
}

}  // namespace shoal::torrent
