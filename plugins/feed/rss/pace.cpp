#include "pace.hpp"

#include "amount.hpp"
#include "date.hpp"

#include <algorithm>

namespace shoal::rss {
namespace {

using std::chrono::seconds;

constexpr seconds first_pause{300};
constexpr seconds longest_pause = std::chrono::hours{6};
constexpr seconds longest_asked_for = std::chrono::days{1};
constexpr std::uint32_t most_doublings = 10;

seconds some_of(seconds bound, const Chance& chance)
{
    return seconds(static_cast<std::int64_t>(chance(static_cast<std::uint64_t>(bound.count()) + 1)));
}

} // namespace

seconds interval_of(std::optional<seconds> wanted, seconds usual, std::optional<seconds> time_to_live)
{
    return wanted ? *wanted : std::max(usual, time_to_live.value_or(usual));
}

seconds after_success(seconds interval, const Chance& chance) { return interval + some_of(interval / 10, chance); }

seconds after_failure(std::uint32_t failures, seconds interval, std::optional<seconds> retry_after, const Chance& chance)
{
    const auto doublings = std::min(std::max(failures, 1U) - 1, most_doublings);
    const auto pause = std::min(std::min(interval, first_pause) * (1 << doublings), std::max(interval, longest_pause));
    const auto spread = pause * 3 / 4 + some_of(pause / 2, chance);
    return std::max(spread, std::min(retry_after.value_or(seconds{0}), longest_asked_for));
}

std::optional<seconds> read_retry_after(std::string_view value, std::int64_t now)
{
    if (const auto count = parse_count(value)) return seconds(std::min<std::int64_t>(*count, longest_asked_for.count()));
    const auto date = parse_date(value);
    return date && *date > now ? std::optional(seconds(*date - now)) : std::nullopt;
}

} // namespace shoal::rss
