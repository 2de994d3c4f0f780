#pragma once

#include <shoal/endpoint.hpp>

#include <algorithm>
#include <string_view>

// What is near, and what a URL from a stranger may ask there: it may aim at a service that trusts its own network.
namespace shoal {

/// Loopback and what means it (unspecified), and link-local: this machine or its nearest neighbours.
inline bool is_own_address(const Address& address)
{
    return address.is_loopback() || address.is_unspecified() || address.is_link_local();
}

/// All of is_own_address(), and private networks.
inline bool is_local_address(const Address& address)
{
    return is_own_address(address) || address.is_private();
}

/// Is this endpoint of use to who is at `at`, and to be believed when he names it? It leads somewhere, and not into a local network
/// that he is not part of.
inline bool is_within_reach(const Endpoint& endpoint, const Address& at)
{
    const auto& address = endpoint.address;
    if (endpoint.port == 0 || address.is_unspecified() || address.is_multicast()) return false;
    if (address.is_loopback()) return at.is_loopback();
    return !is_local_address(address) || is_local_address(at);
}

/// Is this path (without its query) a tracker's, as far as a stranger may say so? Its last component is "announce",
/// "announce.php" and the like, or the "scrape" that is made of it; at an own address it is the only one.
inline bool is_tracker_path(std::string_view path, bool is_at_own_address)
{
    const auto slash = path.rfind('/');
    if (slash == path.npos || (is_at_own_address && slash != 0)) return false;
    const auto component = path.substr(slash + 1);
    const bool begins_well = component.starts_with("announce") || component.starts_with("scrape");
    return begins_well && std::ranges::all_of(component, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
                      c == '-' || c == '_';
           });
}

}  // namespace shoal
