// The host's side of a choker: peers with their rates, a clock, and who is unchoked after each decision.
#pragma once

#include <tit_for_tat.hpp>

#include <shoal/choker.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <vector>

namespace shoal::test {

class SwarmClock {
public:
    explicit SwarmClock(std::uint64_t seed = 1) : choker_(RandomStream(seed, 0)) {}

    /// Interested, connected now. Handles are the numbers themselves.
    shoal_choker_peer& add(std::uint64_t peer, std::uint64_t download_rate = 0,
                           std::uint64_t upload_rate = 0);
    void remove(std::uint64_t peer) { peers_.erase(peer); }
    shoal_choker_peer& peer(std::uint64_t handle) { return peers_.at(handle); }
    void lose_interest(std::uint64_t peer) { peers_.at(peer).flags &= ~SHOAL_CHOKER_PEER_INTERESTED; }

    void wait(std::chrono::seconds time) { now_ += time; }
    /// Asks the choker and does as it says. The answer with reasons is kept in `last`.
    std::set<std::uint64_t> decide(std::uint32_t trigger = SHOAL_CHOKER_TRIGGER_TIMER);
    /// An interval of ten seconds and a decision at its end, so many times.
    std::set<std::uint64_t> intervals(int count);
    /// Whom the last decision unchoked for this reason.
    [[nodiscard]] std::set<std::uint64_t> because(tit_for_tat::Reason reason) const;

    std::function<void(const ChokerView&, UnchokeList&)> other_choker; // asked in place of tit-for-tat
    tit_for_tat::Settings settings{};
    bool is_seeding = false;
    std::uint32_t host_slots = 100;
    std::vector<shoal_unchoke> last;

private:
    tit_for_tat::TitForTat choker_;
    std::map<std::uint64_t, shoal_choker_peer> peers_;
    std::chrono::nanoseconds now_ = std::chrono::hours(1);
};

} // namespace shoal::test
