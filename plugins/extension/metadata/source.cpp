#include "source.hpp"

#include <algorithm>

namespace shoal::metadata_exchange {

std::size_t Source::waiting() const noexcept
{
    return static_cast<std::size_t>(std::ranges::count(asked_, false, &Asked::is_late));
}

void Source::ask(std::uint32_t block, Time now)
{
    std::erase_if(asked_, [&](const Asked& before) { return before.block == block; });
    asked_.push_back({block, now});
}

bool Source::answered(std::uint32_t block)
{
    const auto found = std::ranges::find(asked_, block, &Asked::block);
    if (found == asked_.end()) return false;
    asked_.erase(found);
    return true;
}

std::vector<std::uint32_t> Source::expire(Time now)
{
    std::erase_if(asked_, [&](const Asked& asked) { return now - asked.at >= memory; });
    std::vector<std::uint32_t> late;
    for (auto& asked : asked_) {
        if (asked.is_late || now - asked.at < patience) continue;
        asked.is_late = true;
        late.push_back(asked.block);
    }
    return late;
}

std::vector<std::uint32_t> Source::give_up()
{
    std::vector<std::uint32_t> waited_for;
    for (auto& asked : asked_) {
        if (!asked.is_late) waited_for.push_back(asked.block);
        asked.is_late = true;
    }
    return waited_for;
}

void Source::rest(Time now, Duration first, Duration longest)
{
    // What comes while it rests was under way before: no reason to let it rest longer.
    if (is_resting(now)) return;
    constexpr std::uint32_t most_doublings = 16;
    rests_until_ = now + std::min(first * (1 << std::min(rests_, most_doublings)), longest);
    ++rests_;
}

} // namespace shoal::metadata_exchange
