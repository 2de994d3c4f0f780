#include "answer.hpp"

#include <shoal/peer_list.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace shoal::udp_tracker {
namespace {

std::optional<std::uint32_t> count(std::uint32_t number)
{
    return number > INT32_MAX ? std::nullopt : std::optional(number);
}

} // namespace

AnnounceReply told(const bep15::AnnounceReply& reply)
{
    PeerList peers;
    for (const auto& peer : reply.peers) peers.add(peer);
    return {.interval_s = count(reply.interval),
            .complete = count(reply.seeds),
            .incomplete = count(reply.leechers),
            .peers = peers.take()};
}

std::vector<ScrapeEntry> told(const bep15::ScrapeReply& reply, std::span<const Hash20> asked)
{
    std::vector<ScrapeEntry> entries;
    for (std::size_t i = 0; i < std::min(asked.size(), reply.torrents.size()); ++i) {
        const auto& counts = reply.torrents[i];
        entries.push_back({.info_hash = asked[i],
                           .complete = count(counts.seeds).value_or(0),
                           .downloaded = count(counts.completed).value_or(0),
                           .incomplete = count(counts.leechers).value_or(0)});
    }
    return entries;
}

} // namespace shoal::udp_tracker
