#pragma once

#include <shoal/bytes.hpp>
#include <shoal/result.hpp>

#include <string>

namespace shoal::state {

// Writes the octets beside their place and renames them into it: a file that exists is a whole one, the old or the new. Blocks.
// Errors name the path: permission_denied, disk_full, io_error. [any]
Result<void> write_whole_file(const std::string& path, ByteView octets);

// An empty file that only we may read, in place of whatever has its name: for SQLite, which wants one or none. Blocks. Errors as above. [any]
Result<void> begin_private_file(const std::string& path);

// What was written of it is on the disk. Blocks. Errors as above. [any]
Result<void> sync_file(const std::string& path);

}  // namespace shoal::state
