#include "queue/end_rule.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace shoal::queue {

namespace {

using environment::Duration;

// "90 min", "1 h 30 min", "2 d": the two biggest parts that say something.
std::string time_text(Duration time)
{
    const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(time).count();
    if (minutes < 1) return fmt::format("{} s", std::chrono::duration_cast<std::chrono::seconds>(time).count());
    const auto pair = [](auto big, std::string_view unit, auto rest, std::string_view rest_unit) {
        return rest == 0 ? fmt::format("{} {}", big, unit) : fmt::format("{} {} {} {}", big, unit, rest, rest_unit);
    };
    if (minutes >= 24 * 60) return pair(minutes / (24 * 60), "d", minutes / 60 % 24, "h");
    if (minutes >= 60) return pair(minutes / 60, "h", minutes % 60, "min");
    return fmt::format("{} min", minutes);
}

}  // namespace

double ratio_of(const Given& given)
{
    const auto had = std::max(given.downloaded, given.size);
    return had == 0 ? 0 : static_cast<double>(given.uploaded) / static_cast<double>(had);
}

std::string_view setting_of(EndReason reason)
{
    switch (reason) {
    case EndReason::ratio: return "ratio";
    case EndReason::seeding_time: return "seed_time";
    case EndReason::idle_time: return "idle_time";
    }
    return "unknown";
}

std::optional<Ending> ending_of(const EndRule& rule, const EndDefaults& defaults, const Given& given)
{
    if (!given.is_complete) return std::nullopt;
    if (const auto limit = rule.ratio.resolve(defaults.ratio); limit && ratio_of(given) >= *limit) {
        return Ending{EndReason::ratio, fmt::format("its ratio is {:.2f}, the limit {:.2f}", ratio_of(given), *limit)};
    }
    if (const auto limit = rule.seeding_time.resolve(defaults.seeding_time); limit && given.seeding >= *limit) {
        return Ending{EndReason::seeding_time, fmt::format("it has been seeding for {}, the limit is {}",
                                                           time_text(given.seeding), time_text(*limit))};
    }
    if (const auto limit = rule.idle_time.resolve(defaults.idle_time); limit && given.idle >= *limit) {
        return Ending{EndReason::idle_time, fmt::format("nobody took anything for {}, the limit is {}",
                                                        time_text(given.idle), time_text(*limit))};
    }
    return std::nullopt;
}

std::optional<Duration> time_until_end(const EndRule& rule, const EndDefaults& defaults, const Given& given)
{
    if (!given.is_complete) return std::nullopt;
    if (ending_of(rule, defaults, given)) return Duration{0};
    std::optional<Duration> least;
    const auto consider = [&](const std::optional<Duration>& limit, Duration passed) {
        if (limit && (!least || *limit - passed < *least)) least = *limit - passed;
    };
    consider(rule.seeding_time.resolve(defaults.seeding_time), given.seeding);
    consider(rule.idle_time.resolve(defaults.idle_time), given.idle);
    return least;
}

}  // namespace shoal::queue
