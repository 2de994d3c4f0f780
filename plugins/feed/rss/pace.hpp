// When a feed is read next. Pure: the chance comes from outside.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

namespace shoal::rss {

using Chance = std::function<std::uint64_t(std::uint64_t bound)>; // uniform in [0, bound)

/// `wanted`: by who added the feed. Otherwise what is usual, or as long as the feed asks for if that is longer.
[[nodiscard]] std::chrono::seconds interval_of(std::optional<std::chrono::seconds> wanted, std::chrono::seconds usual,
                                               std::optional<std::chrono::seconds> time_to_live);

/// The interval and up to a tenth of it, so that the feeds of one start do not come together for ever.
[[nodiscard]] std::chrono::seconds after_success(std::chrono::seconds interval, const Chance& chance);

/// Twice as long each time, a quarter more or less, up to six hours or the interval; not before the server asked to (a day at most).
[[nodiscard]] std::chrono::seconds after_failure(std::uint32_t failures, std::chrono::seconds interval,
                                                 std::optional<std::chrono::seconds> retry_after, const Chance& chance);

/// The header's value: seconds or a date. `now` is unix time.
[[nodiscard]] std::optional<std::chrono::seconds> read_retry_after(std::string_view value, std::int64_t now);

} // namespace shoal::rss
