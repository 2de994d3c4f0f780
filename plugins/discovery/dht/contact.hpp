// Contacts: nodes as others name them, an id and an endpoint, in the compact form of BEP 5 and BEP 32.
#pragma once

#include "node_id.hpp"

#include <shoal/bytes.hpp>
#include <shoal/endpoint.hpp>

#include <compare>
#include <cstddef>
#include <vector>

namespace shoal::dht {

struct Contact {
    static constexpr std::size_t compact4_size = NodeId::size + Endpoint::compact4_size;
    static constexpr std::size_t compact6_size = NodeId::size + Endpoint::compact6_size;

    NodeId id;
    Endpoint endpoint;

    friend bool operator==(const Contact&, const Contact&) = default;
};

/// 26 or 38 octets each. A string of another size has none: who cannot count is not to be believed.
[[nodiscard]] std::vector<Contact> read_contacts(ByteView compact, bool is_v6);

[[nodiscard]] Bytes write_contacts(const std::vector<Contact>& contacts);

/// A datagram can go there: a port, and an address of one host.
[[nodiscard]] bool is_usable(const Endpoint& endpoint);

/// May `teller` name this endpoint to us? Nobody far away knows what is near us, and who names such an address wants
/// us to knock at our neighbours' doors.
[[nodiscard]] bool may_name(const Address& teller, const Endpoint& named);

/// Whom an address is likely to share a master with: its /24 (IPv4) or /64 (IPv6). Local ones stand for themselves.
[[nodiscard]] Address network_of(const Address& address);

/// Who is held responsible for a datagram: an address, or its /64. On this machine many programs share an address,
/// there it is the port as well.
[[nodiscard]] Endpoint origin_of(const Endpoint& endpoint);

} // namespace shoal::dht
