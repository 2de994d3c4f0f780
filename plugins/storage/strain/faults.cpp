#include "faults.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace shoal::strain_storage {

namespace {

template <std::size_t... Number>
std::array<RandomStream, sizeof...(Number)> streams_of(std::uint64_t seed, std::index_sequence<Number...>)
{
    return {RandomStream(seed, Number)...};
}

} // namespace

Result<std::set<Verb>> parse_verbs(std::string_view text)
{
    std::set<Verb> verbs;
    while (!text.empty()) {
        const auto word = text.substr(0, text.find(' '));
        text.remove_prefix(std::min(text.size(), word.size() + 1));
        if (word.empty()) continue;
        const auto* found = std::ranges::find(verb_names, word);
        if (found == verb_names.end()) {
            return make_error(Errc::invalid_argument,
                              "'" + std::string(word) + "' is nothing that a storage does");
        }
        verbs.insert(static_cast<Verb>(found - verb_names.begin()));
    }
    return verbs;
}

Faults::Faults(FaultSettings settings, std::uint64_t seed)
    : settings_(std::move(settings)),
      streams_(streams_of(seed, std::make_index_sequence<verb_names.size()>{}))
{
}

Fate Faults::decide(Verb verb, std::uint64_t octets, std::chrono::nanoseconds now)
{
    const std::lock_guard lock(mutex_);
    auto& random = streams_[static_cast<std::size_t>(verb)];
    const auto jitter = random.below(static_cast<std::uint64_t>(settings_.jitter.count()) + 1);
    const bool is_unlucky = random.chance(settings_.fail_permille, 1000);
    const bool is_short = random.chance(settings_.short_permille, 1000);
    const auto part = 1 + random.below(std::max<std::uint64_t>(octets, 1));

    Fate fate;
    fate.pause = settings_.latency + std::chrono::nanoseconds(static_cast<std::int64_t>(jitter))
                 + pass_device(octets, now);
    fate.at_once = is_short ? std::min(part, octets) : octets;
    if (!settings_.failing.contains(verb)) return fate;
    fate.number = ++met_;
    const bool is_chosen = settings_.fail_from > 0 && fate.number >= settings_.fail_from
                           && fate.number - settings_.fail_from < settings_.fail_count;
    fate.fails = is_unlucky || is_chosen;
    return fate;
}

std::chrono::nanoseconds Faults::pass_device(std::uint64_t octets, std::chrono::nanoseconds now)
{
    constexpr std::uint64_t second = 1'000'000'000;
    if (settings_.rate == 0) return {};
    // Nothing that is read or written at once comes near the 18 GB at which this would overflow.
    const auto takes = std::chrono::nanoseconds(static_cast<std::int64_t>(octets * second / settings_.rate));
    device_is_free_at_ = std::max(device_is_free_at_, now) + takes;
    return device_is_free_at_ - now;
}

} // namespace shoal::strain_storage
