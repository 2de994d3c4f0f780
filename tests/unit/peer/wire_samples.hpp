#pragma once

#include "peer/encoder.hpp"
#include "peer/handshake.hpp"
#include "recorder.hpp"

#include <string>
#include <vector>

namespace shoal::peer::testing {

inline Handshake sample_handshake()
{
    Handshake handshake;
    handshake.capabilities = {.fast = true, .extended = true, .dht = false, .v2 = false};
    for (std::size_t i = 0; i < 20; ++i) {
        handshake.info_hash.bytes[i] = static_cast<std::byte>(i + 1);
        handshake.peer_id.bytes[i] = static_cast<std::byte>(0xa0 + i);
    }
    return handshake;
}

inline Bytes sample_payload(std::size_t size, unsigned seed = 0)
{
    Bytes payload(size);
    for (std::size_t i = 0; i < size; ++i) payload[i] = static_cast<std::byte>((i * 7 + seed * 13) % 251);
    return payload;
}

inline const Bytes& sample_octets()
{
    static const Bytes octets = sample_payload(5);
    return octets;
}

// One of each.
inline std::vector<Message> sample_messages()
{
    const Request request{.piece = 1, .begin = 0x4000, .length = 0x3fff};
    return {KeepAlive{},
            Choke{},
            Unchoke{},
            Interested{},
            NotInterested{},
            Have{0xfffffffe},
            PieceBits{sample_octets()},
            request,
            Cancel{request},
            Port{6881},
            Suggest{3},
            HaveAll{},
            HaveNone{},
            Reject{request},
            AllowedFast{4},
            Extended{.id = 3, .payload = sample_octets()},
            Extended{.id = 0, .payload = {}},
            Unknown{.id = 99, .length = 7},
            PieceBits{}};
}

inline void append(Bytes& out, ByteView octets)
{
    out.insert(out.end(), octets.begin(), octets.end());
}

inline void append_block(Bytes& out, const BlockHead& head, ByteView payload)
{
    append_block_head(out, head);
    append(out, payload);
}

struct Transcript {
    Bytes octets;
    std::vector<std::string> lines;  // what a Recorder makes of it
};

// A handshake, then every message with a block between each two.
inline Transcript sample_transcript(std::uint32_t block_length = 11)
{
    Transcript all;
    append(all.octets, encode_handshake(sample_handshake()));
    all.lines.push_back(describe(sample_handshake()));
    std::uint32_t piece = 0;
    for (const auto& message : sample_messages()) {
        append_message(all.octets, message);
        all.lines.push_back(describe(message));
        const BlockHead head{.piece = piece, .begin = 16384, .length = piece == 3 ? 0 : block_length};
        const auto payload = sample_payload(head.length, piece++);
        append_block(all.octets, head, payload);
        all.lines.push_back("block " + describe(head));
        all.lines.push_back("end " + describe(head) + " " + to_hex(payload));
    }
    return all;
}

}  // namespace shoal::peer::testing
