// The URLs that are asked for: announce (BEP 3, 7, 23) and scrape (BEP 48).
#pragma once

#include "tracker_url.hpp"

#include <shoal/bytes.hpp>
#include <shoal/ids.hpp>
#include <shoal/result.hpp>
#include <shoal/tracker.hpp>

#include <span>
#include <string>

namespace shoal::http_tracker {

/// Every octet but the unreserved ones of RFC 3986 as %XX: a tracker gets exactly these octets back.
[[nodiscard]] std::string percent_encoded(ByteView octets);

/// The URL's own arguments first, but for those that an announce sets itself: which of two a tracker would
/// believe, nobody knows.
[[nodiscard]] std::string announce_url(const TrackerUrl& url, const Announce& announce);

/// By the convention that BEP 48 writes down: "announce" after the last '/' of the whole URL becomes
/// "scrape". Errors: unsupported when it is not there; limit_exceeded beyond most_scraped.
inline constexpr std::size_t most_scraped = 64;
[[nodiscard]] Result<std::string> scrape_url(const TrackerUrl& url, std::span<const Hash20> info_hashes);

} // namespace shoal::http_tracker
