// The one message of ut_holepunch (BEP 55), from and to its octets.
#pragma once

#include <shoal/bytes.hpp>
#include <shoal/endpoint.hpp>
#include <shoal/result.hpp>

#include <cstdint>
#include <optional>

namespace shoal::holepunch {

enum class Kind : std::uint8_t { rendezvous = 0, connect = 1, error = 2 };

enum class Refusal : std::uint32_t {
    none = 0,
    no_such_peer = 1,  // the endpoint leads nowhere
    not_connected = 2, // the relay has no connection to it
    no_support = 3,    // the target does not speak ut_holepunch
    no_self = 4,       // the endpoint is the relay's own
};

struct Message {
    Kind kind{};
    Endpoint endpoint{};
    std::uint32_t error = 0; // a Refusal, or what a later BEP adds

    friend bool operator==(const Message&, const Message&) = default;
};

/// Nothing: a kind or a family of addresses that is not known here, and may be one day. Errors: protocol_error, the length is wrong.
/// The error code may be missing where it says nothing: libtorrent leaves it out.
[[nodiscard]] Result<std::optional<Message>> parse_message(ByteView payload);

[[nodiscard]] Bytes encode(const Message& message);

} // namespace shoal::holepunch
