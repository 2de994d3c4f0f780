// What a seed does: it keeps the peers that take most, and hands one slot on at a time, so that everybody
// gets a turn.
#pragma once

#include <shoal/choker.hpp>

#include <chrono>
#include <cstdint>
#include <vector>

namespace shoal::tit_for_tat {

inline bool is_interested(const shoal_choker_peer& peer) { return (peer.flags & SHOAL_CHOKER_PEER_INTERESTED) != 0; }

class SeedRotation {
public:
    struct Holder {
        std::uint64_t peer;
        std::chrono::nanoseconds since;
    };

    /// At most `slots` interested peers. Every `turn`, while somebody waits, the peer that has waited longest
    /// gets the slot of the one that takes least, or of one that has had it for two rounds of turns.
    void decide(const ChokerView& view, std::uint32_t slots, std::chrono::nanoseconds turn);

    /// Who has a slot now, the longest first.
    [[nodiscard]] const std::vector<Holder>& holders() const noexcept { return holders_; }

private:
    void forget_the_gone(const ChokerView& view);
    void adopt_unchoked(const ChokerView& view, std::uint32_t slots);
    void queue_up(const ChokerView& view);
    void fill(std::chrono::nanoseconds now, std::uint32_t slots);
    [[nodiscard]] std::vector<Holder>::iterator next_to_go(const ChokerView& view,
                                                           std::chrono::nanoseconds turn);

    std::vector<Holder> holders_;
    std::vector<std::uint64_t> waiting_; // the longest first
    std::chrono::nanoseconds last_turn_{};
};

} // namespace shoal::tit_for_tat
