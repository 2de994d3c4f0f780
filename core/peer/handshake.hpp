#pragma once

#include "peer/message.hpp"

#include <shoal/bytes.hpp>
#include <shoal/result.hpp>

#include <array>
#include <cstddef>
#include <span>

// The wire form of the handshake (BEP 3): 19, "BitTorrent protocol", 8 reserved octets, info-hash, peer id.
// Whether the info-hash and the peer id make sense is for the session to judge. [any]
namespace shoal::peer {

inline constexpr std::size_t handshake_size = 68;

using HandshakeOctets = std::array<std::byte, handshake_size>;

HandshakeOctets encode_handshake(const Handshake& handshake);

// Can `octets`, of any number, be how a handshake begins? If not, a protocol_error, as early as the first
// wrong octet.
Result<void> check_handshake_start(ByteView octets);

// Reserved bits that no BEP in Capabilities gives a meaning are ignored.
Result<Handshake> decode_handshake(std::span<const std::byte, handshake_size> octets);

}  // namespace shoal::peer
