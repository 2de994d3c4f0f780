#include "source_limit.hpp"

#include <algorithm>

namespace shoal::lsd {

bool SourceLimit::admits(const Address& source, Time now)
{
    if (sources_.size() >= most_sources && !sources_.contains(source)) {
        std::erase_if(sources_, [&](const auto& known) { return known.second.full_at <= now; });
        if (sources_.size() >= most_sources) return false;
    }
    // In this order: who has told too much takes nothing from the others.
    return spend(sources_[source], now, burst, a_second) && spend(all_, now, burst_of_all, a_second_of_all);
}

bool SourceLimit::spend(Allowance& allowance, Time now, std::int64_t most, std::int64_t per_second)
{
    const Time price = std::chrono::nanoseconds(std::chrono::seconds{1}) / per_second;
    const auto full_at = std::max(allowance.full_at, now) + price;
    if (full_at - now > most * price) return false;
    allowance.full_at = full_at;
    return true;
}

} // namespace shoal::lsd
