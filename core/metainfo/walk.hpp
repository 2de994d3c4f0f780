// What lies below a path that is to be shared, in an order that does not depend on the machine.
#pragma once

#include <shoal/result.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace shoal::metainfo {

struct FoundFile {
    std::string path; // below the root, '/'-separated; empty: the root itself is a file
    std::uint64_t length = 0;
};

struct Found {
    std::vector<FoundFile> files;   // in the byte order of their paths
    std::vector<std::string> notes; // what was passed over: symbolic links, devices, sockets
};

/// Blocks. Errors: not_found, permission_denied, io_error, bad_input (neither a file nor a folder).
[[nodiscard]] Result<Found> walk(const std::string& root);

} // namespace shoal::metainfo
