#pragma once

#include "control/value.hpp"

#include <shoal/result.hpp>
#include <shoal/schema.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace shoal::control {

using shoal::EventSchema;
using shoal::Field;
using shoal::MethodSchema;

// Whether a schema makes sense: names are names, helps are lines, each field is there once, choices belong to texts, a fallback is what
// its own field takes and is not of a required one. Errors: invalid_argument.
Result<void> check_schema(const MethodSchema& schema);
Result<void> check_schema(const EventSchema& schema);
// The same of what is in each map of a method's answer; names may have dots. None has a fallback.
Result<void> check_rows(const MethodSchema& schema, const std::vector<Field>& rows);

// "any" for null.
std::string_view field_type_name(Value::Type type);

// The arguments in the schema's order, with the fallbacks filled in; one that is null counts as absent. Errors: invalid_argument,
// naming method and argument: unknown, missing, of the wrong type (text that is not UTF-8 and infinity are of none), or none of the choices.
Result<Value::Map> checked(const MethodSchema& schema, Value::Map arguments);

}  // namespace shoal::control
