#pragma once

#include <shoal/endpoint.hpp>

#include <cstdint>

namespace shoal::torrent {

// The canonical priority of a connection (BEP 40): the same for both ends, so that a full swarm keeps the same connections on
// both sides, and unforeseeable enough to make a well mixed graph. Of two families: 0.
std::uint32_t peer_priority(const Endpoint& a, const Endpoint& b);

}  // namespace shoal::torrent
