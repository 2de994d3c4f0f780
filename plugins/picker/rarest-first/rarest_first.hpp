// The policy: finish what is open, then open what is rarest.
#pragma once

#include "rarest_order.hpp"

#include <shoal/random.hpp>
#include <shoal/swarm_view.hpp>

#include <cstdint>
#include <span>
#include <vector>

namespace shoal::rarest_first {

/// What goes to the trace; the score beside it is the piece's availability.
enum class Reason : std::uint16_t {
    partial = 1,      // the piece was open already
    rarest = 2,       // the rarest that the peer has
    random_first = 3, // one of the first pieces, so that there is soon something to share
    common = 4,       // the commonest, for a peer that owes us blocks
    sampled = 5,      // the rarest of a sample: the peer has nothing of what is rarest
};

struct Settings {
    /// So many pieces are picked at random before rarity counts.
    std::uint32_t random_first = 4;
};

class RarestFirst {
public:
    RarestFirst(Settings settings, RandomStream random)
        : settings_(settings), order_(random.fork(0)), random_(random)
    {
    }

    void on_events(const SwarmView& swarm, std::span<const shoal_piece_event> events);
    void pick(const SwarmView& swarm, const PickRequest& request, PickList& list);

private:
    using Group = RarestOrder::Group;

    /// Whose open pieces: `own` has blocks outstanding with this peer.
    enum class Whose { anybodys, own, others };

    /// One call of pick().
    struct Refill {
        const SwarmView& swarm;
        const PickRequest& request;
        PickList& list;
        std::uint32_t may_open;
        Reason reason;

        [[nodiscard]] bool is_done() const noexcept { return may_open == 0 || list.room() == 0; }
    };

    /// A way along a group's pieces, in a circle from `start`, in the given direction; `steps` of it are
    /// behind us.
    struct Walk {
        std::span<const std::uint32_t> pieces;
        std::uint32_t start = 0;
        bool backwards = false;
        std::uint32_t steps = 0;

        [[nodiscard]] std::uint32_t size() const noexcept
        {
            return static_cast<std::uint32_t>(pieces.size());
        }
        [[nodiscard]] std::uint32_t piece_at(std::uint32_t distance) const noexcept;
        [[nodiscard]] std::uint32_t distance_of(std::uint32_t place) const noexcept;
    };

    // A walk ends here: whoever has found nothing by then is better served by the bit sets.
    static constexpr std::uint32_t most_steps = 512;
    static constexpr std::size_t sample_size = 512;

    static void continue_partials(Refill& refill, std::uint8_t priority, Whose whose);
    void open_pieces(Refill& refill, const Group& group);
    void sample(Refill& refill, const Group& group, const Walk& walk);
    void collect(const Refill& refill, const Group& group, const Walk& walk);
    static void open(Refill& refill, std::uint32_t piece, Reason reason);

    Settings settings_;
    RarestOrder order_;
    RandomStream random_;
    bool stale_ = true;
    std::vector<std::uint32_t> found_; // scratch of sample(): distances along the walk
};

} // namespace shoal::rarest_first
