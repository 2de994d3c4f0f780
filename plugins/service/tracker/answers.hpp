// What clients are told: bencoded (BEP 3, 7, 23, 48), and for people the statistics as plain text.
#pragma once

#include "questions.hpp"
#include "swarm.hpp"

#include <shoal/bytes.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace shoal::embedded_tracker {

struct SwarmCounts {
    std::uint32_t seeds = 0;
    std::uint32_t leechers = 0;
    std::uint32_t completed = 0;
};

[[nodiscard]] SwarmCounts counts_of(const Swarm* swarm);

/// Compact: IPv4 peers in "peers", IPv6 peers in "peers6". Otherwise all in one list of dicts. `from` is told where its
/// question comes from (BEP 24).
[[nodiscard]] Bytes announce_answer(const AnnounceQuestion& question, const Address& from, std::chrono::seconds interval,
                                    const SwarmCounts& counts, const std::vector<const Peer*>& peers);

/// In the order of the info-hashes.
[[nodiscard]] Bytes scrape_answer(const std::vector<std::pair<Hash20, SwarmCounts>>& torrents);

[[nodiscard]] Bytes failure_answer(std::string_view reason);

} // namespace shoal::embedded_tracker
