#include "swarm_clock.hpp"

#include <catch2/catch.hpp>

namespace shoal::test {

shoal_choker_peer& SwarmClock::add(std::uint64_t handle, std::uint64_t download_rate,
                                   std::uint64_t upload_rate)
{
    shoal_choker_peer peer{};
    peer.peer = handle;
    peer.flags = SHOAL_CHOKER_PEER_INTERESTED;
    peer.download_rate = download_rate;
    peer.upload_rate = upload_rate;
    peer.connected_at_ns = static_cast<std::uint64_t>(now_.count());
    return peers_.insert_or_assign(handle, peer).first->second;
}

std::set<std::uint64_t> SwarmClock::decide(std::uint32_t trigger)
{
    std::vector<shoal_choker_peer> peers;
    for (const auto& [handle, peer] : peers_) peers.push_back(peer);
    shoal_choker_view raw{};
    raw.struct_size = sizeof raw;
    raw.flags = is_seeding ? SHOAL_CHOKER_SEEDING : 0;
    raw.trigger = trigger;
    raw.slots = host_slots;
    raw.now_ns = static_cast<std::uint64_t>(now_.count());
    raw.peers = peers.data();
    raw.peer_count = static_cast<std::uint32_t>(peers.size());
    raw.peer_stride = sizeof(shoal_choker_peer);

    last.resize(host_slots);
    UnchokeList list(last);
    if (other_choker) {
        other_choker(ChokerView(raw), list);
    } else {
        choker_.decide(ChokerView(raw), settings, list);
    }
    last.resize(list.size());

    std::set<std::uint64_t> unchoked;
    for (const auto& each : last) {
        REQUIRE(peers_.contains(each.peer));
        REQUIRE(unchoked.insert(each.peer).second);
    }
    for (auto& [handle, peer] : peers_) {
        const bool was = (peer.flags & SHOAL_CHOKER_PEER_UNCHOKED) != 0;
        if (unchoked.contains(handle) && !was) peer.unchoked_at_ns = raw.now_ns;
        peer.flags &= ~SHOAL_CHOKER_PEER_UNCHOKED;
        if (unchoked.contains(handle)) peer.flags |= SHOAL_CHOKER_PEER_UNCHOKED;
    }
    return unchoked;
}

std::set<std::uint64_t> SwarmClock::intervals(int count)
{
    std::set<std::uint64_t> unchoked;
    for (int i = 0; i < count; ++i) {
        wait(std::chrono::seconds(10));
        unchoked = decide();
    }
    return unchoked;
}

std::set<std::uint64_t> SwarmClock::because(tit_for_tat::Reason reason) const
{
    std::set<std::uint64_t> peers;
    for (const auto& each : last) {
        if (each.reason == static_cast<std::uint16_t>(reason)) peers.insert(each.peer);
    }
    return peers;
}

} // namespace shoal::test
