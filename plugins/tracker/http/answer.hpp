// What trackers answer, as pure functions from bytes: announce (BEP 3, 7, 23) and scrape (BEP 48).
// Forgiving where it does no harm: octets after the answer are ignored, a value of an odd type is as if it
// were not there, peers that make no sense are left out. Nothing costs more than linear time and memory.
#pragma once

#include <shoal/bytes.hpp>
#include <shoal/ids.hpp>
#include <shoal/peer_list.hpp>
#include <shoal/result.hpp>
#include <shoal/tracker.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::http_tracker {

/// Longest text of a tracker that is shown, in characters.
inline constexpr std::size_t longest_text = 1000;
inline constexpr std::size_t most_names = 50;
inline constexpr std::size_t longest_tracker_id = 1024;

/// A peer under a name that is still to be resolved. Trackers may send those in the plain form (BEP 3).
struct NamedPeer {
    std::string name;
    std::uint16_t port = 0;
};

/// What is absent the tracker did not say, or not as a number of 0 or more.
struct AnnounceAnswer {
    std::optional<std::uint32_t> interval_s{};
    std::optional<std::uint32_t> min_interval_s{};
    std::optional<std::uint32_t> complete{};
    std::optional<std::uint32_t> incomplete{};
    Bytes tracker_id{};
    std::optional<Address> external{}; // our own address as the tracker sees it (BEP 24)
    std::string warning{}; // its own, and what was wrong with its peers
    PeerList peers{};
    std::vector<NamedPeer> names{};
};

/// Errors: refused with the tracker's own failure reason, fit to be shown; bad_input for what is no answer.
[[nodiscard]] Result<AnnounceAnswer> parse_announce_answer(ByteView body);

/// Of the torrents asked for, those that the tracker knows, in the order of `asked`; each once. Same errors.
[[nodiscard]] Result<std::vector<ScrapeEntry>> parse_scrape_answer(ByteView body,
                                                                   std::span<const Hash20> asked);

/// A text of a stranger for people to read: one line, no control characters, at most longest_text.
[[nodiscard]] std::string showable(std::string_view text);

} // namespace shoal::http_tracker
