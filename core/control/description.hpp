#pragma once

#include "control/registry.hpp"
#include "control/schema.hpp"
#include "control/value.hpp"

namespace shoal::control {

// A schema as a value, for those who ask what there is.
Value description_of(const MethodSchema& method, const About& about = {});
Value description_of(const EventSchema& event, std::string_view plugin = {});

}  // namespace shoal::control
