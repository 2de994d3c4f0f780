#pragma once

#include "environment/network.hpp"

namespace shoal::disk {

// Can the region be sent without waiting for a disk? Asks the page cache about its last octet; a file system that cannot say
// (tmpfs among them) counts as yes. False also at an end of file that came too early. [any]
bool is_resident(const environment::FileRegion& region);

}  // namespace shoal::disk
