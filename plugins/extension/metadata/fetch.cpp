#include "fetch.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace shoal::metadata_exchange {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t most_changes = 3;

// A peer that rejects has no metadata, or has given enough of it for now.
constexpr Duration first_rest_of_rejecting = 60s;
constexpr Duration longest_rest_of_rejecting = 30min;
constexpr Duration first_rest_of_slow = 10s;
constexpr Duration longest_rest_of_slow = 10min;
constexpr Duration rest_of_busy = 2s;

/// How long others wait for one that is slow: it has to give 16 KiB a second.
Duration turn(const Draft& draft) { return 30s + 1s * draft.block_count(); }

} // namespace

// Ordered: the best comes first.
struct Fetch::Standing {
    bool is_idle; // nobody can be asked: it keeps what it holds as long as nobody else needs the place
    bool is_overdue;
    bool is_new;
    std::uint32_t peers; // the more say so, the better
    std::uint64_t order;
    Attempt* attempt;

    friend bool operator<(const Standing& a, const Standing& b)
    {
        return std::tie(a.is_idle, a.is_overdue, a.is_new, b.peers, a.order) <
               std::tie(b.is_idle, b.is_overdue, b.is_new, a.peers, b.order);
    }
};

void Fetch::on_peer(PeerHandle peer, const Address& address, std::uint32_t size, Time now)
{
    if (is_over_) return;
    if (size > most_octets) size = 0;
    const auto [at, is_new] = sources_.try_emplace(peer, address, 0, ++order_, distrust_.ends(address));
    auto& source = at->second;
    if (source.size == size) return;
    if (!is_new) {
        if (++source.changes > most_changes) return expel(peer, "it keeps changing the size of the metadata");
        leave(peer, source);
    }
    source.size = size;
    if (size != 0) attempts_.try_emplace(size, size, ++order_);
    pump(now);
}

void Fetch::on_gone(PeerHandle peer, Time now)
{
    const auto found = sources_.find(peer);
    if (found == sources_.end()) return;
    leave(peer, found->second);
    sources_.erase(found);
    pump(now);
}

bool Fetch::on_data(PeerHandle peer, const Data& data, Time now)
{
    const auto found = sources_.find(peer);
    if (found == sources_.end() || !found->second.answered(data.block)) return false;
    auto& source = found->second;
    auto& attempt = attempts_.at(source.size);
    if (data.total_size && *data.total_size != source.size) {
        expel(peer, "its metadata changes its size");
    } else if (data.octets.size() != attempt.draft.length(data.block)) {
        expel(peer, "a block of metadata has the wrong length");
    } else {
        source.was_useful();
        if (!attempt.is_solo || attempt.sole == peer) {
            attempt.draft.put(data.block, data.octets, {peer, source.address});
        }
        if (attempt.draft.is_complete()) finish(attempt, now);
    }
    pump(now);
    return true;
}

bool Fetch::on_reject(PeerHandle peer, std::uint32_t block, Time now)
{
    const auto found = sources_.find(peer);
    if (found == sources_.end() || !found->second.answered(block)) return false;
    give_back(found->second, {block});
    found->second.rest(now, first_rest_of_rejecting, longest_rest_of_rejecting);
    let_others_first(found->second);
    pump(now);
    return true;
}

void Fetch::tick(Time now)
{
    for (auto& [peer, source] : sources_) {
        const auto late = source.expire(now);
        if (late.empty()) continue;
        give_back(source, late);
        source.rest(now, first_rest_of_slow, longest_rest_of_slow);
        let_others_first(source);
    }
    pump(now);
}

void Fetch::stop()
{
    is_over_ = true;
    sources_.clear();
    attempts_.clear();
}

void Fetch::pump(Time now)
{
    if (is_over_) return;
    for (auto* attempt : chosen(now)) {
        if (attempt->draft.is_empty() && attempt->turn_ends <= now) attempt->turn_ends = now + turn(attempt->draft);
        if (attempt->is_solo) {
            ask_sole(*attempt, now);
        } else {
            ask_all(*attempt, now);
        }
    }
}

/// Those that are fetched now. Others lose what they hold, if there would be too many otherwise.
std::vector<Fetch::Attempt*> Fetch::chosen(Time now)
{
    std::map<std::uint32_t, std::uint32_t> able; // peers, by the size they say
    for (const auto& [peer, source] : sources_) {
        able[source.size] += !source.is_resting(now) || source.waiting() > 0 ? 1 : 0;
    }
    std::erase_if(attempts_, [&](const auto& entry) {
        return !able.contains(entry.first) && entry.second.draft.is_empty();
    });

    std::vector<Standing> standings;
    for (auto& [size, attempt] : attempts_) {
        const bool is_new = attempt.draft.is_empty();
        standings.push_back({.is_idle = able[size] == 0,
                             .is_overdue = !is_new && attempt.turn_ends <= now,
                             .is_new = is_new,
                             .peers = able[size],
                             .order = attempt.order,
                             .attempt = &attempt});
    }
    std::sort(standings.begin(), standings.end());
    std::vector<Attempt*> best;
    for (const auto& standing : standings) {
        if (best.size() < most_drafts) {
            best.push_back(standing.attempt);
        } else {
            clear(*standing.attempt);
        }
    }
    return best;
}

