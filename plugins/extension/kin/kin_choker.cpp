#include "kin_choker.hpp"

#include <algorithm>
#include <functional>
#include <tuple>

namespace shoal::kin {
namespace {

bool has(const shoal_choker_peer& peer, std::uint32_t flag) { return (peer.flags & flag) != 0; }

bool is_kin(const shoal_choker_peer& peer) { return (peer.marks & SHOAL_MARK_PREFERRED) != 0; }

std::uint64_t useful_rate(const shoal_choker_peer* peer)
{
    return has(*peer, SHOAL_CHOKER_PEER_SNUBBED) ? 0 : peer->download_rate;
}

// Who has its turn keeps it to the end; then comes who has waited longest, the newcomers before all.
auto place_in_line(const shoal_choker_peer& peer, std::uint64_t now)
{
    const bool has_turn = has(peer, SHOAL_CHOKER_PEER_UNCHOKED)
                          && now - peer.unchoked_at_ns < static_cast<std::uint64_t>(ChokingPolicy::turn.count());
    return std::tuple(!has_turn, peer.unchoked_at_ns, peer.connected_at_ns);
}

} // namespace

void ChokingPolicy::decide(const ChokerView& view, std::uint32_t slots, UnchokeList& list)
{
    Peers kin;
    Peers strangers;
    for (const auto& peer : view.peers()) {
        if (has(peer, SHOAL_CHOKER_PEER_INTERESTED)) (is_kin(peer) ? kin : strangers).push_back(&peer);
    }
    const auto now = static_cast<std::uint64_t>(view.now().count());
    const auto by_turn = [now](const auto* a, const auto* b) { return place_in_line(*a, now) < place_in_line(*b, now); };
    const auto most = std::min(slots, view.slots());

    std::ranges::stable_sort(kin, by_turn);
    add(kin, most, ServeReason::kin, list);
    // One slot for trying somebody out, or nobody would ever be found who gives more.
    if (!view.is_seeding() && list.size() + 1 < most) {
        std::ranges::stable_sort(strangers, std::ranges::greater{}, useful_rate);
        const auto givers = std::ranges::count_if(strangers, [](const auto* peer) { return useful_rate(peer) > 0; });
        add(strangers, std::min(static_cast<std::size_t>(givers), most - 1 - std::size_t{list.size()}), ServeReason::gives, list);
    }
    std::ranges::stable_sort(strangers, by_turn);
    add(strangers, most - list.size(), ServeReason::its_turn, list);
}

void ChokingPolicy::add(Peers& from, std::size_t count, ServeReason reason, UnchokeList& list)
{
    const auto end = from.begin() + static_cast<std::ptrdiff_t>(std::min(count, from.size()));
    for (auto at = from.begin(); at != end; ++at) list.add((*at)->peer, reason);
    from.erase(from.begin(), end);
}

} // namespace shoal::kin
