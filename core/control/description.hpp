#pragma once

#include "control/schema.hpp"
#include "control/value.hpp"

namespace shoal::control {

// A schema as a value, for those who ask what there is.
Value description_of(const MethodSchema& method);
Value description_of(const EventSchema& event);

}  // namespace shoal::control
