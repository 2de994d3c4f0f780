#pragma once

// Two peers that speak just enough of BEP 3 to be the other side of any client, as cheaply as it goes. Being
// the same for every client, they favour none.

#include <cstdint>
#include <string>

namespace shoal::bench {

/// Has all of the file at `path` (pieces of 1 MiB) and serves every peer that connects, one after another,
/// until killed. Prints "started" at the first request and "done" when it has sent a peer as many bytes as
/// there are.
/// `info_hash`: 40 hexadecimal digits.
void seed(const std::string& endpoint, const std::string& info_hash, const char* path);

/// Requests `size` bytes from the peer at `endpoint` in order and drops them.
/// Prints "started" when first unchoked and "done" when it has them all.
void fetch(const std::string& endpoint, const std::string& info_hash, std::uint64_t size);

} // namespace shoal::bench
