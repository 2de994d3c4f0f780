// Node ids: distances between them (BEP 5), and which of them an address may have (BEP 42).
// Ids, info-hashes and the targets of items are points of one space, so they are one type.
#pragma once

#include "random_source.hpp"

#include <shoal/endpoint.hpp>
#include <shoal/ids.hpp>

#include <cstdint>

namespace shoal::dht {

using NodeId = Hash20;

inline constexpr unsigned id_bits = 160;

/// How many bits from the first on are the same; 160: all of them.
[[nodiscard]] unsigned shared_bits(const NodeId& a, const NodeId& b) noexcept;

[[nodiscard]] bool is_closer(const NodeId& a, const NodeId& b, const NodeId& target) noexcept;

[[nodiscard]] NodeId random_id(RandomSource& random);

/// The first `bits` bits of `base`, then one that is not, then chance: an id of that bucket of `base`'s owner.
[[nodiscard]] NodeId random_id_in_bucket(const NodeId& base, unsigned bits, RandomSource& random);

/// An id that this address may have.
[[nodiscard]] NodeId id_for(const Address& address, RandomSource& random);

/// Local addresses are not seen by anybody who could check them: they may have any id.
[[nodiscard]] bool is_proper_id(const NodeId& id, const Address& address) noexcept;

} // namespace shoal::dht
