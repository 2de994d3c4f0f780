#include "torrent/rate_limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace shoal::torrent {

namespace {

std::vector<RateQueue::Class> one_way(const std::vector<PeerClass>& classes, std::uint64_t Rates::* way)
{
    std::vector<RateQueue::Class> all;
    for (const auto& one : classes) all.push_back({one.rule, one.rates.*way, one.is_free});
    return all;
}

}  // namespace

RateLimits::RateLimits(environment::Loop& loop, Rates rates, std::vector<PeerClass> classes) : down_(loop), up_(loop)
{
    set_rates(rates);
    set_classes(std::move(classes));
}

void RateLimits::set_rates(Rates rates)
{
    if (rates.down != down_.rate()) down_.set_rate(rates.down);
    if (rates.up != up_.rate()) up_.set_rate(rates.up);
}

void RateLimits::set_classes(std::vector<PeerClass> classes)
{
    classes_ = std::move(classes);
    down_.set_classes(one_way(classes_, &Rates::down));
    up_.set_classes(one_way(classes_, &Rates::up));
}

Result<void> RateLimits::set_class_rates(std::string_view name, Rates rates)
{
    const auto at = std::ranges::find(classes_, name, &PeerClass::name);
    if (at == classes_.end()) return make_error(Errc::not_found, fmt::format("there is no class of peers '{}'", name));
    const auto index = static_cast<std::size_t>(at - classes_.begin());
    if (rates.down != at->rates.down) down_.set_class_rate(index, rates.down);
    if (rates.up != at->rates.up) up_.set_class_rate(index, rates.up);
    at->rates = rates;
    return {};
}

}  // namespace shoal::torrent
