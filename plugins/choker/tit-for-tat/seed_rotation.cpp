#include "seed_rotation.hpp"

#include <algorithm>

namespace shoal::tit_for_tat {
namespace {

using Holder = SeedRotation::Holder;

// The peers come in order of their handles.
const shoal_choker_peer* find(const ChokerView& view, std::uint64_t handle)
{
    const auto peers = view.peers();
    std::uint32_t low = 0;
    for (auto count = peers.size(); count > 0;) {
        const auto half = count / 2;
        if (peers[low + half].peer < handle) {
            low += half + 1;
            count -= half + 1;
        } else {
            count = half;
        }
    }
    return low < peers.size() && peers[low].peer == handle ? &peers[low] : nullptr;
}

bool wants_still(const ChokerView& view, std::uint64_t handle)
{
    const auto* peer = find(view, handle);
    return peer != nullptr && is_interested(*peer);
}

std::uint64_t upload_rate(const ChokerView& view, const Holder& holder)
{
    return find(view, holder.peer)->upload_rate;
}

} // namespace

void SeedRotation::decide(const ChokerView& view, std::uint32_t slots, std::chrono::nanoseconds turn)
{
    forget_the_gone(view);
    adopt_unchoked(view, slots);
    while (holders_.size() > slots) holders_.erase(next_to_go(view, std::chrono::nanoseconds::zero()));
    queue_up(view);
    fill(view.now(), slots);
    if (waiting_.empty() || holders_.empty() || view.now() - last_turn_ < turn) return;

    const auto goes = next_to_go(view, turn);
    if (goes == holders_.end()) return;
    holders_.erase(goes); // and queues up again next time, behind all others
    fill(view.now(), slots);
    last_turn_ = view.now();
}

void SeedRotation::forget_the_gone(const ChokerView& view)
{
    std::erase_if(holders_, [&](const Holder& holder) { return !wants_still(view, holder.peer); });
    std::erase_if(waiting_, [&](std::uint64_t peer) { return !wants_still(view, peer); });
}

// Whoever was downloading when we became a seed, or when this choker took over, goes on.
void SeedRotation::adopt_unchoked(const ChokerView& view, std::uint32_t slots)
{
    if (!holders_.empty()) return;
    for (const auto& peer : view.peers()) {
        if (!is_interested(peer) || (peer.flags & SHOAL_CHOKER_PEER_UNCHOKED) == 0
            || holders_.size() == slots)
            continue;
        holders_.push_back(
            {peer.peer, std::chrono::nanoseconds(static_cast<std::int64_t>(peer.unchoked_at_ns))});
        std::erase(waiting_, peer.peer);
    }
    std::ranges::stable_sort(holders_, {}, &Holder::since);
}

void SeedRotation::queue_up(const ChokerView& view)
{
    const auto known = static_cast<std::ptrdiff_t>(waiting_.size());
    for (const auto& peer : view.peers()) {
        const bool holds = std::ranges::find(holders_, peer.peer, &Holder::peer) != holders_.end();
        const bool waits =
            std::find(waiting_.begin(), waiting_.begin() + known, peer.peer) != waiting_.begin() + known;
        if (is_interested(peer) && !holds && !waits) waiting_.push_back(peer.peer);
    }
    // Of those that come at once, the one that has been here longest.
    std::stable_sort(waiting_.begin() + known, waiting_.end(), [&](std::uint64_t a, std::uint64_t b) {
        return find(view, a)->connected_at_ns < find(view, b)->connected_at_ns;
    });
}

void SeedRotation::fill(std::chrono::nanoseconds now, std::uint32_t slots)
{
    while (holders_.size() < slots && !waiting_.empty()) {
        holders_.push_back({waiting_.front(), now});
        waiting_.erase(waiting_.begin());
        last_turn_ = now;
    }
}

// One that has had its slot for two rounds, however fast; else the slowest that has had a whole turn.
std::vector<Holder>::iterator SeedRotation::next_to_go(const ChokerView& view, std::chrono::nanoseconds turn)
{
    const auto longest = 2 * static_cast<std::int64_t>(holders_.size()) * turn;
    if (turn.count() > 0 && view.now() - holders_.front().since >= longest) return holders_.begin();
    auto slowest = holders_.end();
    for (auto at = holders_.begin(); at != holders_.end(); ++at) {
        if (view.now() - at->since < turn) continue;
        if (slowest == holders_.end() || upload_rate(view, *at) < upload_rate(view, *slowest)) slowest = at;
    }
    return slowest;
}

} // namespace shoal::tit_for_tat
