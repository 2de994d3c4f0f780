// What a tracker's reply means to the host.
#pragma once

#include <shoal/ids.hpp>
#include <shoal/tracker.hpp>
#include <shoal/udp_tracker.hpp>

#include <span>
#include <vector>

namespace shoal::udp_tracker {

/// A number that no tracker means (2^31 and more: it counts with a sign) was not said. Peers are each told
/// once, none that cannot be connected to, and 2,000 at most.
[[nodiscard]] AnnounceReply told(const bep15::AnnounceReply& reply);

/// The reply may lack the last ones of `asked`; they are then unknown to the tracker, too.
[[nodiscard]] std::vector<ScrapeEntry> told(const bep15::ScrapeReply& reply, std::span<const Hash20> asked);

} // namespace shoal::udp_tracker
