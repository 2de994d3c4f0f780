// KRPC messages (BEP 5, 32, 33, 42, 43, 44, 51) as values, and their octets. Reading is lenient where clients in the
// wild are odd (extra keys, keys out of order, text after the message) and strict about sizes. Views of a parsed
// message are into the datagram; those of one to be written are lent by whoever fills it in.
#pragma once

#include "node_id.hpp"

#include <shoal/bytes.hpp>
#include <shoal/endpoint.hpp>
#include <shoal/result.hpp>

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

namespace shoal::dht {

inline constexpr std::size_t max_datagram = 1024;  // sent (BEP 32)
inline constexpr std::size_t max_received = 8192;  // more is not read at all
inline constexpr std::size_t max_transaction = 32;
inline constexpr std::size_t max_token = 64;
inline constexpr std::size_t max_item = 1000;      // a bencoded value (BEP 44)
inline constexpr std::size_t max_salt = 64;
inline constexpr std::size_t filter_size = 256;    // BEP 33

enum class Method { ping, find_node, get_peers, announce_peer, get, put, sample_infohashes };

struct Query {
    ByteView transaction{};
    Method method = Method::ping;
    NodeId id{};
    bool is_read_only = false;

    NodeId target{};      // of find_node, get and sample_infohashes; the info-hash of get_peers and announce_peer
    bool wants_v4 = false; // neither: the family it came by
    bool wants_v6 = false;
    bool is_scrape = false;
    bool wants_no_seeds = false;

    ByteView token{};
    std::uint16_t port = 0;
    bool is_port_implied = false; // the port the query comes from, whatever `port` says
    bool is_seed = false;

    ByteView value{}; // put, bencoded
    ByteView key{};   // 32 octets: a mutable item
    ByteView signature{};
    ByteView salt{};
    std::optional<std::int64_t> seq{}; // also of get: only what is newer
    std::optional<std::int64_t> cas{};
};

struct Reply {
    ByteView transaction{};
    NodeId id{};
    std::optional<Endpoint> seen_as{}; // `ip`: us, as the other side sees us (BEP 42)

    std::optional<ByteView> nodes{};  // compact contacts, unchecked
    std::optional<ByteView> nodes6{};
    ByteView token{};
    std::vector<Endpoint> peers{}; // `values`
    ByteView seed_filter{};        // BEP 33: 256 octets, or none
    ByteView peer_filter{};

    ByteView value{};
    ByteView key{};
    ByteView signature{};
    std::optional<std::int64_t> seq{};

    std::optional<std::int64_t> interval{}; // BEP 51, seconds
    std::optional<std::int64_t> total{};
    std::optional<ByteView> samples{}; // whole info-hashes
};

/// The codes of BEP 5 and BEP 44.
enum class FailureCode : std::int64_t {
    generic = 201,
    server = 202,
    protocol = 203,
    method_unknown = 204,
    value_too_big = 205,
    bad_signature = 206,
    salt_too_big = 207,
    cas_mismatch = 301,
    seq_too_low = 302,
};

struct Failure {
    ByteView transaction{};
    FailureCode code = FailureCode::generic; // of a stranger: may be any number
    std::string_view text{};
};

/// A query that has to be answered with a failure: `failure` is the answer.
struct BadQuery {
    Failure failure;
};

using Message = std::variant<Query, Reply, Failure, BadQuery>;

/// Errors: bad_input, for what gets no answer at all. `is_v6`: the family of the socket it came by.
[[nodiscard]] Result<Message> parse_message(ByteView datagram, bool is_v6);

[[nodiscard]] Bytes encode(const Query& query);
/// With `seen_as` when it is set.
[[nodiscard]] Bytes encode(const Reply& reply);
[[nodiscard]] Bytes encode(const Failure& failure);

} // namespace shoal::dht
