#pragma once

#include "environment/http.hpp"

#include <shoal/local_network.hpp>

#include <string_view>

namespace shoal::environment {

// May this path (without its query) be asked at this address?
inline bool allows(LocalTargets targets, const Address& address, std::string_view path)
{
    if (targets == LocalTargets::all || !is_local_address(address)) return true;
    return targets == LocalTargets::trackers && is_tracker_path(path, is_own_address(address));
}

}  // namespace shoal::environment
