#include "torrent/candidates.hpp"

#include <algorithm>
#include <tuple>

namespace shoal::torrent {

using environment::Duration;
using environment::Time;

namespace {

constexpr std::uint32_t most_failures = 8;

// 20 s, 40 s, … about 20 min; a peer that was of use is called again after 10 s. Whom the user named is often only just being
// started: 2 s, 4 s, … about 20 min.
Duration back_off(std::uint32_t failures, PeerSource source)
{
    const bool is_named = source == PeerSource::user && failures > 0;
    const std::chrono::seconds first{is_named ? 1 : 10};
    return first * (std::int64_t{1} << std::min(failures, is_named ? 10u : 7u));
}

}  // namespace

std::string_view source_name(PeerSource source)
{
    switch (source) {
    case PeerSource::user: return "user";
    case PeerSource::tracker: return "tracker";
    case PeerSource::incoming: return "incoming";
    }
    return "unknown";
}

bool Candidates::add(const Endpoint& endpoint, PeerSource source)
{
    const Address& address = endpoint.address;
    if (endpoint.port == 0 || address.is_unspecified() || address.is_multicast()) return false;
    if (banned_.contains(address) || ignored_.contains(endpoint)) return false;
    if (known_.size() >= most_ && !known_.contains(endpoint)) return false;
    return known_.try_emplace(endpoint, Candidate{.source = source}).second;
}

std::optional<Endpoint> Candidates::next(Time now)
{
    auto best = known_.end();
    for (auto at = known_.begin(); at != known_.end(); ++at) {
        const Candidate& c = at->second;
        if (c.is_busy || c.not_before > now) continue;
        const auto order = [](const Candidate& x) { return std::tuple(x.failures, x.not_before, x.source); };
        if (best == known_.end() || order(c) < order(best->second)) best = at;
    }
    if (best == known_.end()) return std::nullopt;
    best->second.is_busy = true;
    return best->first;
}

Time Candidates::next_time() const
{
    Time soonest = environment::time_never;
    for (const auto& [endpoint, candidate] : known_) {
        if (!candidate.is_busy) soonest = std::min(soonest, candidate.not_before);
    }
    return soonest;
}

void Candidates::on_connected(const Endpoint& endpoint)
{
    if (const auto at = known_.find(endpoint); at != known_.end()) {
        at->second.failures = 0;
        at->second.is_busy = true;
    }
}

void Candidates::on_ended(const Endpoint& endpoint, Time now, bool was_useful)
{
    const auto at = known_.find(endpoint);
    if (at == known_.end()) return;
    Candidate& candidate = at->second;
    candidate.is_busy = false;
    candidate.failures = was_useful ? 0 : candidate.failures + 1;
    candidate.not_before = now + back_off(candidate.failures, candidate.source);
    // What the user named is tried for ever; a tracker will name the rest again.
    if (candidate.failures > most_failures && candidate.source != PeerSource::user) known_.erase(at);
}

void Candidates::postpone(const Endpoint& endpoint, Time until)
{
    if (const auto at = known_.find(endpoint); at != known_.end()) {
        at->second.not_before = std::max(at->second.not_before, until);
    }
}

void Candidates::forget(const Endpoint& endpoint)
{
    known_.erase(endpoint);
    ignored_.insert(endpoint);
}

void Candidates::ban(const Address& address)
{
    banned_.insert(address);
    std::erase_if(known_, [&](const auto& entry) { return entry.first.address == address; });
}

}  // namespace shoal::torrent
