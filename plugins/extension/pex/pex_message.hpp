// The message of ut_pex (BEP 11), from and to its octets.
#pragma once

#include <shoal/bytes.hpp>
#include <shoal/endpoint.hpp>
#include <shoal/result.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace shoal::peer_exchange {

// Encryption (0x01) and uTP (0x04) are what we do not have, and do not say of others.
inline constexpr std::uint8_t flag_upload_only = 0x02; // or a seed
inline constexpr std::uint8_t flag_holepunch = 0x08;
inline constexpr std::uint8_t flag_reachable = 0x10; // somebody has called it

struct NamedPeer {
    Endpoint endpoint;
    std::uint8_t flags = 0;

    friend bool operator==(const NamedPeer&, const NamedPeer&) = default;
};

/// What has changed since the last message.
struct Delta {
    std::vector<NamedPeer> added{};
    std::vector<Endpoint> dropped{};

    [[nodiscard]] bool is_empty() const noexcept { return added.empty() && dropped.empty(); }
};

[[nodiscard]] Bytes encode(const Delta& delta);

/// Who was added, IPv4 first, `most` of them at most. Flags that are missing are none, a torn address at the end is left out; addresses
/// are as they were sent, of use or not. Who was dropped says nothing about who can be called. Errors: protocol_error.
[[nodiscard]] Result<std::vector<NamedPeer>> parse_added(ByteView payload, std::size_t most);

} // namespace shoal::peer_exchange
