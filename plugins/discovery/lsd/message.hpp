// The one message of BEP 14: "these torrents are at my port", as text, in one datagram.
#pragma once

#include <shoal/bytes.hpp>
#include <shoal/endpoint.hpp>
#include <shoal/ids.hpp>
#include <shoal/result.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace shoal::lsd {

/// A group of BEP 14: 239.192.152.143:6771 and [ff15::efc0:988f]:6771.
[[nodiscard]] Endpoint group(bool v6);

struct Message {
    std::uint16_t port = 0;
    std::vector<Hash20> info_hashes{}; // each once
    std::string cookie{};
};

/// What BEP 14 allows to be sent, and what is taken: a datagram that an Ethernet frame holds.
inline constexpr std::size_t longest_sent = 1400;
inline constexpr std::size_t longest_taken = 1500;
inline constexpr std::size_t longest_cookie = 64;
/// So many fit into the longest datagram, whatever port and cookie of 8 digits.
inline constexpr std::size_t most_in_one = 25;

/// `host` is the group that the Host header names.
[[nodiscard]] std::string write(const Message& message, const Endpoint& host);

/// Lines may end with LF alone, header names have any case, hashes that are none are passed over. Whether the Host header is
/// right is no matter: the socket knows its group. Errors: bad_input.
[[nodiscard]] Result<Message> read(ByteView datagram);

} // namespace shoal::lsd
