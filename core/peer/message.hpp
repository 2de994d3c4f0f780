#pragma once

#include <shoal/bytes.hpp>
#include <shoal/ids.hpp>

#include <array>
#include <cstdint>
#include <string_view>
#include <variant>

// The peer wire messages of BEP 3, BEP 6 (fast) and BEP 10 (extended) as values. Numbers are as received: whoever handles a
// message turns them into indices through the torrent's Geometry, and keeps no raw number after that.
namespace shoal::peer {

// Bits of the eight reserved octets of the handshake.
struct Capabilities {
    bool fast = false;      // BEP 6: reserved[7] & 0x04
    bool extended = false;  // BEP 10: reserved[5] & 0x10
    bool dht = false;       // BEP 5: reserved[7] & 0x01
    bool v2 = false;        // BEP 52: reserved[7] & 0x10
    friend bool operator==(const Capabilities&, const Capabilities&) = default;
};

struct Handshake {
    Capabilities capabilities;
    Hash20 info_hash;
    WirePeerId peer_id;
};

struct KeepAlive {};
struct Choke {};
struct Unchoke {};
struct Interested {};
struct NotInterested {};
struct Have {
    std::uint32_t piece;
};
struct PieceBits {  // "bitfield"; the octets are borrowed for the call
    ByteView wire;
};
struct Request {
    std::uint32_t piece;
    std::uint32_t begin;
    std::uint32_t length;
    friend auto operator<=>(const Request&, const Request&) = default;
};
struct Cancel {
    Request request;
};
struct Port {
    std::uint16_t port;
};
struct Suggest {
    std::uint32_t piece;
};
struct HaveAll {};
struct HaveNone {};
struct Reject {
    Request request;
};
struct AllowedFast {
    std::uint32_t piece;
};
struct Extended {  // the octets are borrowed for the call
    std::uint8_t id;
    ByteView payload;
};
struct Unknown {  // a message id nobody here knows: ignored, but counted
    std::uint8_t id;
    std::uint32_t length;
};

using Message = std::variant<KeepAlive, Choke, Unchoke, Interested, NotInterested, Have, PieceBits, Request, Cancel, Port,
                             Suggest, HaveAll, HaveNone, Reject, AllowedFast, Extended, Unknown>;

// The head of a piece message; its payload never travels inside a Message.
struct BlockHead {
    std::uint32_t piece;
    std::uint32_t begin;
    std::uint32_t length;
    friend auto operator<=>(const BlockHead&, const BlockHead&) = default;
};

std::string_view message_name(const Message& message);

}  // namespace shoal::peer
