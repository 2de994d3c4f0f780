#include "torrent/peer_priority.hpp"

#include <shoal/crc32c.hpp>

#include <algorithm>
#include <utility>

namespace shoal::torrent {

namespace {

constexpr std::byte half_mask{0x55};

// How much of the two addresses is the same decides how much of each counts.
Bytes masked(const Address& address, std::size_t kept)
{
    Bytes octets(address.view().begin(), address.view().end());
    for (std::size_t i = kept; i < octets.size(); ++i) octets[i] &= half_mask;
    return octets;
}

std::size_t kept_octets(const Address& a, const Address& b)
{
    const auto same = [&](std::size_t count) { return std::ranges::equal(a.view().first(count), b.view().first(count)); };
    const std::size_t base = a.v6 ? 6 : 2;
    if (!same(base)) return base;
    return same(base + 1) ? base + 2 : base + 1;
}

Bytes port_octets(const Endpoint& endpoint)
{
    Bytes octets(2);
    store_be(octets.data(), endpoint.port);
    return octets;
}

}  // namespace

std::uint32_t peer_priority(const Endpoint& a, const Endpoint& b)
{
    if (a.address.v6 != b.address.v6) return 0;
    const bool is_one_host = a.address == b.address;
    const std::size_t kept = is_one_host ? 0 : kept_octets(a.address, b.address);
    Bytes first = is_one_host ? port_octets(a) : masked(a.address, kept);
    Bytes second = is_one_host ? port_octets(b) : masked(b.address, kept);
    if (second < first) std::swap(first, second);
    first.insert(first.end(), second.begin(), second.end());
    return crc32c(first);
}

}  // namespace shoal::torrent
