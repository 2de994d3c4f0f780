#pragma once

#include <shoal/bytes.hpp>
#include <shoal/endpoint.hpp>
#include <shoal/result.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

// The handshake of the extension protocol: the bencoded dictionary that an `Extended` message with id 0
// carries (BEP 10; metadata_size from BEP 9, upload_only from BEP 21). All is optional, and it may come again
// to change what was said. [any]
namespace shoal::peer {

struct ExtendedHandshake {
    // More names than these are not kept, however often the peer speaks.
    static constexpr std::size_t most_extensions = 64;

    // m: what the sender wants to receive, by name, and under which message id. 0 takes an extension back.
    std::map<std::string, std::uint8_t, std::less<>> extensions{};
    std::optional<std::string> client{};           // v: for people; printable UTF-8 on one line once decoded
    std::optional<std::uint16_t> listen_port{};    // p: where the sender accepts connections; never 0
    std::optional<std::uint16_t> request_limit{};  // reqq: requests it queues without dropping any; never 0
    std::optional<Address> your_address{};         // yourip: how it sees the receiver
    std::optional<std::uint32_t> metadata_size{};  // octets of the info dictionary; never 0
    std::optional<bool> upload_only{};             // it will not request anything

    // Takes over what a later handshake of the same peer says; where that is silent, this stays.
    void update(const ExtendedHandshake& later);

    // None: the peer does not want this extension's messages.
    std::optional<std::uint8_t> id_of(std::string_view extension) const;

    friend bool operator==(const ExtendedHandshake&, const ExtendedHandshake&) = default;
};

struct ExtendedHandshakeLimits {
    std::uint32_t extension_name = 64;       // octets; longer names are not kept
    std::uint32_t client = 64;               // octets; longer names are cut
    std::uint32_t metadata_size = 16 << 20;  // octets; more counts as not given
};

Bytes encode_extended_handshake(const ExtendedHandshake& handshake);

// A value of the wrong type or out of its range counts as not given: many clients send one. What is no
// bencoded dictionary is a protocol_error. Octets after the dictionary are ignored.
Result<ExtendedHandshake> decode_extended_handshake(ByteView payload,
                                                    const ExtendedHandshakeLimits& limits = {});

}  // namespace shoal::peer
