#include "net/interfaces.hpp"

#include "net/socket_address.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <memory>

#include <ifaddrs.h>
#include <net/if.h>

namespace shoal::net {

namespace {

Address address_of(const sockaddr& raw)
{
    SocketAddress address;
    std::memcpy(&address.storage, &raw, raw.sa_family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in));
    return address.endpoint().address;
}

unsigned mask_length(const Address& mask)
{
    unsigned length = 0;
    for (const auto byte : mask.view()) length += static_cast<unsigned>(std::popcount(std::to_integer<unsigned>(byte)));
    return length;
}

bool can_multicast(const ifaddrs& entry)
{
    return (entry.ifa_flags & IFF_UP) != 0 && (entry.ifa_flags & (IFF_MULTICAST | IFF_LOOPBACK)) != 0;
}

// The other end of a point-to-point link is a neighbour, too, whatever the mask says.
std::vector<Subnet> subnets_of(const ifaddrs& entry)
{
    std::vector<Subnet> subnets;
    const auto own = address_of(*entry.ifa_addr);
    // The kernel leaves the family of an all-zero mask out.
    const bool has_mask = entry.ifa_netmask != nullptr && entry.ifa_netmask->sa_family == entry.ifa_addr->sa_family;
    subnets.push_back({own, has_mask ? mask_length(address_of(*entry.ifa_netmask)) : own.v6 ? 128U : 32U});
    const auto* far_end = (entry.ifa_flags & IFF_POINTOPOINT) != 0 ? entry.ifa_dstaddr : nullptr;
    if (far_end != nullptr && far_end->sa_family == entry.ifa_addr->sa_family) {
        subnets.push_back({address_of(*far_end), own.v6 ? 128U : 32U});
    }
    return subnets;
}

}  // namespace

std::vector<Interface> multicast_interfaces(bool v6)
{
    ifaddrs* list = nullptr;
    if (::getifaddrs(&list) != 0) return {};
    const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(list, &::freeifaddrs);
    std::vector<Interface> found;
    for (const auto* entry = list; entry != nullptr; entry = entry->ifa_next) {
        if (entry->ifa_addr == nullptr || entry->ifa_addr->sa_family != (v6 ? AF_INET6 : AF_INET)) continue;
        if (!can_multicast(*entry)) continue;
        const auto index = ::if_nametoindex(entry->ifa_name);
        if (index == 0) continue;  // it went in the meantime
        auto known = std::ranges::find(found, index, &Interface::index);
        if (known == found.end()) known = found.insert(found.end(), {index, entry->ifa_name, {}});
        for (const auto& subnet : subnets_of(*entry)) known->subnets.push_back(subnet);
    }
    return found;
}

}  // namespace shoal::net
