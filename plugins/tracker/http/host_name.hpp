// What the host part of a URL, or the "ip" of a peer, is: an address, a name, or neither.
#pragma once

#include <shoal/endpoint.hpp>

#include <string_view>

namespace shoal::http_tracker {

/// A host name as DNS carries it, in ASCII, at most 253 characters. A name whose last label looks like a
/// number is none: resolvers and URL parsers read 2130706433, 0x7f.1 and 127.1 as addresses, each its own
/// way.
[[nodiscard]] bool is_host_name(std::string_view text);

// Both take a host name in lower case, without a dot at its end.

/// localhost and what is below it (RFC 6761).
[[nodiscard]] bool is_own_name(std::string_view name);

/// All of is_own_name(), and what does not leave the local network: .local (RFC 6762), .home.arpa (RFC 8375),
/// .internal, and names without a dot.
[[nodiscard]] bool is_local_name(std::string_view name);

} // namespace shoal::http_tracker
