#pragma once

#include "control/schema.hpp"
#include "control/value.hpp"

namespace shoal::rpc {

// A schema as a value, for those who ask what there is.
control::Value description_of(const control::MethodSchema& method);
control::Value description_of(const control::EventSchema& event);

}  // namespace shoal::rpc