void Fetch::ask_all(Attempt& attempt, Time now)
{
    // One block each, round after round, so that they are spread over all who have them.
    for (bool was_asked = true; was_asked;) {
        was_asked = false;
        for (auto& [peer, source] : sources_) {
            if (source.size != attempt.draft.size() || !source.has_room(now)) continue;
            was_asked |= ask(attempt, peer, source, now);
        }
    }
}

void Fetch::ask_sole(Attempt& attempt, Time now)
{
    if (attempt.sole) {
        auto& sole = sources_.at(*attempt.sole);
        const bool is_overdue = attempt.turn_ends <= now && has_other(attempt, now);
        if (is_overdue) sole.rest(now, first_rest_of_slow, longest_rest_of_slow);
        if (sole.is_resting(now)) clear(attempt);
    }
    if (!attempt.sole) {
        attempt.sole = most_trusted(attempt, now);
        attempt.turn_ends = now + turn(attempt.draft);
    }
    if (!attempt.sole) return;
    auto& sole = sources_.at(*attempt.sole);
    while (sole.has_room(now) && ask(attempt, *attempt.sole, sole, now)) {
    }
}

bool Fetch::ask(Attempt& attempt, PeerHandle peer, Source& source, Time now)
{
    const auto block = attempt.draft.take_next();
    if (!block) return false;
    if (!actions_->request(peer, *block)) {
        attempt.draft.give_back(*block);
        source.rest(now, rest_of_busy, longest_rest_of_slow);
        return false;
    }
    source.ask(*block, now);
    return true;
}

bool Fetch::has_other(const Attempt& attempt, Time now) const
{
    return std::ranges::any_of(sources_, [&](const auto& entry) {
        const auto& [peer, source] = entry;
        return peer != attempt.sole && source.size == attempt.draft.size() && !source.is_resting(now);
    });
}

std::optional<PeerHandle> Fetch::most_trusted(const Attempt& attempt, Time now) const
{
    const auto rank = [](const Source& source) { return std::pair(source.failures, source.order); };
    std::optional<PeerHandle> best;
    for (const auto& [peer, source] : sources_) {
        if (source.size != attempt.draft.size() || source.is_resting(now)) continue;
        if (!best || rank(source) < rank(sources_.at(*best))) best = peer;
    }
    return best;
}

void Fetch::finish(Attempt& attempt, Time now)
{
    if (actions_->complete(attempt.draft.joined()) == Verdict::not_this_torrents) return blame(attempt, now);
    stop();
}

void Fetch::blame(Attempt& attempt, Time now)
{
    const auto givers = attempt.draft.givers();
    clear(attempt);
    if (givers.size() > 1) {
        // One of them is enough to spoil it: each has to give all of it, alone.
        attempt.is_solo = true;
        for (const auto& giver : givers) {
            const auto found = sources_.find(giver.peer);
            if (found != sources_.end()) ++found->second.failures;
        }
        return;
    }
    const auto& guilty = *givers.begin();
    distrust_.add(guilty.address, now);
    expel(guilty.peer, "its metadata is not this torrent's");
}

/// What is under way may still come, and is of use unless the attempt is somebody else's by then.
void Fetch::clear(Attempt& attempt)
{
    for (auto& [peer, source] : sources_) {
        if (source.size == attempt.draft.size()) source.give_up();
    }
    attempt.draft.clear();
    attempt.sole.reset();
    attempt.turn_ends = {};
}

void Fetch::leave(PeerHandle peer, Source& source)
{
    const auto found = attempts_.find(source.size);
    if (found != attempts_.end() && found->second.sole == peer) clear(found->second);
    give_back(source, source.give_up());
    source.forget();
}

void Fetch::expel(PeerHandle peer, std::string_view why)
{
    const auto found = sources_.find(peer);
    if (found != sources_.end()) {
        leave(peer, found->second);
        sources_.erase(found);
    }
    actions_->disconnect(peer, why);
}

/// Of sizes that as many peers say, the one that disappointed last comes last.
void Fetch::let_others_first(const Source& source)
{
    const auto found = attempts_.find(source.size);
    if (found != attempts_.end()) found->second.order = ++order_;
}

void Fetch::give_back(const Source& source, const std::vector<std::uint32_t>& blocks)
{
    const auto found = attempts_.find(source.size);
    if (found == attempts_.end()) return;
    for (const auto block : blocks) found->second.draft.give_back(block);
}

} // namespace shoal::metadata_exchange
