// What the methods of the DHT take, give and may fail with.
#pragma once

#include <shoal/schema.hpp>

namespace shoal::dht {

MethodSchema lookup_schema();
MethodSchema announce_schema();
MethodSchema get_schema();
MethodSchema put_schema();
MethodSchema sample_schema();
MethodSchema ping_schema();
MethodSchema stats_schema();

} // namespace shoal::dht
