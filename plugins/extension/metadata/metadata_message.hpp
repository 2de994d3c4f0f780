// The messages of ut_metadata (BEP 9), from and to their octets: a bencoded dictionary, in one case with a block after it. What BEP 9
// calls a piece is a block here: pieces are something else.
#pragma once

#include <shoal/bytes.hpp>
#include <shoal/result.hpp>

#include <cstdint>
#include <optional>
#include <variant>

namespace shoal::metadata_exchange {

inline constexpr std::uint32_t block_size = 16 << 10;

[[nodiscard]] constexpr std::uint32_t blocks_of(std::uint32_t size) noexcept
{
    return size / block_size + (size % block_size != 0 ? 1 : 0);
}

struct Request {
    std::uint32_t block;
};

struct Data {
    std::uint32_t block;
    std::optional<std::uint32_t> total_size; // 0: it makes no sense
    ByteView octets;                         // of the message it was parsed from
};

struct Reject {
    std::uint32_t block;
};

/// A type that a later BEP may give a meaning: to be ignored.
struct Unknown {};

using Message = std::variant<Request, Data, Reject, Unknown>;

/// Errors: protocol_error.
[[nodiscard]] Result<Message> parse_message(ByteView payload);

[[nodiscard]] Bytes encode_request(std::uint32_t block);
[[nodiscard]] Bytes encode_data(std::uint32_t block, std::uint32_t total_size, ByteView octets);
[[nodiscard]] Bytes encode_reject(std::uint32_t block);

} // namespace shoal::metadata_exchange
