#include "flood_guard.hpp"

#include "contact.hpp"

#include <algorithm>

namespace shoal::dht {

void Allowance::refill(Time now) noexcept
{
    if (now <= filled_) return;
    const auto full = burst_ * second;
    const auto passed = static_cast<std::uint64_t>((now - filled_).count());
    filled_ = now;
    // Divided, not multiplied: a long pause must not overflow.
    const bool is_full = per_second_ == 0 || passed >= full / per_second_;
    left_ = is_full && per_second_ != 0 ? full : std::min(full, left_ + passed * per_second_);
}

bool Allowance::spend(std::uint64_t units, Time now) noexcept
{
    refill(now);
    if (units > left_ / second) return false;
    left_ -= units * second;
    return true;
}

Time Allowance::ready_at(Time now) noexcept
{
    refill(now);
    if (left_ >= second) return now;
    return now + std::chrono::nanoseconds((second - left_ + per_second_ - 1) / per_second_);
}

bool FloodGuard::is_banned(const Endpoint& from, Time now)
{
    if (banned_.empty()) return false;
    const auto found = banned_.find(origin_of(from));
    if (found == banned_.end()) return false;
    if (found->second > now) return true;
    banned_.erase(found);
    return false;
}

FloodGuard::Verdict FloodGuard::count(const Endpoint& from, Time now)
{
    if (is_banned(from, now)) return Verdict::banned;
    auto& origin = visit(origin_of(from));
    if (origin.allowance.spend(1, now)) return Verdict::heard;
    if (origin.patience.spend(1, now)) return Verdict::dropped;
    if (banned_.size() >= limits_.origins) banned_.erase(banned_.begin());
    banned_[origin_of(from)] = now + limits_.ban;
    return Verdict::banned;
}

FloodGuard::Origin& FloodGuard::visit(const Endpoint& key)
{
    const auto found = origins_.find(key);
    if (found != origins_.end()) {
        by_silence_.splice(by_silence_.end(), by_silence_, found->second.place);
        return found->second;
    }
    if (origins_.size() >= limits_.origins) {
        origins_.erase(by_silence_.front());
        by_silence_.pop_front();
    }
    const auto place = by_silence_.insert(by_silence_.end(), key);
    const Origin fresh{Allowance(limits_.per_second, limits_.burst), Allowance(1, limits_.tolerated), place};
    return origins_.try_emplace(key, fresh).first->second;
}

} // namespace shoal::dht
