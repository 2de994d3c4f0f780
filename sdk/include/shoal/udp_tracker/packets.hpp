// What client and tracker tell each other in datagrams, as values.
#pragma once

#include <shoal/endpoint.hpp>
#include <shoal/ids.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace shoal::bep15 {

/// Takes the place of the connection id in a connect request.
inline constexpr std::uint64_t protocol_id = 0x41727101980;
/// The most torrents of one scrape, by BEP 15.
inline constexpr std::size_t most_scraped = 74;

enum class Action : std::uint32_t { connect = 0, announce = 1, scrape = 2, error = 3 };

struct ConnectRequest {
    std::uint32_t transaction = 0;

    friend bool operator==(const ConnectRequest&, const ConnectRequest&) = default;
};

struct AnnounceRequest {
    std::uint64_t connection = 0;
    std::uint32_t transaction = 0;
    Hash20 info_hash{};
    WirePeerId peer_id{};
    std::uint64_t downloaded = 0;
    std::uint64_t left = 0;
    std::uint64_t uploaded = 0;
    std::uint32_t event = 0; // as in AnnounceEvent, or anything
    std::uint32_t ip = 0;    // IPv4 address of the peer; 0: where the packet comes from
    std::uint32_t key = 0;
    std::uint32_t num_want = 0; // 0xffffffff: the tracker's default
    std::uint16_t port = 0;
    std::string url_data{}; // path and query of the URL; nothing: no such option (BEP 41)

    friend bool operator==(const AnnounceRequest&, const AnnounceRequest&) = default;
};

struct ScrapeRequest {
    std::uint64_t connection = 0;
    std::uint32_t transaction = 0;
    std::vector<Hash20> info_hashes{};

    friend bool operator==(const ScrapeRequest&, const ScrapeRequest&) = default;
};

using Request = std::variant<ConnectRequest, AnnounceRequest, ScrapeRequest>;

struct ConnectReply {
    std::uint32_t transaction = 0;
    std::uint64_t connection = 0;

    friend bool operator==(const ConnectReply&, const ConnectReply&) = default;
};

struct AnnounceReply {
    std::uint32_t transaction = 0;
    std::uint32_t interval = 0; // seconds
    std::uint32_t leechers = 0;
    std::uint32_t seeds = 0;
    std::vector<Endpoint> peers{}; // all of the family that the packet came by

    friend bool operator==(const AnnounceReply&, const AnnounceReply&) = default;
};

struct ScrapeCounts {
    std::uint32_t seeds = 0;
    std::uint32_t completed = 0;
    std::uint32_t leechers = 0;

    friend bool operator==(const ScrapeCounts&, const ScrapeCounts&) = default;
};

/// In the order of the question.
struct ScrapeReply {
    std::uint32_t transaction = 0;
    std::vector<ScrapeCounts> torrents{};

    friend bool operator==(const ScrapeReply&, const ScrapeReply&) = default;
};

struct ErrorReply {
    std::uint32_t transaction = 0;
    std::string message{}; // as it came: of any length, with any octets

    friend bool operator==(const ErrorReply&, const ErrorReply&) = default;
};

using Reply = std::variant<ConnectReply, AnnounceReply, ScrapeReply, ErrorReply>;

/// The first words of every reply.
struct ReplyHead {
    std::uint32_t action = 0;
    std::uint32_t transaction = 0;
};

namespace detail {

inline constexpr std::size_t head_size = 8;      // of a reply
inline constexpr std::size_t request_size = 16;  // connect, and what the others begin with
inline constexpr std::size_t announce_size = 98; // the options begin here
inline constexpr std::size_t announce_reply_size = 20;
inline constexpr std::size_t scrape_counts_size = 12;
inline constexpr std::size_t longest_option = 255;

enum Option : unsigned char { end_of_options = 0, no_operation = 1, url_data = 2 };

} // namespace detail
} // namespace shoal::bep15
