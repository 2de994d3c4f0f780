#pragma once

#include "environment/http.hpp"

#include <shoal/endpoint.hpp>

#include <algorithm>
#include <string_view>

namespace shoal::environment {

// This machine or its nearest neighbours: loopback and what means it, and link-local.
inline bool is_own_address(const Address& address)
{
    return address.is_loopback() || address.is_unspecified() || address.is_link_local();
}

inline bool is_local_address(const Address& address)
{
    return is_own_address(address) || address.is_private();
}

// "announce", "announce.php" and the like, or the "scrape" that is made of it.
inline bool is_tracker_component(std::string_view component)
{
    const bool begins_well = component.starts_with("announce") || component.starts_with("scrape");
    return begins_well && std::ranges::all_of(component, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.'
                      || c == '-' || c == '_';
           });
}

// May this path (without its query) be asked at this address? A torrent's tracker URL comes from a stranger, who
// may aim it at a service that trusts its own network: there the path ends in a tracker's component, which at an
// own address is the only one.
inline bool allows(LocalTargets targets, const Address& address, std::string_view path)
{
    if (targets == LocalTargets::all || !is_local_address(address)) return true;
    if (targets == LocalTargets::none) return false;
    const auto slash = path.rfind('/');
    if (slash == path.npos || (is_own_address(address) && slash != 0)) return false;
    return is_tracker_component(path.substr(slash + 1));
}

}  // namespace shoal::environment
