#pragma once

#include "control/schema.hpp"

#include <shoal/result.hpp>

#include <span>
#include <string>
#include <vector>

namespace shoal::control {

// Whether all that is asked for, as Filter::fields() says it, may be in the answer of the method: `rows` are its fields. One that may
// be absent is one of them; one that never is there would match nothing, and nobody would know why.
// Errors: invalid_argument, naming the field, the one that may be meant, and where all of them are told.
Result<void> check_fields(const MethodSchema& schema, const std::vector<Field>& rows, std::span<const std::string> asked);

}  // namespace shoal::control
