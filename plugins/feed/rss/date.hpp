// When something was published, as feeds say it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace shoal::rss {

/// Seconds since 1970. RFC 822 with what is made of it (any weekday, none, two digits of a year, names of zones, no zone, no time), ISO
/// 8601, and the number itself. Without a zone it is UTC. None: it says no day between 1970 and 2200.
[[nodiscard]] std::optional<std::int64_t> parse_date(std::string_view text);

} // namespace shoal::rss
