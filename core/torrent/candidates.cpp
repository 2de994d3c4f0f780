#include "torrent/candidates.hpp"

#include "torrent/peer_priority.hpp"

#include <shoal/local_network.hpp>

#include <algorithm>
#include <utility>
#include <tuple>

namespace shoal::torrent {

using environment::Duration;
using environment::Time;

namespace {

constexpr std::uint32_t most_failures = 8;
constexpr std::uint16_t first_free_port = 1024;
// A translator hides several peers behind one address; who names more of its ports wants to see it called.
constexpr std::ptrdiff_t most_ports = 8;
// We have few addresses. Others can answer in our name, wherever they like.
constexpr std::size_t most_of_ourselves = 64;

// 20 s, 40 s, … about 20 min; a peer that was of use is called again after 10 s. Whom the user named is often only just being
// started: 2 s, 4 s, … about 20 min.
Duration back_off(std::uint32_t failures, bool is_trusted)
{
    const bool is_named = is_trusted && failures > 0;
    const std::chrono::seconds first{is_named ? 1 : 10};
    return first * (std::int64_t{1} << std::min(failures, is_named ? 10u : 7u));
}

}  // namespace

bool Candidates::is_trusted(const Candidate& candidate)
{
    return std::ranges::any_of(candidate.sources, &PeerSource::is_trusted);
}

bool Candidates::has_room_for(const PeerSource& source) const
{
    if (known_.size() >= most_) return false;
    if (is_for_private(source)) return true;
    std::size_t of_strangers = 0;
    for (const auto& [name, count] : named_first_) {
        if (!is_for_private({name, name == PeerSource::user.name || name == PeerSource::magnet.name})) of_strangers += count;
    }
    const auto share = named_first_.find(source.name);
    return of_strangers < most_ - most_ / 4 && (share == named_first_.end() || share->second < most_ / 2);
}

bool Candidates::has_enough_ports(const Address& address) const
{
    if (is_local_address(address)) return false;
    auto at = known_.lower_bound({address, 0});
    for (std::ptrdiff_t ports = 0; at != known_.end() && at->first.address == address; ++at) {
        if (++ports == most_ports) return true;
    }
    return false;
}

void Candidates::make_room_for_trusted()
{
    if (known_.size() < most_) return;
    auto worst = known_.end();
    for (auto at = known_.begin(); at != known_.end(); ++at) {
        if (at->second.is_busy || is_trusted(at->second)) continue;
        if (worst == known_.end() || at->second.failures > worst->second.failures) worst = at;
    }
    if (worst != known_.end()) erase(worst);
}

void Candidates::erase(std::map<Endpoint, Candidate>::iterator at)
{
    --named_first_[at->second.sources.front().name];
    known_.erase(at);
}

bool Candidates::add(const Endpoint& endpoint, PeerSource source)
{
    const Address& address = endpoint.address;
    if (endpoint.port == 0 || address.is_unspecified() || address.is_multicast()) return false;
    if (!calls_privileged_ports_ && !source.is_trusted && endpoint.port < first_free_port) return false;
    if (banned_.contains(address) || ignored_.contains(endpoint)) return false;
    if (const auto at = known_.find(endpoint); at != known_.end()) {
        auto& sources = at->second.sources;
        if (std::ranges::find(sources, source) == sources.end()) sources.push_back(source);
        return false;
    }
    if (source.is_trusted) make_room_for_trusted();
    else if (has_enough_ports(address)) return false;
    if (!has_room_for(source)) return false;
    ++named_first_[source.name];
    known_.emplace(endpoint, Candidate{.sources = {source}, .priority = priority_of(endpoint)});
    return true;
}

void Candidates::expect(const Endpoint& endpoint, PeerSource source)
{
    add(endpoint, source);
    const auto at = known_.find(endpoint);
    if (at == known_.end() || at->second.is_busy) return;
    at->second.failures = 0;
    at->second.not_before = Time::min();
}

std::optional<Endpoint> Candidates::next(Time now)
{
    auto best = known_.end();
    for (auto at = known_.begin(); at != known_.end(); ++at) {
        const Candidate& c = at->second;
        if (c.is_busy || c.not_before > now) continue;
        const auto order = [](const Candidate& x) {
            return std::tuple(x.failures, x.not_before, !is_trusted(x), ~x.priority);
        };
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

std::optional<PeerSource> Candidates::source_of(const Endpoint& endpoint) const
{
    const auto at = known_.find(endpoint);
    if (at == known_.end()) return std::nullopt;
    return at->second.sources.front();
}

std::map<std::string_view, std::uint32_t> Candidates::count_by_source() const
{
    std::map<std::string_view, std::uint32_t> counts;
    for (const auto& [endpoint, candidate] : known_) {
        for (const auto& source : candidate.sources) ++counts[source.name];
    }
    return counts;
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
    candidate.is_postponed = false;
    candidate.failures = was_useful ? 0 : candidate.failures + 1;
    candidate.not_before = now + back_off(candidate.failures, is_trusted(candidate));
    // What the user named is tried for ever; a tracker will name the rest again.
    if (candidate.failures > most_failures && !is_trusted(candidate)) erase(at);
}

void Candidates::release(const Endpoint& endpoint)
{
    if (const auto at = known_.find(endpoint); at != known_.end()) at->second.is_busy = false;
}

void Candidates::postpone(const Endpoint& endpoint, Time until)
{
    const auto at = known_.find(endpoint);
    if (at == known_.end()) return;
    auto& candidate = at->second;
    if (!std::exchange(candidate.is_postponed, true)) candidate.was_not_before = candidate.not_before;
    candidate.not_before = std::max(candidate.not_before, until);
}

void Candidates::recall_postponed()
{
    for (auto& [endpoint, candidate] : known_) {
        if (std::exchange(candidate.is_postponed, false)) candidate.not_before = candidate.was_not_before;
    }
}

void Candidates::forget(const Endpoint& endpoint)
{
    if (ignored_.size() >= most_of_ourselves) ignored_.erase(ignored_.begin());
    ignored_.insert(endpoint);
    if (const auto at = known_.find(endpoint); at != known_.end()) erase(at);
}

void Candidates::keep_for_private()
{
    named_first_.clear();
    for (auto at = known_.begin(); at != known_.end();) {
        auto& sources = at->second.sources;
        std::erase_if(sources, [](const PeerSource& source) { return !is_for_private(source); });
        if (!sources.empty()) ++named_first_[sources.front().name];
        at = sources.empty() ? known_.erase(at) : std::next(at);
    }
}

void Candidates::ban(const Address& address)
{
    banned_.insert(address);
    std::erase_if(known_, [&](const auto& entry) {
        if (entry.first.address != address) return false;
        --named_first_[entry.second.sources.front().name];
        return true;
    });
}

std::uint32_t Candidates::priority_of(const Endpoint& endpoint) const
{
    const auto& ours = endpoint.address.v6 ? external6_ : external4_;
    return ours ? peer_priority(*ours, endpoint) : 0;
}

void Candidates::set_external(const Endpoint& ours)
{
    auto& known = ours.address.v6 ? external6_ : external4_;
    if (known == ours) return;
    known = ours;
    for (auto& [endpoint, candidate] : known_) candidate.priority = priority_of(endpoint);
}

}  // namespace shoal::torrent
