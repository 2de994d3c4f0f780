#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

// The octets of the peer wire protocol: <length: 4><id: 1><body: length - 1>, integers big-endian; a length
// of 0 is a keep-alive. BEP 3, BEP 5 (port), BEP 6 (suggest … allowed fast), BEP 10 (extended).
namespace shoal::peer {

enum class MessageId : std::uint8_t {
    choke = 0,
    unchoke = 1,
    interested = 2,
    not_interested = 3,
    have = 4,
    bitfield = 5,
    request = 6,
    piece = 7,
    cancel = 8,
    port = 9,
    suggest = 13,
    have_all = 14,
    have_none = 15,
    reject = 16,
    allowed_fast = 17,
    extended = 20,
};

inline constexpr std::size_t length_prefix_size = 4;
inline constexpr std::size_t message_head_size = length_prefix_size + 1;
// A piece message up to its payload: head, piece, begin.
inline constexpr std::size_t block_head_size = message_head_size + 8;

// Octets of the body of a message whose length never varies; none for bitfield, piece, extended and ids
// nobody knows.
constexpr std::optional<std::uint32_t> fixed_body_size(MessageId id)
{
    switch (id) {
    case MessageId::choke:
    case MessageId::unchoke:
    case MessageId::interested:
    case MessageId::not_interested:
    case MessageId::have_all:
    case MessageId::have_none: return 0;
    case MessageId::port: return 2;
    case MessageId::have:
    case MessageId::suggest:
    case MessageId::allowed_fast: return 4;
    case MessageId::request:
    case MessageId::cancel:
    case MessageId::reject: return 12;
    case MessageId::bitfield:
    case MessageId::piece:
    case MessageId::extended: break;
    }
    return std::nullopt;
}

}  // namespace shoal::peer
