#pragma once

#include "control/schema.hpp"

#include <shoal/abi/schema.h>
#include <shoal/result.hpp>

namespace shoal::host::services {

// Copies what a plug-in says about a method or event, within the limits of abi/schema.h. Errors: bad_input, limit_exceeded and
// invalid_argument; the text names the field.
Result<control::MethodSchema> read_schema(const shoal_method_schema* raw);
Result<control::EventSchema> read_schema(const shoal_event_schema* raw);

}  // namespace shoal::host::services
