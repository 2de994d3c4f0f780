#pragma once

#include "control/registry.hpp"

namespace shoal::control {

// The methods that need nothing but the registry, which outlives their calls: methods.list and events.list.
void offer_own_methods(Registry& registry);

}  // namespace shoal::control
