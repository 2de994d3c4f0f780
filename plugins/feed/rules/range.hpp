// "<3GB", "700MB-2GB", ">=5", "2h": numbers with a unit and ranges of them, as a rule's author writes them.
#pragma once

#include <shoal/result.hpp>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace shoal::feed_rules {

enum class Unit { octets, seconds, count };

/// Of whatever lasts: what is longer was hardly meant, and can be added to no time.
inline constexpr std::int64_t longest_time = 3650 * std::int64_t{86400};

/// "3GB" (1024 each: k, M, G, T, with or without B or iB), "1h30m" (s, m, h, d, w; ten years at most), "5". Errors: invalid_argument.
Result<std::int64_t> parse_quantity(std::string_view text, Unit unit);
/// For people: "2.9 GB", "3 d", "5".
[[nodiscard]] std::string quantity_text(std::int64_t value, Unit unit);

class Range {
public:
    /// "<3GB", "<=3GB", ">1GB", ">=1GB", "1GB+", "1GB-3GB", and of counts "5" for at least 5. Errors: invalid_argument.
    static Result<Range> parse(std::string_view text, Unit unit);
    static Range at_least(std::int64_t least, Unit unit);

    [[nodiscard]] bool holds(std::int64_t value) const { return value >= least_ && value <= most_; }
    [[nodiscard]] const std::string& text() const { return text_; }
    [[nodiscard]] Unit unit() const { return unit_; }

private:
    std::int64_t least_ = std::numeric_limits<std::int64_t>::min();
    std::int64_t most_ = std::numeric_limits<std::int64_t>::max();
    std::string text_;
    Unit unit_ = Unit::count;
};

} // namespace shoal::feed_rules
