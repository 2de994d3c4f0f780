// The methods and events of the service, in words.
#pragma once

#include <shoal/schema.hpp>

#include <vector>

namespace shoal::feed_rules {

MethodSchema load_schema();
MethodSchema list_schema();
MethodSchema test_schema();
MethodSchema why_schema();
MethodSchema release_schema();
MethodSchema compare_schema();
MethodSchema import_schema();
MethodSchema decisions_schema();
MethodSchema seen_list_schema();
MethodSchema seen_has_schema();
MethodSchema seen_forget_schema();
MethodSchema seen_learn_schema();
std::vector<EventSchema> event_schemas();

} // namespace shoal::feed_rules
