// What the methods of the feeds take, give and may fail with, and what their events carry.
#pragma once

#include <shoal/schema.hpp>

namespace shoal::rss {

MethodSchema add_schema();
MethodSchema remove_schema();
MethodSchema list_schema();
MethodSchema refresh_schema();
MethodSchema items_schema();
MethodSchema load_schema();
MethodSchema parse_schema();
MethodSchema bodies_schema();
MethodSchema search_schema();

EventSchema item_event();
EventSchema error_event();
EventSchema refreshed_event();

} // namespace shoal::rss
