#include "peer/handshake.hpp"

#include <algorithm>
#include <string_view>

namespace shoal::peer {
namespace {

constexpr std::string_view protocol = "\x13"
                                      "BitTorrent protocol";
constexpr std::size_t reserved_at = protocol.size();
constexpr std::size_t info_hash_at = reserved_at + 8;
constexpr std::size_t peer_id_at = info_hash_at + Hash20::size;
static_assert(peer_id_at + WirePeerId::size == handshake_size);

struct ReservedBit {
    bool Capabilities::* capability;
    std::size_t octet;
    std::byte mask;
};

constexpr std::array reserved_bits = {
    ReservedBit{&Capabilities::extended, 5, std::byte{0x10}},
    ReservedBit{&Capabilities::v2, 7, std::byte{0x10}},
    ReservedBit{&Capabilities::fast, 7, std::byte{0x04}},
    ReservedBit{&Capabilities::dht, 7, std::byte{0x01}},
};

}  // namespace

HandshakeOctets encode_handshake(const Handshake& handshake)
{
    HandshakeOctets octets{};
    std::ranges::copy(as_bytes(protocol), octets.begin());
    for (const auto& bit : reserved_bits) {
        if (handshake.capabilities.*bit.capability) octets[reserved_at + bit.octet] |= bit.mask;
    }
    std::ranges::copy(handshake.info_hash.bytes, octets.begin() + info_hash_at);
    std::ranges::copy(handshake.peer_id.bytes, octets.begin() + peer_id_at);
    return octets;
}

Result<void> check_handshake_start(ByteView octets)
{
    const auto known = octets.first(std::min(octets.size(), protocol.size()));
    if (std::ranges::equal(known, as_bytes(protocol.substr(0, known.size())))) return {};
    return make_error(
        Errc::protocol_error,
        "the other side does not begin with a BitTorrent handshake: it speaks another protocol, or "
        "insists on an encrypted connection");
}

Result<Handshake> decode_handshake(std::span<const std::byte, handshake_size> octets)
{
    if (auto begins_well = check_handshake_start(octets); !begins_well) return begins_well.error();
    Handshake handshake;
    for (const auto& bit : reserved_bits) {
        handshake.capabilities.*bit.capability = (octets[reserved_at + bit.octet] & bit.mask) != std::byte{0};
    }
    std::ranges::copy(octets.subspan<info_hash_at, Hash20::size>(), handshake.info_hash.bytes.begin());
    std::ranges::copy(octets.subspan<peer_id_at, WirePeerId::size>(), handshake.peer_id.bytes.begin());
    return handshake;
}

}  // namespace shoal::peer
