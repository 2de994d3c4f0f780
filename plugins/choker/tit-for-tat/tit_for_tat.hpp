// The policy: who gives gets. BEP 3 and B. Cohen, "Incentives Build Robustness in BitTorrent" (2003).
#pragma once

#include "seed_rotation.hpp"

#include <shoal/choker.hpp>
#include <shoal/random.hpp>

#include <chrono>
#include <cstdint>
#include <vector>

namespace shoal::tit_for_tat {

/// What goes to the trace; the score beside it is the rate that counted, in KiB a second.
enum class Reason : std::uint16_t {
    gives = 1,      // among the interested peers that give us most
    optimistic = 2, // a try, drawn at random
    extra_try = 3,  // another, because too few peers give us anything
    would_give = 4, // gives more than the slowest of the first and wants nothing at the moment: takes no slot
    takes = 5,      // we are a seed: it has a slot and keeps it
    its_turn = 6,   // we are a seed: it got its slot less than a turn ago
};

struct Settings {
    /// Interested peers that may download at a time, the optimistic ones included.
    std::uint32_t slots = 4;
    /// How long an optimistic unchoke lasts, and a seed's turn.
    std::chrono::nanoseconds optimistic_interval = std::chrono::seconds(30);
};

class TitForTat {
public:
    explicit TitForTat(RandomStream random) : random_(random) {}

    void decide(const ChokerView& view, const Settings& settings, UnchokeList& list);

private:
    using Peers = std::vector<const shoal_choker_peer*>;

    struct Try {
        std::uint64_t peer;
        std::chrono::nanoseconds since;
    };

    void seed(const ChokerView& view, const Settings& settings, UnchokeList& list);
    void leech(const ChokerView& view, const Settings& settings, UnchokeList& list);
    void choose_regulars(const ChokerView& view, std::uint32_t slots);
    void choose_tries(const ChokerView& view, std::size_t count, std::chrono::nanoseconds lasting);
    [[nodiscard]] const shoal_choker_peer& draw(Peers& candidates, std::chrono::nanoseconds now);
    [[nodiscard]] bool is_regular(const shoal_choker_peer& peer) const;

    RandomStream random_;
    SeedRotation seed_rotation_;
    Peers regulars_now_;                  // this decision's, by what they give, the most first
    std::vector<std::uint64_t> regulars_; // the same, as handles, for the next decision
    std::vector<Try> tries_;              // the longest first
};

} // namespace shoal::tit_for_tat
