#include "tit_for_tat.hpp"

#include <algorithm>

namespace shoal::tit_for_tat {
namespace {

constexpr auto newcomer_age = std::chrono::seconds(60);
constexpr std::uint64_t newcomer_weight = 3; // BEP 3

bool has(const shoal_choker_peer& peer, std::uint32_t flag) { return (peer.flags & flag) != 0; }

bool gives(const shoal_choker_peer& peer)
{
    return peer.download_rate > 0 && !has(peer, SHOAL_CHOKER_PEER_SNUBBED);
}

std::int32_t kib_per_second(std::uint64_t rate)
{
    return static_cast<std::int32_t>(std::min<std::uint64_t>(rate / 1024, INT32_MAX));
}

} // namespace

void TitForTat::decide(const ChokerView& view, const Settings& settings, UnchokeList& list)
{
    if (view.is_seeding()) {
        regulars_.clear();
        tries_.clear();
        seed(view, settings, list);
    } else {
        seed_rotation_ = {};
        leech(view, settings, list);
    }
}

void TitForTat::seed(const ChokerView& view, const Settings& settings, UnchokeList& list)
{
    seed_rotation_.decide(view, std::min(settings.slots, view.slots()), settings.optimistic_interval);
    for (const auto& holder : seed_rotation_.holders()) {
        const bool fresh = view.now() - holder.since < settings.optimistic_interval;
        list.add(holder.peer, fresh ? Reason::its_turn : Reason::takes);
    }
}

// One slot is for trying peers out. Where fewer than the others are earned, more are tried: a peer that all
// have choked finds better company sooner (Cohen's anti-snubbing).
void TitForTat::leech(const ChokerView& view, const Settings& settings, UnchokeList& list)
{
    const auto slots = std::min(settings.slots, view.slots());
    if (slots == 0) return;
    const auto earned = std::max(slots - 1, 1U);
    choose_regulars(view, earned);
    choose_tries(view, slots - regulars_.size(), settings.optimistic_interval);

    for (const auto* peer : regulars_now_)
        list.add(peer->peer, Reason::gives, kib_per_second(peer->download_rate));
    for (std::size_t i = 0; i < tries_.size(); ++i) {
        list.add(tries_[i].peer, i == 0 ? Reason::optimistic : Reason::extra_try);
    }
    const bool is_full = regulars_.size() == earned;
    const auto slowest = is_full ? regulars_now_.back()->download_rate : 0;
    for (const auto& peer : view.peers()) {
        if (is_interested(peer) || has(peer, SHOAL_CHOKER_PEER_SEED) || !gives(peer)) continue;
        if (peer.download_rate > slowest)
            list.add(peer.peer, Reason::would_give, kib_per_second(peer.download_rate));
    }
}

// Between two intervals who has a slot keeps it, so that nobody is choked and unchoked in quick succession.
void TitForTat::choose_regulars(const ChokerView& view, std::uint32_t slots)
{
    regulars_now_.clear();
    for (const auto& peer : view.peers()) {
        if (is_interested(peer) && gives(peer)) regulars_now_.push_back(&peer);
    }
    const auto more = [](const shoal_choker_peer* a, const shoal_choker_peer* b) {
        return a->download_rate > b->download_rate;
    };
    std::ranges::stable_sort(regulars_now_, more);
    if (!view.is_timer()) {
        std::stable_partition(regulars_now_.begin(), regulars_now_.end(),
                              [&](const shoal_choker_peer* peer) { return is_regular(*peer); });
    }
    if (regulars_now_.size() > slots) regulars_now_.resize(slots);
    std::ranges::stable_sort(regulars_now_, more);
    regulars_.clear();
    for (const auto* peer : regulars_now_) regulars_.push_back(peer->peer);
}

void TitForTat::choose_tries(const ChokerView& view, std::size_t count, std::chrono::nanoseconds lasting)
{
    Peers candidates;
    std::vector<Try> still;
    for (const auto& peer : view.peers()) {
        if (!is_interested(peer) || is_regular(peer)) continue;
        const auto known = std::ranges::find(tries_, peer.peer, &Try::peer);
        if (known == tries_.end()) {
            candidates.push_back(&peer);
        } else {
            still.push_back(*known);
        }
    }
    std::ranges::stable_sort(still, {}, &Try::since);
    if (still.size() > count) still.erase(still.begin(), still.end() - static_cast<std::ptrdiff_t>(count));
    tries_ = std::move(still);

    // Who has had its time makes room, if somebody is there to use it.
    const auto now = view.now();
    auto may_end = std::min(tries_.size(), candidates.size());
    while (may_end-- > 0 && now - tries_.front().since >= lasting) {
        tries_.erase(tries_.begin());
        tries_.push_back({draw(candidates, now).peer, now});
    }
    while (tries_.size() < count && !candidates.empty()) tries_.push_back({draw(candidates, now).peer, now});
}

const shoal_choker_peer& TitForTat::draw(Peers& candidates, std::chrono::nanoseconds now)
{
    const auto weight = [&](const shoal_choker_peer* peer) {
        const auto connected = std::chrono::nanoseconds(static_cast<std::int64_t>(peer->connected_at_ns));
        return now - connected < newcomer_age ? newcomer_weight : 1;
    };
    std::uint64_t total = 0;
    for (const auto* peer : candidates) total += weight(peer);
    auto ticket = random_.below(total);
    auto drawn = candidates.begin();
    while (ticket >= weight(*drawn)) ticket -= weight(*drawn++);
    const auto& peer = **drawn;
    candidates.erase(drawn);
    return peer;
}

bool TitForTat::is_regular(const shoal_choker_peer& peer) const
{
    return std::ranges::find(regulars_, peer.peer) != regulars_.end();
}

} // namespace shoal::tit_for_tat
