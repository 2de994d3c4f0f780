#include "allowance.hpp"

#include <algorithm>

namespace shoal::holepunch {

bool Allowance::take(std::chrono::nanoseconds now)
{
    // Nothing comes back to who has all.
    if (left_ == most_) counted_ = now;
    const auto returned = std::min<std::int64_t>((now - counted_) / interval_, most_ - left_);
    left_ += static_cast<std::uint32_t>(returned);
    counted_ = left_ == most_ ? now : counted_ + returned * interval_;
    if (left_ == 0) return false;
    --left_;
    return true;
}

} // namespace shoal::holepunch
