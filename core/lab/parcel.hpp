#pragma once

#include "lab/fingerprint.hpp"
#include "peer/link.hpp"

#include <shoal/bytes.hpp>

#include <cstdint>
#include <variant>

namespace shoal::lab {

// A peer message on its way, with all that it borrowed when it was sent.
struct Parcel {
    std::variant<peer::Handshake, peer::Message, peer::OutgoingBlock> content;
    Bytes body;  // of a bitfield or an extended message
    std::uint32_t size = 0;
    bool is_lost = false;
    bool is_corrupt = false;

    static Parcel of(const peer::Handshake& handshake);
    static Parcel of(const peer::Message& message);
    static Parcel of(peer::OutgoingBlock block);

    const peer::OutgoingBlock* block() const { return std::get_if<peer::OutgoingBlock>(&content); }
    // The message, borrowing from this parcel. Only of a parcel that carries one.
    peer::Message message() const;
    void mix_into(Fingerprint& fingerprint) const;
};

// Octets on the wire, length prefix included: BEP 3, 6 and 10.
std::uint32_t wire_size(const peer::Message& message);
inline constexpr std::uint32_t handshake_size = 68;
inline constexpr std::uint32_t block_head_size = 13;

}  // namespace shoal::lab
