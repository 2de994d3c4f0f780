#include "contact.hpp"

#include <shoal/local_network.hpp>

#include <algorithm>

namespace shoal::dht {

std::vector<Contact> read_contacts(ByteView compact, bool is_v6)
{
    const auto size = is_v6 ? Contact::compact6_size : Contact::compact4_size;
    std::vector<Contact> contacts;
    if (compact.size() % size != 0) return contacts;
    for (; !compact.empty(); compact = compact.subspan(size)) {
        const auto id = NodeId::from(compact.first(NodeId::size));
        const auto where = compact.subspan(NodeId::size, size - NodeId::size);
        const auto endpoint = is_v6 ? Endpoint::from_compact6(where) : Endpoint::from_compact4(where);
        contacts.push_back({*id, *endpoint});
    }
    return contacts;
}

Bytes write_contacts(const std::vector<Contact>& contacts)
{
    Bytes compact;
    for (const auto& contact : contacts) {
        compact.insert(compact.end(), contact.id.bytes.begin(), contact.id.bytes.end());
        contact.endpoint.append_compact(compact);
    }
    return compact;
}

bool is_usable(const Endpoint& endpoint)
{
    const auto& address = endpoint.address;
    if (endpoint.port == 0 || address.is_unspecified() || address.is_multicast()) return false;
    if (address.v6) return address == address.unmapped();
    const auto value = load_be<std::uint32_t>(address.bytes.data());
    return value >> 24 != 0 && value >> 28 != 0xf; // "this network", and what is reserved or broadcast
}

bool may_name(const Address& teller, const Endpoint& named)
{
    if (!is_usable(named)) return false;
    if (is_own_address(named.address)) return is_own_address(teller);
    return !named.address.is_private() || is_local_address(teller);
}

Address network_of(const Address& address)
{
    if (is_local_address(address)) return address;
    auto network = address;
    std::fill(network.bytes.begin() + (address.v6 ? 8 : 3), network.bytes.end(), std::byte{0});
    return network;
}

Endpoint origin_of(const Endpoint& endpoint)
{
    if (is_own_address(endpoint.address)) return endpoint;
    return {endpoint.address.v6 ? network_of(endpoint.address) : endpoint.address, 0};
}

} // namespace shoal::dht
