#include "distrust.hpp"

#include <algorithm>

namespace shoal::metadata_exchange {

void Distrust::add(const Address& address, Time now)
{
    if (entries_.size() >= most && !entries_.contains(address)) {
        entries_.erase(std::ranges::min_element(entries_, {}, [](const auto& entry) { return entry.second.until; }));
    }
    constexpr std::uint32_t most_doublings = 6;
    auto& entry = entries_[address];
    entry.until = now + std::min<Duration>(first * (1 << std::min(entry.times, most_doublings)), longest);
    ++entry.times;
}

Time Distrust::ends(const Address& address) const
{
    const auto found = entries_.find(address);
    return found == entries_.end() ? Time{} : found->second.until;
}

} // namespace shoal::metadata_exchange
